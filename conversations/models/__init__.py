from conversations.models.announcements import Announcement
from conversations.models.assistant import AssistantTurn
from conversations.models.conversations import Conversation, Participant
from conversations.models.integrations import Integration
from conversations.models.knowledge import KnowledgeFile, Passage
from conversations.models.messages import LONGEST_MESSAGE, Message
from conversations.models.notifications import Notification
from conversations.models.platforms import (
    ClientIdentity,
    ClientThread,
    Delivery,
    InboxSettings,
    Platform,
    PlatformAccount,
    WaitingReceipt,
)
from conversations.models.presence import Presence
from conversations.models.tasks import Task

__all__ = [
    "LONGEST_MESSAGE",
    "Announcement",
    "AssistantTurn",
    "ClientIdentity",
    "ClientThread",
    "Conversation",
    "Delivery",
    "InboxSettings",
    "Integration",
    "KnowledgeFile",
    "Message",
    "Notification",
    "Participant",
    "Passage",
    "Platform",
    "PlatformAccount",
    "Presence",
    "Task",
    "WaitingReceipt",
]
