"""What was said in clients' conversations, in Dana's words: by the client, by one of us, or by the assistant.

What is between colleagues alone (lines of the system, private notes) is neither told nor counted here. Document dana.txt, "Get
Conversation Messages" and "Messages".
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from config.errors import NotFound
from config.ids import parse_id
from conversations.models import Conversation, Message
from conversations.queries.messages import seen

ROLES = (Message.Role.USER, Message.Role.CLIENT, Message.Role.AI)
PRIVATE = "is_private"
"""A key in the metadata of what is said between colleagues alone."""
ROW = (
    "id",
    "conversation_id",
    "seq",
    "role",
    "sender_id",
    "content",
    "client_id",
    "sent_at",
    "delivery__status",
    "delivery__error_text",
)


@dataclass(frozen=True, slots=True)
class Said:
    """`rows` oldest first; `total` counts the conversation."""

    conversation: Conversation
    rows: list[dict[str, Any]]
    total: int


def client_conversation(conversation_id: Any, *, by: Any) -> Conversation:
    """NotFound where `by` may not see it, and for rooms, direct and council conversations."""
    conversation = seen(conversation_id, by=by)
    if conversation.kind != Conversation.Kind.CLIENT:
        raise NotFound("Conversation not found")
    return conversation


def client_messages(
    *, conversation_id: Any, before: dt.datetime | None, after: dt.datetime | None, limit: int, by: Any
) -> Said:
    """The latest `limit` messages (before a moment); with `after` the first ones after that moment. Both are exclusive.

    Moments alone name the cut, so a page never ends between messages of the same microsecond: it is longer by them.
    """
    conversation = client_conversation(conversation_id, by=by)
    told = shown(conversation.messages.all())
    rows = told
    if before is not None:
        rows = rows.filter(sent_at__lt=before)
    if after is not None:
        rows = rows.filter(sent_at__gt=after)
    return Said(conversation, page(rows, limit, from_start=after is not None), told.count())


def page(rows: QuerySet, limit: int, *, from_start: bool) -> list[dict[str, Any]]:
    order = ("sent_at", "id") if from_start else ("-sent_at", "-id")
    found = list(rows.order_by(*order).values(*ROW)[:limit])
    if len(found) == limit:
        edge = found[-1]
        rest = rows.filter(sent_at=edge["sent_at"]).exclude(pk__in=[row["id"] for row in found])
        found += rest.order_by(*order).values(*ROW)
    return found if from_start else found[::-1]


def client_message(*, message_id: Any, by: Any) -> dict[str, Any]:
    """One message's row; NotFound where it is none of a client's conversation that `by` may see."""
    key = parse_id(message_id)
    rows = shown(Message.objects.visible_to(by)).filter(pk=key, conversation__kind=Conversation.Kind.CLIENT)
    row = rows.values(*ROW).first() if key else None
    if row is None:
        raise NotFound("Message not found")
    return row


def shown(messages: QuerySet) -> QuerySet:
    return messages.filter(role__in=ROLES).exclude(metadata__has_key=PRIVATE)
