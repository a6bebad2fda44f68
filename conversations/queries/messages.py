"""What was said, as plain rows for the wire, the pages and the sockets."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.ids import parse_id
from config.moments import iso
from config.paging import Page, keyset, page_of
from conversations.models import Conversation, Message, Presence

ROW = (
    "id",
    "conversation_id",
    "seq",
    "role",
    "status",
    "sender_id",
    "sender__name",
    "sender__username",
    "sender__email",
    "content",
    "client_id",
    "parent_id",
    "sent_at",
)
MOST_MISSED = 1000
MOST_PRESENT = 200


@dataclass(frozen=True, slots=True)
class Doorway:
    """What someone finds who enters a conversation live: `missed` in order, cut where `is_truncated`."""

    last_seq: int
    missed: list[dict[str, Any]]
    is_truncated: bool
    present: list[UUID]


def sender_name(row: dict[str, Any]) -> str:
    return name_of(row, "sender__")


def name_of(row: dict[str, Any], at: str) -> str:
    """As User.display_name has it, of the person at this path."""
    return row[f"{at}name"] or row[f"{at}username"] or (row[f"{at}email"] or "").partition("@")[0]


def history(*, conversation_id: Any, cursor: str | None, limit: int, by: Any) -> Page:
    """A page of rows, newest first. NotFound where `by` may not see the conversation."""
    conversation = seen(conversation_id, by=by)
    rows = Message.objects.filter(conversation=conversation).values(*ROW)
    found = keyset(rows, cursor=cursor, limit=limit, by="sent_at")
    return page_of(found, limit=limit, by="sent_at")


def doorway(*, conversation_id: Any, after: Any, by: Any) -> Doorway:
    """Read when the room is already entered, so that nothing falls between this and the first live message."""
    conversation = seen(conversation_id, by=by)
    seen_seq = conversation.last_seq if after is None else seq_of(conversation, after)
    rows = Message.objects.filter(conversation=conversation, seq__gt=seen_seq, seq__lte=conversation.last_seq)
    missed = list(rows.order_by("seq").values(*ROW)[: MOST_MISSED + 1])
    online = Presence.objects.online().filter(conversation=conversation)
    return Doorway(
        last_seq=conversation.last_seq,
        missed=[as_payload(row) for row in missed[:MOST_MISSED]],
        is_truncated=len(missed) > MOST_MISSED,
        present=list(online.values_list("user", flat=True)[:MOST_PRESENT]),
    )


def seen(conversation_id: Any, *, by: Any) -> Conversation:
    key = parse_id(conversation_id)
    conversation = Conversation.objects.visible_to(by).filter(pk=key).first() if key else None
    if conversation is None:
        raise NotFound("Conversation not found")
    return conversation


def seq_of(conversation: Conversation, message_id: Any) -> int:
    key = parse_id(message_id)
    seq = conversation.messages.filter(pk=key).values_list("seq", flat=True).first() if key else None
    if seq is None:
        raise NotFound("The message named in after is not in this conversation")
    return seq


def as_payload(row: dict[str, Any]) -> dict[str, Any]:
    """A row in the words of the fact MessageSent."""
    return {
        "message_id": row["id"],
        "conversation_id": row["conversation_id"],
        "seq": row["seq"],
        "role": row["role"],
        "status": row["status"],
        "sender_id": row["sender_id"],
        "sender_name": sender_name(row),
        "content": row["content"],
        "client_id": row["client_id"],
        "parent_id": row["parent_id"],
        "sent_at": iso(row["sent_at"]),
    }


def row_of(message: Message) -> dict[str, Any]:
    """A message at hand in the shape of a row, without asking the database again."""
    sender = message.sender
    person = {f"sender__{name}": getattr(sender, name, None) for name in ("name", "username", "email")}
    own = {name: getattr(message, name) for name in ROW if not name.startswith("sender__")}
    return own | person
