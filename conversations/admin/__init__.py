from conversations.admin.conversations import ConversationAdmin, ParticipantAdmin, PresenceAdmin
from conversations.admin.messages import MessageAdmin
from conversations.admin.notifications import NotificationAdmin

__all__ = ["ConversationAdmin", "MessageAdmin", "NotificationAdmin", "ParticipantAdmin", "PresenceAdmin"]
