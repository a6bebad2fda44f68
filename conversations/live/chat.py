"""`/ws/chat/`: rooms over a WebSocket, as decisions.md §4 and messaging-design.md §4 have it.

Close codes: 4401 refused or ended sign-in, 1003 a binary frame, 1009 more than 64 KiB, 1008 too many faults, 1013 does not
read fast enough (come back and catch up with `after`), 1011 the database is away.

A socket is two tasks. One reads frames, in order; one writes what the hub tells. No database call is made on the loop.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from django.db import DatabaseError

from config.errors import DomainError, Throttled
from conversations.live import frames
from conversations.live.attendance import attendance
from conversations.live.budgets import Budget
from conversations.live.credentials import Visitor, is_signed_in, visitor_of
from conversations.live.database import database
from conversations.live.handlers import HANDLERS
from conversations.live.hub import Listener, Overrun, Told, hub
from conversations.live.incoming import Malformed, parsed
from conversations.live.rooms import Room

logger = logging.getLogger(__name__)

LARGEST_FRAME = 64 * 1024
CHECK_SECONDS = 60
CLOSE_SECONDS = 5

NORMAL, UNSUPPORTED, POLICY, TOO_BIG, BROKEN, TRY_LATER, UNAUTHORIZED = 1000, 1003, 1008, 1009, 1011, 1013, 4401


class Closed(Exception):
    """The socket is to be closed with `code`; None where the other side has gone already."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__(code)


async def chat(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application. A refused visitor is let in and closed, since browsers cannot see a refused handshake."""
    await receive()
    await send({"type": "websocket.accept"})
    try:
        visitor = await database(visitor_of, scope)
        if visitor is None:
            raise Closed(UNAUTHORIZED)
        listener = await hub.listen([f"user:{visitor.user.pk}"], encode=frames.frame_of)
    except Closed as closed:
        await farewell(send, closed.code)
    except (DatabaseError, TimeoutError):
        logger.exception("A chat socket could not be opened")
        await farewell(send, BROKEN)
    else:
        await Socket(visitor, listener, receive, send).run()


async def farewell(send: Any, code: int | None) -> None:
    """Close with a code. Whoever does not read does not hold us up either."""
    if code is not None:
        with suppress(OSError, RuntimeError, TimeoutError):
            await asyncio.wait_for(send({"type": "websocket.close", "code": code}), CLOSE_SECONDS)


class Socket:
    def __init__(self, visitor: Visitor, listener: Listener, receive: Any, send: Any) -> None:
        self.user = visitor.user
        self.user_id = str(visitor.user.pk)
        self.session_id = visitor.session_id
        self.is_page = visitor.is_page
        self.listener = listener
        self.rooms: dict[str, Room] = {}
        self.budget = Budget()
        self._receive = receive
        self._send = send
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        code: int | None = BROKEN
        tasks: list[asyncio.Task[None]] = []
        try:
            parts = (self.read, self.write, self.watch, self.listener.overrun)
            tasks = [asyncio.create_task(part()) for part in parts]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = code_of(next(iter(done)))
        except DatabaseError:
            logger.exception("A chat socket could not be opened")
        finally:
            self.listener.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await farewell(self._send, code)
            await self.depart()

    async def depart(self) -> None:
        try:
            if rooms := list(self.rooms):
                await attendance.leave(rooms, self.user)
        except DatabaseError:
            logger.exception("A departure could not be told; it shows within a minute")

    async def send(self, frame: bytes) -> None:
        async with self._turn:
            try:
                await self._send({"type": "websocket.send", "text": frame.decode()})
            except OSError:
                raise Closed(None) from None

    # --- what the hub tells ----------------------------------------------------------------------------------------

    async def write(self) -> None:
        async for told in self.listener:
            await self.on_told(told)

    async def on_told(self, told: Told) -> None:
        kind, payload = told.heard.kind, told.heard.payload
        if kind == "SessionsEnded" and str(self.session_id) in payload["session_ids"]:
            raise Closed(UNAUTHORIZED)
        conversation_id = payload.get("conversation_id")
        room = self.rooms.get(conversation_id) if conversation_id else None
        if kind == "AccessRevoked" and room:
            await self.put_out(room)
        elif kind == "ConversationChanged":
            await self.on_change(told, room)
        elif room is not None and told.frame is not None and kind != "AccessRevoked":
            await self.pass_on(told, room)

    async def on_change(self, told: Told, room: Room | None) -> None:
        if self.is_page and told.frame is not None:
            await self.send(told.frame)
        if room and told.heard.payload["what"] == "deleted":
            await self.put_out(room)

    async def pass_on(self, told: Told, room: Room) -> None:
        is_own = told.heard.payload.get("user_id") == self.user_id
        if told.heard.kind == "Typing" and is_own:
            return
        if told.heard.kind == "PresenceChanged" and is_own:
            if not told.heard.payload["is_online"]:
                await attendance.contradict(room.conversation_id, self.user)
            return
        if room.is_catching_up:
            room.hold(told)
        elif not room.knows(told) and told.frame is not None:
            await self.send(told.frame)

    async def put_out(self, room: Room) -> None:
        await self.forget(room)
        sentence = "You can no longer read this conversation"
        await self.send(frames.error("access_revoked", sentence, conversation_id=room.conversation_id))

    async def forget(self, room: Room) -> None:
        self.listener.forget(room.topic)
        if self.rooms.pop(room.conversation_id, None):
            await attendance.leave([room.conversation_id], self.user)

    # --- what the client says --------------------------------------------------------------------------------------

    async def read(self) -> None:
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                raise Closed(None)
            text = event.get("text")
            if text is None:
                raise Closed(UNSUPPORTED)
            raw = text.encode(errors="replace")
            if len(raw) > LARGEST_FRAME:
                raise Closed(TOO_BIG)
            await self.on_frame(raw)

    async def on_frame(self, raw: bytes) -> None:
        frame: dict[str, Any] = {}
        try:
            frame = parsed(raw)
            if not self.budget.spend("any"):
                raise Throttled(code="rate_limited")
            await HANDLERS[frame["type"]](self, frame)
        except DomainError as error:
            await self.on_error(error, frame)
        except DatabaseError:
            logger.exception("A frame of a chat socket failed")
            await self.on_error(DomainError(code="internal_error"), frame)

    async def on_error(self, error: DomainError, frame: dict[str, Any]) -> None:
        about = {key: frame.get(key) for key in ("conversation_id", "client_id") if isinstance(frame.get(key), str)}
        await self.send(frames.error(error.code or str(error.kind), error.message, **about))
        if isinstance(error, Malformed) and not self.budget.spend("fault"):
            raise Closed(POLICY)

    # --- the sign-in behind it -------------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Now, since it may have ended while the socket was opened, and each minute: not every end is announced."""
        while True:
            with suppress(DatabaseError):
                if not await database(is_signed_in, self.session_id, self.user.pk):
                    raise Closed(UNAUTHORIZED)
            await asyncio.sleep(CHECK_SECONDS)


def code_of(task: "asyncio.Task[None]") -> int | None:
    """With which code the socket closes after this task ended it."""
    error = task.exception()
    if isinstance(error, Closed):
        return error.code
    if isinstance(error, Overrun):
        return TRY_LATER
    logger.error("A chat socket failed", exc_info=error)
    return BROKEN
