"""What clients send: read strictly, so that a handler finds what it needs or an error has been said."""

from typing import Any

import orjson

from config.errors import Invalid
from config.ids import parse_id

TYPES = ("join", "leave", "message", "typing", "read", "ping")


class Malformed(Invalid):
    """Not one of our frames: answered, and counted."""


def parsed(raw: bytes) -> dict[str, Any]:
    """The JSON object of a frame; its `type` is one of TYPES."""
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed("The frame is not valid JSON") from None
    if not isinstance(frame, dict) or frame.get("type") not in TYPES:
        raise Malformed("The frame has no known type")
    return frame


def text_of(frame: dict[str, Any], name: str) -> str:
    value = frame.get(name)
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a text")
    return value


def text_or_none(frame: dict[str, Any], name: str) -> str | None:
    return None if frame.get(name) is None else text_of(frame, name)


def conversation_of(frame: dict[str, Any]) -> str:
    """The conversation's id as we write it, whatever its spelling; as given where it is none of ours."""
    given = text_of(frame, "conversation_id")
    return str(parse_id(given) or given[:64])
