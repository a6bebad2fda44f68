"""What lies under a Socket.IO client: its Engine.IO connection, and the WebSocket that may carry it.

The library queues without bound for who does not read, and waits for them when it closes (messaging-design.md §3). So an
`Engine` looks at that queue before each event, and a `Line` can be cut while the other side holds everything up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from config.dialects.dana import problem
from config.errors import Unauthenticated
from conversations.live.budgets import Budget
from conversations.live.chat import TRY_LATER, UNAUTHORIZED, farewell
from conversations.live.hub import QUEUE, Overrun
from conversations.live.socket_io_events import packet
from conversations.live.socket_io_packets import Fault, sifted

Event = dict[str, Any]
GONE = {"type": "websocket.disconnect", "code": 1006}
SIGN_IN_SECONDS = 10
LAST_WORD_SECONDS = 1
_tasks: set[asyncio.Task[None]] = set()


def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that nobody waits for, kept until it is done."""
    task = asyncio.create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


class Engine:
    """One Engine.IO connection, by whatever transport. `key` is its id there; `budget` what it may ask for in a minute."""

    def __init__(self, server: Any, key: str, line: "Line | None") -> None:
        self.server = server
        self.key = key
        self.socket = server.sockets[key]
        self.budget = Budget()
        self._clock: asyncio.TimerHandle | None = None
        self.carry(line)

    def carry(self, line: "Line | None") -> None:
        """From now on this line carries it; None while it is polled for."""
        self.line = line
        if line is not None:
            line.engine = self

    async def send(self, packet: bytes) -> None:
        """Overrun where the client has not taken what waits for it already."""
        if self.socket.closed:
            return
        if self.socket.queue.qsize() >= QUEUE:
            raise Overrun
        await self.server.send(self.key, packet.decode())

    def expect_sign_in(self) -> None:
        """It ends soon, unless somebody authenticates."""
        self.expect_nothing()
        self._clock = asyncio.get_running_loop().call_later(SIGN_IN_SECONDS, lambda: spawn(self.give_up()))

    def expect_nothing(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    async def give_up(self) -> None:
        error = Unauthenticated("Nobody authenticated in time")
        with suppress(Overrun):
            await self.send(packet("auth_error", problem(error)["error"]))
        await asyncio.sleep(LAST_WORD_SECONDS)
        await self.cut(UNAUTHORIZED)

    async def cut(self, code: int = TRY_LATER) -> None:
        """End it now, whatever still waits to be read."""
        if self.line is not None:
            self.line.cut(code)
        if self.server.sockets.pop(self.key, None):
            await self.socket.close(wait=False, abort=True, reason=self.server.reason.SERVER_DISCONNECT)

    def end(self) -> None:
        """It has ended: nobody is expected, and a request that still waits for news is let go."""
        self.expect_nothing()
        self.socket.queue.put_nowait(None)


engines: dict[str, Engine] = {}


class Line:
    """A WebSocket as the library is to see it: sound frames alone, and an end when we say so."""

    def __init__(self, receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]) -> None:
        self.engine: Engine | None = None
        self.code: int | None = None
        self._receive = receive
        self._send = send
        self._cut = asyncio.Event()

    def cut(self, code: int) -> None:
        if self.code is None:
            self.code = code
            self._cut.set()

    async def receive(self) -> Event:
        """The next frame that is to be looked at; after a fault, or a cut, as if the client had gone."""
        while True:
            event = await self._unless_cut(self._receive)
            if event is None or event["type"] != "websocket.receive":
                return event or GONE
            try:
                text = sifted(event.get("text"), budget=self.engine.budget if self.engine else None)
            except Fault as fault:
                self.cut(fault.code)
                return GONE
            if text is not None:
                return {"type": "websocket.receive", "text": text}

    async def send(self, event: Event) -> None:
        if await self._unless_cut(self._told, event) is None:
            raise OSError

    async def finish(self) -> None:
        """Say the code with which it was cut, where it was."""
        if self.code is not None:
            await farewell(self._send, self.code)

    async def _told(self, event: Event) -> bool:
        await self._send(event)
        return True

    async def _unless_cut(self, call: Callable[..., Awaitable[Any]], *given: Any) -> Any:
        """What `call` answers, or None as soon as the line is cut."""
        if self._cut.is_set():
            return None
        task, cut = asyncio.ensure_future(call(*given)), asyncio.ensure_future(self._cut.wait())
        try:
            await asyncio.wait({task, cut}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for each in (task, cut):
                if not each.done():
                    each.cancel()
                    with suppress(asyncio.CancelledError):
                        await each
