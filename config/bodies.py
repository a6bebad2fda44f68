"""A body too large for its path is refused while it arrives. Django keeps a whole body on disk before it looks at it."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from config.dialects import refuse
from config.errors import TooLarge
from config.middleware import body_limit_of, put_security_headers

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]


class BoundedBodies:
    """Counts what arrives, whether its length was announced or not, and answers 413 in the path's dialect."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        limit = body_limit_of(headers.get(b"content-type", b"").decode("latin-1"))
        announced = headers.get(b"content-length", b"0")
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            # To Django the caller has gone: it cleans up and says nothing.
            return message if arrived <= limit else {"type": "http.disconnect"}

        if announced.isdigit() and int(announced) > limit:
            arrived = int(announced)
        else:
            await self.app(scope, counted, send)
        if arrived > limit:
            await answer(scope, send)


async def answer(scope: Scope, send: Send) -> None:
    request = ASGIRequest(scope, io.BytesIO())
    response = too_large(request)
    put_security_headers(request, response)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    # What still comes is not read, so the connection cannot be used again.
    headers += [(b"content-length", str(len(response.content)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


def too_large(request: ASGIRequest) -> HttpResponse:
    error = TooLarge()
    return refuse(request, error) or HttpResponse(error.message, status=413, content_type="text/plain")
