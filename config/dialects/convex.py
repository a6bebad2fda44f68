"""Convex: functions over HTTP; a failed request is `{code, message}` with its status. Document: convex.txt, "Error Handling"."""

from typing import Any

from config.dialects.base import Dialect, WireViewSet
from config.dialects.credentials import bearer
from config.errors import DomainError, Kind

CODES = {
    Kind.UNAUTHENTICATED: "unauthorized",
    Kind.FORBIDDEN: "forbidden",
    Kind.NOT_FOUND: "not_found",
    Kind.INTERNAL: "internal_error",
    Kind.UNAVAILABLE: "internal_error",
}


def problem(error: DomainError) -> dict[str, Any]:
    spelt = {"code": CODES.get(error.kind, "validation_error"), "message": error.message}
    return spelt | ({"details": error.details} if error.details else {})


CONVEX = Dialect(
    name="convex",
    title="Convex",
    prefixes=(
        "/api/query",
        "/api/mutation",
        "/api/action",
        "/api/function",
        "/api/run/",
        "/api/sync",
    ),
    credentials=(bearer,),
    envelope=lambda parts: parts,
    problem=problem,
)


class ConvexViewSet(WireViewSet):
    dialect = CONVEX
