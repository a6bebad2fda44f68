"""What conversations hold of people, and what becomes of it (config/personal_data.py).

Rooms that go on are handed over first (verbs/departures.py), so that what is found here as theirs is theirs alone.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import now

from config.personal_data import Person, declare, table
from conversations.models import Conversation, Message, Notification, Participant, Presence

TOMBSTONE = "This message was erased."
WITH_WHOM = "The other half of a direct conversation still sees that it was with someone, who left."
PLACE = "What others said there is theirs, and counts on from the same numbers."


def said_by(person: Person) -> QuerySet[Any]:
    """What they said, and all that was said in the councils they called."""
    asked = Q(conversation__kind=Conversation.Kind.COUNCIL, conversation__created_by=person.id)
    return Message.objects.filter(Q(sender=person.id) | asked)


def left(row: Participant) -> Any:
    """the moment of the erasure, but for a direct conversation, whose other half still sees that somebody was there"""
    return row.left_at if row.conversation.kind == Conversation.Kind.DIRECT else row.left_at or now()


def closed(row: Conversation) -> Any:
    """the moment of the erasure, unless somebody else still reads it"""
    return row.deleted_at if row.kind == Conversation.Kind.DIRECT else row.deleted_at or now()


declare(
    "conversations",
    table(
        Message,
        found=said_by,
        stays=PLACE,
        exported="id conversation_id seq sender_id role content status metadata parent_id sent_at created_at",
        anonymised={"content": TOMBSTONE, "client_id": None, "metadata": {"erased": True}},
    ),
    table(Presence, of="user", exported="id user_id conversation_id seen_at"),
    table(Notification, of="user", exported="id user_id kind title text url key created_at read_at"),
    table(
        Participant,
        of="user",
        stays=WITH_WHOM,
        exported="id conversation_id user_id role last_read_seq joined_at left_at",
        anonymised={"left_at": left},
    ),
    table(
        Conversation,
        of="created_by",
        stays=PLACE,
        exported=(
            "id kind title created_by_id project_id mode status last_message_at created_at updated_at deleted_at"
        ),
        not_personal="last_seq",
        anonymised={"title": "", "project_id": None, "deleted_at": closed},
        kept={"direct_key": "It keeps the two of a direct conversation to one, and holds ids alone."},
    ),
)
