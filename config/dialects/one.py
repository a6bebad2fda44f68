"""ONE: RPC paths, camelCase, bare JSON, ms epoch. Document: one.txt; errors in its `components/responses`."""

from typing import Any

from config.dialects.base import Dialect, WireViewSet
from config.dialects.credentials import EVERYWHERE, body_token, query_token
from config.errors import DomainError, Kind

CODES = {
    Kind.UNAUTHENTICATED: "UNAUTHORIZED",
    Kind.FORBIDDEN: "FORBIDDEN",
    Kind.NOT_FOUND: "NOT_FOUND",
    Kind.THROTTLED: "RATE_LIMIT_EXCEEDED",
    Kind.INTERNAL: "INTERNAL_ERROR",
    Kind.UNAVAILABLE: "INTERNAL_ERROR",
}
# The document knows eight codes; these specific ones are added by decision.
SPECIFIC = {"auth_failed", "two_factor_required", "oauth_proof_required"}


def problem(error: DomainError) -> dict[str, Any]:
    code = error.code.upper() if error.code in SPECIFIC else CODES.get(error.kind, "BAD_REQUEST")
    return {"message": error.message, "code": code} | ({"details": error.details} if error.details else {})


ONE = Dialect(
    name="one",
    title="ONE",
    prefixes=("/auth/", "/entities/", "/connections/", "/events/", "/tags/"),
    credentials=(*EVERYWHERE, query_token),
    envelope=lambda parts: parts,
    problem=problem,
    # The document answers a taken address and a bad sign-in alike with 400.
    statuses={Kind.CONFLICT: 400, "auth_failed": 400},
)


class OneViewSet(WireViewSet):
    dialect = ONE


ONE_WITH_BODY_TOKEN = Dialect(**{**ONE.__dict__, "credentials": (body_token, *ONE.credentials)})
"""For the `/auth/*` calls whose body names the session they are about; it comes before any other credential."""
