"""A WebSocket to an address that has none is refused with a plain 403 handshake, instead of an error in the log."""

from typing import Any


async def nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close"})
