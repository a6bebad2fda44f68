"""What a live client of Dana's finds who enters a conversation, and what has grown since."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from config.errors import Invalid
from conversations.models import Conversation, Message
from conversations.queries.messages import ROW, as_payload, seen, seq_of

MOST_MISSED = 200
MOST_LETTERS = 256 * 1024
MOST_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entrance:
    """`missed` in order, in the words of MessageSent, cut where `is_truncated`; `growing`: answers that are being written."""

    conversation_id: str
    last_seq: int
    missed: list[dict[str, Any]]
    is_truncated: bool
    growing: list[str]


def entrance(*, conversation_id: Any, after: int | str | None, by: Any) -> Entrance:
    """Read when the room is already entered. `after`: a message's `seq` or its id; NotFound for strangers and unknown ids."""
    conversation = seen(conversation_id, by=by)
    rows = Message.objects.filter(conversation=conversation, seq__lte=conversation.last_seq)
    growing = rows.filter(status=Message.Status.STREAMING)
    missed = missed_of(rows, after_seq(conversation, after))
    fitting = fit(missed[:MOST_MISSED])
    return Entrance(
        conversation_id=str(conversation.pk),
        last_seq=conversation.last_seq,
        missed=fitting,
        is_truncated=len(fitting) < len(missed),
        growing=[str(key) for key in growing.values_list("pk", flat=True)],
    )


def after_seq(conversation: Conversation, after: int | str | None) -> int:
    if after is None:
        return conversation.last_seq
    if isinstance(after, str):
        return seq_of(conversation, after)
    if not 0 <= after <= MOST_SEQ:
        raise Invalid("after is a message's seq or its id", details={"after": ["Out of range."]})
    return after


def missed_of(rows: Any, after: int) -> list[dict[str, Any]]:
    said = rows.filter(seq__gt=after).exclude(status=Message.Status.STREAMING)
    return [as_payload(row) for row in said.order_by("seq").values(*ROW)[: MOST_MISSED + 1]]


def fit(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many as fit into one answer, one at least."""
    letters = 0
    for count, message in enumerate(messages):
        letters += len(message["content"])
        if letters > MOST_LETTERS and count:
            return messages[:count]
    return messages


def grown(message_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Those of these answers that are complete, or were ended, in order. The caller has asked for the rights."""
    rows = Message.objects.filter(pk__in=list(message_ids)).exclude(status=Message.Status.STREAMING)
    return [as_payload(row) for row in rows.order_by("conversation", "seq").values(*ROW)]
