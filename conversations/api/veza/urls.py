"""Document veza.txt: conversations, announcements and the chat token; decisions.md §5: messages, participants, notifications."""

from django.urls import path

from conversations.api.veza.announcements import ActiveAnnouncements, Announcements
from conversations.api.veza.chat import Chat
from conversations.api.veza.conversations import Conversations
from conversations.api.veza.messages import Messages
from conversations.api.veza.notifications import Notifications
from conversations.api.veza.participants import Participants

ONE = "api/v1/conversations/<str:conversation_id>"

urlpatterns = [
    path("api/v1/conversations", Conversations.as_view({"get": "list", "post": "create"})),
    path(ONE, Conversations.as_view({"get": "retrieve", "put": "update", "delete": "remove"})),
    path(f"{ONE}/history", Messages.as_view({"get": "list"})),
    path(f"{ONE}/messages", Messages.as_view({"get": "list", "post": "create"})),
    path(f"{ONE}/read", Messages.as_view({"post": "mark_read"})),
    path(f"{ONE}/participants", Participants.as_view({"get": "list", "post": "create", "delete": "remove"})),
    path("api/v1/notifications", Notifications.as_view({"get": "list"})),
    path("api/v1/notifications/read", Notifications.as_view({"post": "mark_read"})),
    path("api/v1/announcements/active", ActiveAnnouncements.as_view({"get": "list"})),
    path("api/v1/admin/announcements", Announcements.as_view({"get": "list", "post": "create"})),
    path("api/v1/admin/announcements/<str:announcement_id>", Announcements.as_view({"delete": "destroy"})),
    path("api/v1/chat/token", Chat.as_view({"get": "token"})),
]
