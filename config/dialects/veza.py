"""Veza: REST under /api/v1, snake_case, `{success, data}`. Document: veza.txt, opening paragraph."""

from typing import Any

from config.dialects.base import Dialect, WireViewSet
from config.dialects.credentials import EVERYWHERE
from config.errors import DomainError


def problem(error: DomainError) -> dict[str, Any]:
    spelt = {"success": False, "error": error.message, "code": error.code or str(error.kind)}
    return spelt | ({"details": error.details} if error.details else {})


VEZA = Dialect(
    name="veza",
    title="Veza",
    prefixes=("/api/v1/", "/health/", "/healthz/", "/readyz/", "/metrics/", "/ws/"),
    credentials=EVERYWHERE,
    envelope=lambda parts: {"success": True, "data": parts},
    problem=problem,
    # The IETF draft on Idempotency-Key gives this one its own status.
    statuses={"idempotency_key_reused": 422},
)


class VezaViewSet(WireViewSet):
    dialect = VEZA
