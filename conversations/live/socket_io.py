"""`/socket.io`: Dana's live events (dana.txt, "WebSocket Events") over python-socketio, fed by the hub.

From the client: `authenticate {token}`, also as `auth` of the connection; `join_conversation {conversation_id, after?}` and
`leave_conversation {conversation_id}`. Each is answered by its acknowledgement `{success: true, ...}` or Dana's error, and as
well by an event: `authenticated {user_id}`, `joined {conversation_id, last_seq, missed, truncated}`, `left
{conversation_id}`, `auth_error` or `error` `{code, message, details}`.

`after` is the `seq` or the id of the last message that a client has; `missed` holds what followed, 200 at most: with
`truncated` there is more, to be had by joining again. Who does not authenticate within ten seconds, or wrongly, is
disconnected; so is who does not read. The library's rooms and its emit are not used: see messaging-design.md §2 and §3.
"""

import asyncio
import logging
from typing import Any

import socketio
from django.db import DatabaseError
from engineio.payload import Payload
from socketio.exceptions import ConnectionRefusedError as Refused

from config.dialects.dana import problem
from config.errors import DomainError, Internal, Invalid
from conversations.live.socket_io_client import SocketIOClient
from conversations.live.socket_io_events import packet
from conversations.live.socket_io_guard import Guard
from conversations.live.socket_io_lines import Engine, engines, spawn
from conversations.live.socket_io_packets import LARGEST, MOST_PACKETS

logger = logging.getLogger(__name__)
# The library writes packets into its log, tokens too, and blames clients as errors: only its own failures are for us.
library = logging.getLogger("stoa.socket_io")
library.setLevel(logging.ERROR)
library.addFilter(lambda record: bool(record.exc_info))

# A polling client sends what it has gathered in one go, and the library would drop all of it above sixteen.
Payload.max_decode_packets = MOST_PACKETS

FAREWELL_SECONDS = 5

server = socketio.AsyncServer(
    async_mode="asgi",
    async_handlers=False,  # a client's events one after the other
    always_connect=False,
    cors_allowed_origins=[],  # the guard looks at the origin
    max_http_buffer_size=LARGEST,
    logger=library,
    engineio_logger=library,
)
clients: dict[str, SocketIOClient] = {}


def mounted(app: Any) -> Any:
    """`app`, with `/socket.io` in front of it."""
    return Guard(socketio.ASGIApp(server, other_asgi_app=app, socketio_path="socket.io"), app)


# --- connections -------------------------------------------------------------------------------------------------------

_library_opens, _library_closes = server.eio.handlers["connect"], server.eio.handlers["disconnect"]


async def opened(key: str, environ: dict[str, Any]) -> Any:
    engine = engines[key] = Engine(server.eio, key, environ["asgi.scope"].get("stoa.line"))
    engine.expect_sign_in()
    return await _library_opens(key, environ)


async def closed(key: str, reason: str) -> None:
    await _library_closes(key, reason)
    if engine := engines.pop(key, None):
        engine.end()


server.eio.on("connect", opened)
server.eio.on("disconnect", closed)


@server.on("connect")
async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
    client = clients[sid] = SocketIOClient(engines[engine_key(sid)])
    if not (isinstance(auth, dict) and auth.get("token") is not None):
        return
    answer = await answered(client, "authenticate", auth)
    if not answer["success"]:
        clients.pop(sid).end()
        raise Refused(answer["error"]["message"], answer["error"])
    spawn(client.run(tell(client, "authenticated", answer)))  # once the connection is confirmed


@server.on("disconnect")
async def disconnect(sid: str, reason: str = "") -> None:
    if client := clients.pop(sid, None):
        client.end()
        client.engine.expect_sign_in()  # the connection under it may stay, and be nobody's


def engine_key(sid: str) -> str:
    return str(server.manager.eio_sid_from_sid(sid, "/"))


# --- events ------------------------------------------------------------------------------------------------------------


@server.on("authenticate")
async def authenticate(sid: str, data: Any = None, *more: Any) -> dict[str, Any] | None:
    if (client := clients.get(sid)) is None:
        return None
    answer = await answered(client, "authenticate", data)
    await client.run(tell(client, "authenticated" if answer["success"] else "auth_error", answer))
    if not answer["success"] and answer["error"]["code"] != "rate_limit_exceeded":
        spawn(dismiss(sid, client))
    return answer


@server.on("join_conversation")
async def join(sid: str, data: Any = None, *more: Any) -> dict[str, Any] | None:
    return await asked(sid, "join_conversation", data, "joined")


@server.on("leave_conversation")
async def leave(sid: str, data: Any = None, *more: Any) -> dict[str, Any] | None:
    return await asked(sid, "leave_conversation", data, "left")


async def asked(sid: str, name: str, data: Any, event: str) -> dict[str, Any] | None:
    if (client := clients.get(sid)) is None:
        return None
    answer = await answered(client, name, data)
    await client.run(tell(client, event if answer["success"] else "error", answer))
    return answer


async def answered(client: SocketIOClient, name: str, data: Any) -> dict[str, Any]:
    """`{success: true, ...}`, or the failure in Dana's shape."""
    try:
        if not isinstance(data, dict):
            raise Invalid(f"{name} takes an object")
        async with client.turn:
            return {"success": True, **await getattr(client, name)(data)}
    except DomainError as error:
        return problem(error)
    except (DatabaseError, TimeoutError):
        logger.exception("An event of a Socket.IO client failed")
        return problem(Internal())


async def tell(client: SocketIOClient, event: str, answer: dict[str, Any]) -> None:
    """The answer as an event."""
    body = {key: value for key, value in answer.items() if key != "success"} if answer["success"] else answer["error"]
    await client.engine.send(packet(event, body))


async def dismiss(sid: str, client: SocketIOClient) -> None:
    """Say goodbye, and end the connection where the other side does not."""
    client.end()
    await server.disconnect(sid)
    await asyncio.sleep(FAREWELL_SECONDS)
    await client.engine.cut()
