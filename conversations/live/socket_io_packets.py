"""Frames of Socket.IO clients, looked at before the library sees them: one that is wrong ends its own socket, and quietly.

Of the events only those that dana.txt names go through. The library would hand `connect` and `disconnect` of a client to the
handlers of that name; and events named like the server's own are for nobody.
"""

import re
from typing import Any

import orjson

from config.errors import Invalid
from config.ids import parse_id
from conversations.live.budgets import Budget
from conversations.live.chat import POLICY, TOO_BIG, UNSUPPORTED

LARGEST = 64 * 1024
MOST_PACKETS = 500
EVENTS = ("authenticate", "join_conversation", "leave_conversation")
PROBE = "2probe"
SEPARATOR = "\x1e"
MESSAGE = re.compile(r"(?P<type>[0-3])(?:(?P<namespace>/[^,]*)(?:,|$))?(?P<id>[0-9]{1,18})?(?P<data>.*)", re.DOTALL)


class Fault(Exception):
    """A frame that no client of the protocol sends; `code` closes a WebSocket."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def sifted(frame: str | None, *, budget: Budget | None = None) -> str | None:
    """An Engine.IO packet that the library may see, None for one that is passed over; Fault otherwise.

    `frame` is None for a binary one: nothing in this protocol is binary.
    """
    if frame is None:
        raise Fault(UNSUPPORTED)
    if len(frame) > LARGEST or len(frame.encode(errors="replace")) > LARGEST:
        raise Fault(TOO_BIG)
    kind = frame[:1]
    if kind == "4":
        if budget is not None and not budget.spend("any"):
            raise Fault(POLICY)
        return frame if is_for_us(frame[1:]) else None
    if kind not in ("1", "2", "3", "5", "6"):
        raise Fault(POLICY)
    return frame if kind in ("1", "3", "5") or frame == PROBE else None


def is_for_us(message: str) -> bool:
    """Whether a Socket.IO packet asks for something; Fault where it cannot be read."""
    found = MESSAGE.fullmatch(message)
    if found is None:
        raise Fault(POLICY)
    kind, data = found["type"], read(found["data"])
    if kind == "0":
        return True
    is_default = (found["namespace"] or "/").partition("?")[0] == "/"
    if kind == "2" and not (isinstance(data, list) and data and isinstance(data[0], str)):
        raise Fault(POLICY)
    return is_default and (kind == "1" or (kind == "2" and data[0] in EVENTS))


def read(data: str) -> Any:
    if not data:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Fault(POLICY) from None


def sifted_body(body: bytes, *, budget: Budget | None = None) -> bytes:
    """The packets of a polling client's POST that the library may see."""
    try:
        packets = body.decode().split(SEPARATOR) if body else []
    except UnicodeDecodeError:
        raise Fault(POLICY) from None
    if len(packets) > MOST_PACKETS:
        raise Fault(POLICY)
    kept = [packet for each in packets if (packet := sifted(each, budget=budget)) is not None]
    # Probing and upgrading are a WebSocket's.
    return SEPARATOR.join(packet for packet in kept if packet[0] not in "25").encode()


# --- what an event carries --------------------------------------------------------------------------------------------


def conversation_of(data: dict[str, Any]) -> str:
    """The conversation's id as we write it, whatever its spelling; as given where it is none of ours."""
    given = data.get("conversation_id")
    if not isinstance(given, str) or not given:
        raise Invalid(details={"conversation_id": ["Must be a text."]})
    return str(parse_id(given) or given[:64])


def after_of(data: dict[str, Any]) -> int | str | None:
    after = data.get("after")
    if after is not None and type(after) not in (int, str):
        raise Invalid(details={"after": ["Must be a message's seq or its id."]})
    return after
