"""Document dana.txt: what people and clients say, and what is connected."""

from django.urls import path

from conversations.api.dana.conversations import Conversations
from conversations.api.dana.drafts import Drafts
from conversations.api.dana.integrations import Integrations, IntegrationTests, IntegrationTypes
from conversations.api.dana.knowledge import KnowledgeFiles, KnowledgeSearch, KnowledgeUploads
from conversations.api.dana.messages import Messages
from conversations.api.dana.tasks import Tasks
from conversations.api.dana.webhooks import Webhooks

MINE = "api/integrations/user/<str:user_id>"

webhook = Webhooks.as_view({"get": "verify", "post": "receive"})

urlpatterns = [
    path("api/conversations", Conversations.as_view({"get": "list", "post": "create"})),
    path("api/conversations/<str:conversation_id>", Conversations.as_view({"get": "retrieve", "put": "update"})),
    path("api/conversations/<str:conversation_id>/messages", Conversations.as_view({"get": "messages"})),
    path("api/conversations/<str:conversation_id>/read", Conversations.as_view({"post": "read"})),
    path("api/messages", Messages.as_view({"post": "create"})),
    path("api/messages/<str:message_id>", Messages.as_view({"get": "retrieve"})),
    path("webhooks/facebook", webhook),
    path("webhooks/facebook/", webhook),
    path("webhooks/instagram", webhook),
    path("webhooks/instagram/", webhook),
    path("webhooks/whatsapp", webhook),
    path("webhooks/whatsapp/", webhook),
    path("api/conversations/<str:conversation_id>/draft", Drafts.as_view({"post": "create"})),
    path("api/tasks", Tasks.as_view({"get": "list", "post": "create"})),
    path("api/tasks/<str:task_id>", Tasks.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})),
    path("api/knowledge/upload", KnowledgeUploads.as_view({"post": "create"})),
    path("api/knowledge/files", KnowledgeFiles.as_view({"get": "list"})),
    path("api/knowledge/files/<str:file_id>", KnowledgeFiles.as_view({"get": "retrieve", "delete": "destroy"})),
    path("api/knowledge/search", KnowledgeSearch.as_view({"get": "retrieve"})),
    path("api/integrations", IntegrationTypes.as_view({"get": "list"})),
    path("api/integrations/schema/<str:integration_type>", IntegrationTypes.as_view({"get": "retrieve"})),
    path(MINE, Integrations.as_view({"get": "list", "post": "create"})),
    path(
        f"{MINE}/<str:integration_type>",
        Integrations.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    path(f"{MINE}/<str:integration_type>/test", IntegrationTests.as_view({"post": "create"})),
]
