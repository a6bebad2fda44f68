from django.urls import path

from conversations.pages import people
from conversations.pages.desks import desk, thread
from conversations.pages.notifications import notifications, read

urlpatterns = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/read/", read, name="read_notifications"),
    path("rooms/", desk, {"place": "rooms"}, name="rooms"),
    path("rooms/new/", people.begin, {"place": "rooms"}, name="new-room"),
    path("rooms/<uuid:conversation_id>/", thread, {"place": "rooms"}, name="room"),
    path("rooms/<uuid:conversation_id>/people/", people.people, name="room-people"),
    path("rooms/<uuid:conversation_id>/rename/", people.rename, name="rename-room"),
    path("rooms/<uuid:conversation_id>/remove/", people.remove, name="leave-room"),
    path("rooms/<uuid:conversation_id>/delete/", people.delete, name="delete-room"),
    path("inbox/", desk, {"place": "inbox"}, name="inbox"),
    path("inbox/new/", people.begin, {"place": "inbox"}, name="new-direct"),
    path("inbox/with/<uuid:user_id>/", people.write_to, name="write-to"),
    path("inbox/<uuid:conversation_id>/", thread, {"place": "inbox"}, name="direct"),
]
