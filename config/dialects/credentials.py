"""Where a caller may carry proof of who they are. A carrier only finds the text; what it is worth is for the verifier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_CREDENTIAL = 4096


@dataclass(frozen=True, slots=True)
class Carrier:
    """`kind` tells the verifier what it is looking at: bearer, api_key, cookie or token."""

    kind: str
    look: Callable[[Any], Any]

    def find(self, request: Any) -> Any:
        value = self.look(request)
        if isinstance(value, str) and not 0 < len(value) <= MAX_CREDENTIAL:
            return None
        return value


def _bearer(request: Any) -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _cookie(request: Any) -> Any:
    """The request itself where its session cookie has signed somebody in."""
    user = getattr(request._request, "user", None)
    return request._request if user is not None and user.is_authenticated else None


def _body(request: Any) -> str | None:
    if request.method in ("GET", "HEAD"):
        return None
    data = request.data
    value = data.get("token") if isinstance(data, dict) else None
    return value if isinstance(value, str) else None


bearer = Carrier("bearer", _bearer)
api_key = Carrier("api_key", lambda request: request.headers.get("X-API-Key"))
cookie = Carrier("cookie", _cookie)
query_token = Carrier("token", lambda request: request.query_params.get("token"))
body_token = Carrier("token", _body)

EVERYWHERE = (bearer, api_key, cookie)
