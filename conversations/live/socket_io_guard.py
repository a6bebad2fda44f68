"""What stands before the Socket.IO library: origins, bodies and frames are looked at here, and an end is an end.

The library reads a body of any length into memory, ends no handshake for a frame that it cannot read, and waits for who does
not. A page of another site is refused; who sends no Origin is no page.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import orjson

from config.dialects.dana import problem
from config.errors import DomainError, Forbidden, Invalid, TooLarge
from conversations.live.credentials import is_ours
from conversations.live.socket_io_lines import Engine, Line, engines
from conversations.live.socket_io_packets import LARGEST, Fault, sifted_body

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
PATH = "/socket.io"
HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Guard:
    def __init__(self, door: Any, inside: Any) -> None:
        self.door = door
        self.inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] not in ("http", "websocket") or not (path == PATH or path.startswith(f"{PATH}/")):
            await self.inside(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.websocket(scope, receive, send)
        else:
            await self.http(scope, receive, send)

    async def websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_welcome(scope):
            await receive()
            await send({"type": "websocket.close"})
            return
        line = Line(receive, send)
        if engine := engine_of(scope):
            engine.carry(line)  # polled for until now
        try:
            await self.door({**scope, "stoa.line": line}, line.receive, line.send)
        finally:
            await line.finish()

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if not is_welcome(scope):
                raise Forbidden("Pages of other sites may not connect")
            body = await whole(receive)
            engine = engine_of(scope)
            if body is None:
                return
            body = sifted_body(body, budget=engine.budget if engine else None) if scope["method"] == "POST" else b""
        except Fault:
            await refuse(send, 400, Invalid("The packets cannot be read"))
        except TooLarge as error:
            await refuse(send, 413, error)
        except Forbidden as error:
            await refuse(send, 400, error)
        else:
            headers = [pair for pair in scope["headers"] if pair[0].lower() != b"content-length"]
            headers.append((b"content-length", str(len(body)).encode()))
            await self.door({**scope, "headers": headers}, given(body), hardened(send))


def is_welcome(scope: Scope) -> bool:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return b"origin" not in headers or is_ours(headers)


def engine_of(scope: Scope) -> Engine | None:
    """The connection that a request belongs to, where it names one."""
    try:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20)
    except ValueError:
        return None
    return engines.get(query.get("sid", [""])[0])


async def whole(receive: Receive) -> bytes | None:
    """The body, TooLarge above what a frame may have; None where the caller has gone."""
    body, is_more = b"", True
    while is_more:
        event = await receive()
        if event["type"] != "http.request":
            return None
        body += event.get("body", b"")
        is_more = event.get("more_body", False)
        if len(body) > LARGEST:
            raise TooLarge
    return body


def given(body: bytes) -> Receive:
    async def receive() -> Event:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def hardened(send: Send) -> Send:
    async def sent(event: Event) -> None:
        if event["type"] == "http.response.start":
            event = {**event, "headers": [*event.get("headers", []), *HEADERS]}
        await send(event)

    return sent


async def refuse(send: Send, status: int, error: DomainError) -> None:
    body = orjson.dumps(problem(error))
    about = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    # What still comes is not read, so the connection cannot be used again.
    about.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})
