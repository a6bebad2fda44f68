"""A client of Socket.IO's protocol (Engine.IO 4) over a WebSocket, so small that every frame can be sent wrongly too."""

import asyncio
from collections import deque
from contextlib import asynccontextmanager

import orjson
import websockets

PATIENCE = 20  # seconds until something that must come counts as lost
QUERY = "EIO=4&transport=websocket"


class Ended(Exception):
    """The other side closed; `code` is what it said, None where it said nothing."""

    def __init__(self, code):
        self.code = code
        super().__init__(code)


class SocketIO:
    """`receive` answers the next text or raises Ended; `send` takes a text."""

    def __init__(self, receive, send):
        self._receive, self._send = receive, send
        self.events = deque()
        self.asked = 0

    async def send(self, text):
        await self._send(text)

    async def read(self):
        """The next packet that is no ping."""
        while True:
            text = await self._receive()
            if text != "2":
                return text
            await self._send("3")

    async def connect(self, auth=None):
        """What the server says to a connection: `0{...}` or, refused, `4{...}`."""
        await self._send("40" + (orjson.dumps(auth).decode() if auth is not None else ""))
        while not (text := await self.read()).startswith(("40", "44")):
            self.note(text)
        return text[1], orjson.loads(text[2:])

    def note(self, text):
        if text.startswith("42"):
            self.events.append(tuple(orjson.loads(text[2:])))

    async def emit(self, event, *data):
        await self._send("42" + orjson.dumps([event, *data], default=str).decode())

    async def ask(self, event, *data):
        """The acknowledgement of an event."""
        self.asked += 1
        await self._send(f"42{self.asked}" + orjson.dumps([event, *data], default=str).decode())
        while not (text := await self.read()).startswith(f"43{self.asked}["):
            self.note(text)
        return orjson.loads(text[len(f"43{self.asked}") :])[0]

    async def next(self, *names):
        """The data of the next event of one of these names; others are passed over."""
        while True:
            while self.events:
                name, data = self.events.popleft()
                if name in names:
                    return data
            self.note(await self.read())

    async def messages(self, count):
        """The messages of the next so many `new_message`."""
        return [(await self.next("new_message"))["message"] for _ in range(count)]

    async def heard(self):
        """What came until now: everything before an answer that the server gives after it."""
        await self.ask("leave_conversation", {"conversation_id": "nowhere"})
        return [event for event in self.events if event[0] not in ("left", "authenticated", "joined", "error")]

    async def ended(self):
        """The code with which the server closes, after whatever else it says."""
        try:
            while True:
                self.note(await self.read())
        except Ended as ended:
            return ended.code


@asynccontextmanager
async def dialled(host, **options):
    """A client of a running Stoa, its Engine.IO handshake done."""
    async with websockets.connect(f"ws://{host}/socket.io/?{QUERY}", open_timeout=PATIENCE, **options) as connection:

        async def receive():
            try:
                return await asyncio.wait_for(connection.recv(), PATIENCE)
            except websockets.ConnectionClosed as closed:
                raise Ended(closed.rcvd.code if closed.rcvd else None) from None

        client = SocketIO(receive, connection.send)
        assert (await client.read()).startswith("0{")
        yield client
