"""Dana: REST under /api, snake_case, `{success, <thing>}`. Document: dana.txt; its seven codes under "Error Responses"."""

from typing import Any

from config.dialects.base import Dialect, WireViewSet
from config.dialects.credentials import EVERYWHERE
from config.errors import DomainError, Kind

CODES = {
    Kind.UNAUTHENTICATED: "auth_required",
    Kind.FORBIDDEN: "permission_denied",
    Kind.NOT_FOUND: "resource_not_found",
    Kind.THROTTLED: "rate_limit_exceeded",
    Kind.INTERNAL: "internal_error",
    Kind.UNAVAILABLE: "internal_error",
}
SPECIFIC = {"invalid_token", "two_factor_required"}


def problem(error: DomainError) -> dict[str, Any]:
    code = error.code if error.code in SPECIFIC else CODES.get(error.kind, "validation_error")
    details = error.details or ({"reason": error.code} if error.code and error.code != code else {})
    return {"success": False, "error": {"code": code, "message": error.message, "details": details}}


DANA = Dialect(
    name="dana",
    title="Dana",
    prefixes=(
        "/api/auth/signup",
        "/api/auth/login",
        "/api/auth/reset-password",
        "/api/auth/change-password",
        "/api/auth/logout",
        "/api/profile",
        "/api/conversations",
        "/api/messages",
        "/api/tasks",
        "/api/knowledge",
        "/api/integrations",
        "/api/admin",
        "/api/subscription",
        "/webhooks/",
        "/socket.io/",
        "/api/",
    ),
    credentials=EVERYWHERE,
    envelope=lambda parts: {"success": True, **parts},
    problem=problem,
)


class DanaViewSet(WireViewSet):
    dialect = DANA
