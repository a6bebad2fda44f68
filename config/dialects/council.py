"""Council: bare JSON, camelCase, `{error}`; cookies without CSRF tokens. Document: council.txt, "Error Responses".

Its `/api/auth/*` part is Better Auth's, whose own client reads `code` and `message`; there both spellings are given.
"""

from dataclasses import replace
from typing import Any

from config.dialects.base import Dialect, WireViewSet
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
    dialect = BETTER_AUTH
