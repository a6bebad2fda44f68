from conversations.models.conversations import Conversation, Participant
from conversations.models.messages import LONGEST_MESSAGE, Message
from conversations.models.notifications import Notification
from conversations.models.presence import Presence

__all__ = ["LONGEST_MESSAGE", "Conversation", "Message", "Notification", "Participant", "Presence"]
