from conversations.admin.conversations import ConversationAdmin, ParticipantAdmin, PresenceAdmin
from conversations.admin.messages import MessageAdmin

__all__ = ["ConversationAdmin", "MessageAdmin", "ParticipantAdmin", "PresenceAdmin"]
