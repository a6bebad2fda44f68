"""Council: bare JSON, camelCase, `{error}`; cookies without CSRF tokens. Document: council.txt, "Error Responses".

Its `/api/auth/*` part is Better Auth's, whose own client reads `code` and `message`; there both spellings are given.
"""

from dataclasses import replace
from typing import Any

from rest_framework.response import Response

from config.dialects.base import SAFE, Dialect, WireViewSet, enforce_origin
from config.dialects.credentials import EVERYWHERE
from config.errors import DomainError, Kind

CODES = {
    Kind.INVALID: "VALIDATION_ERROR",
    Kind.UNAUTHENTICATED: "UNAUTHORIZED",
    Kind.INTERNAL: "INTERNAL_SERVER_ERROR",
    Kind.THROTTLED: "TOO_MANY_REQUESTS",
}


def sentence(error: DomainError) -> str:
    """The document's own word for a missing session, our sentence otherwise."""
    return (
        "Unauthorized"
        if error.kind is Kind.UNAUTHENTICATED and error.code in (None, "invalid_token")
        else error.message
    )


def problem(error: DomainError) -> dict[str, Any]:
    return {"error": sentence(error)}


def better_auth_problem(error: DomainError) -> dict[str, Any]:
    specific = error.code if error.code != "invalid_token" else None
    code = (specific or CODES.get(error.kind) or str(error.kind)).upper()
    return {"error": sentence(error), "message": error.message, "code": code}


COUNCIL = Dialect(
    name="council",
    title="Council",
    prefixes=("/api/projects", "/api/personas", "/api/chat", "/api/council"),
    credentials=EVERYWHERE,
    envelope=lambda parts: parts,
    problem=problem,
    trusts_origin=True,
)
BETTER_AUTH = replace(
    COUNCIL,
    name="better_auth",
    prefixes=("/api/auth/",),
    problem=better_auth_problem,
    # What the real server answers for a taken address.
    statuses={Kind.CONFLICT: 422},
)


class CouncilViewSet(WireViewSet):
    dialect = COUNCIL


class BetterAuthViewSet(WireViewSet):
    """A sign-in could be forged from another site too, so Origin is asked of whoever brings nothing but cookies."""

    dialect = BETTER_AUTH

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        # No other site can make a browser send a header: there is no CORS here. What names no site at all comes from no
        # browser of today, and its body is refused where it is no JSON; who brings a live cookie is asked once more.
        carries_proof = any(name in request.headers for name in ("Authorization", "X-API-Key"))
        names_a_site = any(name in request.headers for name in ("Origin", "Sec-Fetch-Site"))
        if request.method not in SAFE and names_a_site and not carries_proof:
            enforce_origin(request)
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if "Retry-After" in response.headers:
            response.headers["X-Retry-After"] = response.headers["Retry-After"]  # the name its client reads
        return response
