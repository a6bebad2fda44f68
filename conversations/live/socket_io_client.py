"""One connected Socket.IO client: who it is, what it joined, and what it is told.

Its sign-in is looked at when it authenticates, each minute, when it is told to have ended, and when the token runs out;
then it leaves everything and is told so. What it may read is looked at when it joins, when that is revoked, and each minute.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from django.db import DatabaseError
from django.utils.timezone import now

from config.dialects.dana import problem
from config.errors import NotFound, Throttled, Unauthenticated
from conversations.facts import EVERYONE
from conversations.live.bearers import Bearer, by_bearer, still_seen
from conversations.live.chat import CHECK_SECONDS
from conversations.live.database import database
from conversations.live.hub import Listener, Overrun, Told, hub
from conversations.live.rooms import Room
from conversations.live.socket_io_events import frame_of, message_of, new_message, packet
from conversations.live.socket_io_lines import Engine, spawn
from conversations.live.socket_io_packets import after_of, conversation_of
from conversations.queries.entrances import Entrance, entrance, grown

logger = logging.getLogger(__name__)

MOST_ROOMS = 200
# Facts of the council, which stands above this app: an answer that grew is complete, or was ended.
ENDS_OF_GROWTH = ("AdvisorAnswered", "DeliberationEnded")


class SignInEnded(Exception):
    """Whoever this was is nobody any more."""


class SocketIOClient:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.bearer: Bearer | None = None
        self.listener: Listener | None = None
        self.rooms: dict[str, Room] = {}
        self.growing: dict[str, str] = {}  # answers that are being written, and the conversation of each
        self.is_over = False
        self.turn = asyncio.Lock()  # of its events: those of a polling client may come by several requests at once
        self._parts: list[asyncio.Task[None]] = []

    # --- who it is -------------------------------------------------------------------------------------------------

    async def authenticate(self, data: dict[str, Any]) -> dict[str, Any]:
        """`{user_id}`. The same person again keeps what they joined; somebody else begins anew."""
        if not self.engine.budget.spend("authenticate"):
            raise Throttled("Too many tries to authenticate. Wait a moment.")
        bearer = await database(by_bearer, data.get("token"))
        if bearer is None:
            raise Unauthenticated("The token is invalid or has expired", code="invalid_token")
        if self.bearer is None or self.bearer.user.pk != bearer.user.pk:
            self.forget()
            listener = await hub.listen([f"user:{bearer.user.pk}", EVERYONE], encode=frame_of)
            if self.is_over:
                listener.close()
                raise Unauthenticated("The connection has ended")
            self.listener = listener
            self._parts = [spawn(self.run(self.write(listener)))]
        self.bearer = bearer
        self.engine.expect_nothing()
        self._parts = [*self._parts[:1], self.watched(bearer)]
        return {"user_id": str(bearer.user.pk)}

    def watched(self, bearer: Bearer) -> asyncio.Task[None]:
        for part in self._parts[1:]:
            part.cancel()
        return spawn(self.run(self.watch(bearer)))

    def forget(self) -> None:
        """Nobody, nowhere. The task that calls this goes on."""
        self.bearer = None
        self.rooms.clear()
        self.growing.clear()
        if self.listener is not None:
            self.listener.close()
            self.listener = None
        for part in self._parts:
            if part is not asyncio.current_task():
                part.cancel()
        self._parts = []

    def end(self) -> None:
        self.is_over = True
        self.forget()

    async def watch(self, bearer: Bearer) -> None:
        """Now, since it may have ended meanwhile, and each minute: not every end is announced."""
        while True:
            with suppress(DatabaseError):
                joined = dict(self.rooms)  # not those that are entered while this is asked
                seen = await database(still_seen, bearer, list(joined))
                if seen is None:
                    raise SignInEnded
                for room in [room for key, room in joined.items() if key not in seen]:
                    await self.put_out(room)
            left = (bearer.until - now()).total_seconds()
            await asyncio.sleep(max(0.0, min(CHECK_SECONDS, left)))
            if now() >= bearer.until:
                raise SignInEnded

    async def run(self, part: Coroutine[Any, Any, None]) -> None:
        """A part of this client's life; where it fails, the client has to come back."""
        try:
            await part
        except SignInEnded:
            self.forget()
            error = Unauthenticated("Your sign-in has ended. Authenticate again.", code="invalid_token")
            await self.engine.send(packet("auth_error", problem(error)["error"]))
            self.engine.expect_sign_in()
        except Overrun:
            spawn(self.engine.cut())
        except Exception:
            logger.exception("A Socket.IO client failed")
            spawn(self.engine.cut())

    # --- what the hub tells ----------------------------------------------------------------------------------------

    async def write(self, listener: Listener) -> None:
        async for told in listener:
            await self.on_told(told)

    async def on_told(self, told: Told) -> None:
        kind, payload = told.heard.kind, told.heard.payload
        bearer, room = self.bearer, self.rooms.get(str(payload.get("conversation_id")))
        if bearer is None:
            return
        if kind == "SessionsEnded" and str(bearer.session_id) in payload["session_ids"]:
            raise SignInEnded
        if kind == "AccessRevoked" and room and payload["user_id"] == str(bearer.user.pk):
            await self.put_out(room)
        elif kind == "MessageSent":
            await self.on_message(told, room)
        elif kind in ENDS_OF_GROWTH:
            await self.tell_grown()
        elif told.frame is not None:
            await self.engine.send(told.frame)
            if kind == "ConversationChanged" and room and payload["what"] == "deleted":
                await self.put_out(room)

    async def on_message(self, told: Told, room: Room | None) -> None:
        if room is None:
            return
        if room.is_catching_up:
            room.hold(told)
        elif not room.knows(told):
            await self.pass_on(told)

    async def pass_on(self, told: Told) -> None:
        """An answer that is still being written is told once it is whole."""
        payload = told.heard.payload
        if payload["status"] == "streaming":
            self.growing[payload["message_id"]] = payload["conversation_id"]
        elif told.frame is not None:
            await self.engine.send(told.frame)

    async def tell_grown(self) -> None:
        if not self.growing:
            return
        for payload in await database(grown, list(self.growing)):
            if self.growing.pop(str(payload["message_id"]), None):
                await self.engine.send(new_message(payload))

    # --- rooms -----------------------------------------------------------------------------------------------------

    async def join_conversation(self, data: dict[str, Any]) -> dict[str, Any]:
        """`{conversation_id, last_seq, missed, truncated}`. Entered first, read afterwards: a double can be told apart, a
        gap could not. What is said meanwhile comes right after the answer."""
        key, after, bearer = conversation_of(data), after_of(data), self.bearer
        if bearer is None or self.listener is None:
            raise Unauthenticated("Authenticate first")
        if not self.engine.budget.spend("join") or (key not in self.rooms and len(self.rooms) >= MOST_ROOMS):
            raise Throttled("Too many conversations joined")
        known = self.rooms.get(key)
        room = known or Room(key)
        room.is_catching_up = True
        self.rooms[key] = room
        self.listener.listen(room.topic)
        try:
            found = await database(entrance, conversation_id=key, after=after, by=bearer.user)
        except BaseException:
            self.back_out(room, was_known=known is not None)
            raise
        if self.rooms.get(key) is not room:
            raise NotFound("Conversation not found")  # put out meanwhile
        self.settle(room, found)
        return {
            "conversation_id": key,
            "last_seq": found.last_seq,
            "missed": [message_of(payload) for payload in found.missed],
            "truncated": found.is_truncated,
        }

    def settle(self, room: Room, found: Entrance) -> None:
        room.floor = max(room.floor, found.last_seq)
        self.growing |= dict.fromkeys(found.growing, room.conversation_id)
        # As a task: whoever answers does so before this one has its turn.
        spawn(self.run(self.go_live(room)))

    async def go_live(self, room: Room) -> None:
        while room.held:
            told = room.held.popleft()
            if not room.knows(told):
                await self.pass_on(told)
        room.is_catching_up = False
        # What was complete before it could be heard that it is.
        await self.tell_grown()

    def back_out(self, room: Room, *, was_known: bool) -> None:
        if was_known:
            spawn(self.run(self.go_live(room)))
        else:
            self.leave(room)

    async def leave_conversation(self, data: dict[str, Any]) -> dict[str, Any]:
        key = conversation_of(data)
        if self.bearer is None:
            raise Unauthenticated("Authenticate first")
        if room := self.rooms.get(key):
            self.leave(room)
        return {"conversation_id": key}

    def leave(self, room: Room) -> None:
        if self.rooms.get(room.conversation_id) is room:
            del self.rooms[room.conversation_id]
            if self.listener is not None:
                self.listener.forget(room.topic)
        self.growing = {key: place for key, place in self.growing.items() if place != room.conversation_id}

    async def put_out(self, room: Room) -> None:
        if self.rooms.get(room.conversation_id) is not room:
            return
        self.leave(room)
        reason = "You can no longer read this conversation"
        await self.engine.send(packet("left", {"conversation_id": room.conversation_id, "reason": reason}))
