"""The frames of `/ws/chat/`, as decisions.md §4 names them. One JSON object each; ids are text, times ISO 8601 with Z."""

from typing import Any

import orjson

from conversations.facts import (
    AssistantTurnEnded,
    ConversationChanged,
    DeliveryChanged,
    MessageChanged,
    MessageRead,
    MessageSent,
    PresenceChanged,
    Typing,
)
from ontology.queries.changes import Heard


def encoded(type: str, **parts: Any) -> bytes:
    return orjson.dumps({"type": type, **parts}, default=str)


def message(payload: dict[str, Any]) -> bytes:
    """From the payload of a MessageSent, live or read again to catch up."""
    return encoded(
        "message",
        conversation_id=payload["conversation_id"],
        message_id=payload["message_id"],
        seq=payload["seq"],
        role=payload["role"],
        status=payload["status"],
        sender_id=payload["sender_id"],
        sender_name=payload["sender_name"],
        content=payload["content"],
        client_id=payload["client_id"],
        created_at=payload["sent_at"],
    )


def read(payload: dict[str, Any]) -> bytes:
    return encoded("read", **payload)


def typing(payload: dict[str, Any]) -> bytes:
    return encoded("typing", **payload)


def presence(payload: dict[str, Any]) -> bytes:
    status = "online" if payload["is_online"] else "offline"
    who = {key: payload[key] for key in ("conversation_id", "user_id", "user_name")}
    return encoded("presence", **who, status=status)


def conversation(payload: dict[str, Any]) -> bytes:
    """Ours, for Stoa's own pages alone: a conversation appeared, was renamed or went."""
    return encoded("conversation", **{key: payload[key] for key in ("conversation_id", "what", "title")})


def delivery(payload: dict[str, Any]) -> bytes:
    """An addition of ours, in clients' conversations: how far a message of ours came on its platform."""
    return encoded("delivery", **payload)


def message_changed(payload: dict[str, Any]) -> bytes:
    """An addition of ours, in clients' conversations: a message was edited, taken back or reacted to."""
    return encoded("message_changed", **payload)


def assistant(payload: dict[str, Any]) -> bytes:
    """An addition of ours, in clients' conversations: how the assistant's turn ended."""
    return encoded("assistant", **{key: payload[key] for key in ("conversation_id", "status", "reason")})


def error(code: str, sentence: str, **about: Any) -> bytes:
    return encoded("error", code=code, message=sentence, **{key: value for key, value in about.items() if value})


_FRAMES = {
    MessageSent.__name__: message,
    MessageRead.__name__: read,
    Typing.__name__: typing,
    PresenceChanged.__name__: presence,
    ConversationChanged.__name__: conversation,
    DeliveryChanged.__name__: delivery,
    MessageChanged.__name__: message_changed,
    AssistantTurnEnded.__name__: assistant,
}


def frame_of(heard: Heard) -> bytes | None:
    """The frame of a change; None where it is for the socket itself or for other doors."""
    make = _FRAMES.get(heard.kind)
    return make(heard.payload) if make else None
