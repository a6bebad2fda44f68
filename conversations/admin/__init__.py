from conversations.admin.announcements import AnnouncementAdmin
from conversations.admin.assistant import AssistantTurnAdmin
from conversations.admin.client_threads import ClientThreadAdmin
from conversations.admin.conversations import ConversationAdmin, ParticipantAdmin, PresenceAdmin
from conversations.admin.integrations import IntegrationAdmin
from conversations.admin.knowledge import KnowledgeFileAdmin
from conversations.admin.messages import MessageAdmin
from conversations.admin.notifications import NotificationAdmin
from conversations.admin.platforms import (
    ClientIdentityAdmin,
    DeliveryAdmin,
    InboxSettingsAdmin,
    PlatformAccountAdmin,
    WaitingReceiptAdmin,
)
from conversations.admin.tasks import TaskAdmin

__all__ = [
    "AnnouncementAdmin",
    "AssistantTurnAdmin",
    "ClientIdentityAdmin",
    "ClientThreadAdmin",
    "ConversationAdmin",
    "DeliveryAdmin",
    "InboxSettingsAdmin",
    "IntegrationAdmin",
    "KnowledgeFileAdmin",
    "MessageAdmin",
    "NotificationAdmin",
    "ParticipantAdmin",
    "PlatformAccountAdmin",
    "PresenceAdmin",
    "TaskAdmin",
    "WaitingReceiptAdmin",
]
