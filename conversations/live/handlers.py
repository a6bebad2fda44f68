"""What each frame of a client does. Called by its socket, one after the other."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from config.errors import Invalid, Throttled
from config.ids import parse_id
from conversations.facts import Typing
from conversations.live import frames
from conversations.live.attendance import attendance
from conversations.live.database import database
from conversations.live.incoming import Malformed, conversation_of, text_of, text_or_none
from conversations.live.rooms import Room
from conversations.live.signals import signal
from conversations.queries.messages import doorway
from conversations.verbs.messages import mark_read, send_message, sent_fact

if TYPE_CHECKING:
    from conversations.live.chat import Socket

MOST_ROOMS = 200


async def join(socket: "Socket", frame: dict[str, Any]) -> None:
    key, after = conversation_of(frame), text_or_none(frame, "after")
    if not socket.budget.spend("join") or (key not in socket.rooms and len(socket.rooms) >= MOST_ROOMS):
        raise Throttled("Too many conversations joined", code="rate_limited")
    known = socket.rooms.get(key)
    room = known or Room(key)
    # Entered first, read afterwards: a double can be told apart, a gap could not.
    room.is_catching_up = known is None or after is not None
    socket.rooms[key] = room
    socket.listener.listen(room.topic)
    try:
        found = await database(doorway, conversation_id=key, after=after, by=socket.user)
    except BaseException:
        await back_out(socket, room, was_known=known is not None)
        raise
    present = list(dict.fromkeys([*found.present, socket.user.pk]))  # who joins is told of themselves too
    joined = {"conversation_id": key, "last_seq": found.last_seq, "present": present}
    await socket.send(frames.encoded("joined", **joined, truncated=found.is_truncated))
    for payload in found.missed:
        await socket.send(frames.message(payload))
    if room.is_catching_up:
        await catch_up(socket, room, floor=found.last_seq)
    if known is None and socket.rooms.get(key) is room:
        await attendance.enter(key, socket.user)


async def back_out(socket: "Socket", room: Room, *, was_known: bool) -> None:
    if was_known:
        await catch_up(socket, room, floor=room.floor)
    else:
        socket.rooms.pop(room.conversation_id, None)
        socket.listener.forget(room.topic)


async def catch_up(socket: "Socket", room: Room, *, floor: int) -> None:
    """Send what was held meanwhile. Between finding nothing held and going live nothing can come in."""
    room.floor = max(room.floor, floor)
    while room.held:
        told = room.held.popleft()
        if not room.knows(told) and told.frame is not None:
            await socket.send(told.frame)
    room.is_catching_up = False


async def leave(socket: "Socket", frame: dict[str, Any]) -> None:
    if room := socket.rooms.get(conversation_of(frame)):
        await socket.forget(room)


async def message(socket: "Socket", frame: dict[str, Any]) -> None:
    """The sender hears their message as everyone does; directly, where they have not joined or sent it before."""
    given = {
        "conversation_id": text_of(frame, "conversation_id"),
        "content": text_of(frame, "content"),
        "client_id": text_or_none(frame, "client_id"),
    }
    if not socket.budget.spend("message"):
        raise Throttled("Too many messages. Wait a moment.", code="rate_limited")
    is_resend, payload = await database(say, **given, by=socket.user)
    if is_resend or payload["conversation_id"] not in socket.rooms:
        await socket.send(frames.message(payload))


async def typing(socket: "Socket", frame: dict[str, Any]) -> None:
    is_typing = frame.get("is_typing", True)
    if not isinstance(is_typing, bool):
        raise Malformed("is_typing is true or false")
    room = socket.rooms.get(conversation_of(frame))
    if room is None:
        raise Invalid("Join the conversation first", code="not_joined")
    if room.may_say_typing(is_typing):
        conversation_id = parse_id(room.conversation_id)
        assert conversation_id is not None  # noqa: S101 -- a joined room was found by it
        name = socket.user.display_name
        said = Typing(conversation_id=conversation_id, user_id=socket.user.pk, user_name=name, is_typing=is_typing)
        await database(signal, said)


async def read(socket: "Socket", frame: dict[str, Any]) -> None:
    given = {
        "conversation_id": text_of(frame, "conversation_id"),
        "message_id": text_or_none(frame, "message_id"),
    }
    if not socket.budget.spend("read"):
        raise Throttled(code="rate_limited")
    await database(mark_read, **given, by=socket.user)


async def ping(socket: "Socket", frame: dict[str, Any]) -> None:
    await socket.send(frames.encoded("pong"))


def say(**given: Any) -> tuple[bool, dict[str, Any]]:
    """Send a message; whether it was sent before, and its payload."""
    message = send_message(**given)
    return message.is_resend, {**asdict(sent_fact(message)), "conversation_id": str(message.conversation_id)}


HANDLERS = {
    "join": join,
    "leave": leave,
    "message": message,
    "typing": typing,
    "read": read,
    "ping": ping,
}
