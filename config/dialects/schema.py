"""OpenAPI 3.1 from the same declarations the endpoints run on: one tag a dialect and subject, every envelope drawn."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework.serializers import BaseSerializer

from config.dialects.base import WireViewSet

Shape = type[BaseSerializer] | BaseSerializer | Any


def documented(
    *, takes: Shape = None, gives: Shape = None, query: Shape = None, status: int = 200, **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an action's body (`takes`), query parameters (`query`) and answer (`gives`, without its envelope)."""
    return extend_schema(
        request=takes, parameters=[query] if query is not None else None, responses={status: gives}, **more
    )


def only_dialects(endpoints: Iterable[tuple], **_: Any) -> list[tuple]:
    """The published APIs, not the pages."""
    return [e for e in endpoints if issubclass(getattr(e[3], "cls", object), WireViewSet)]


WRAPPED: dict[str, Callable[[dict], dict]] = {
    "veza": lambda schema: {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"type": "boolean", "const": True}, "data": schema},
    },
    "dana": lambda schema: {
        "allOf": [
            {"type": "object", "required": ["success"], "properties": {"success": {"type": "boolean", "const": True}}},
            schema,
        ]
    },
}
FAILURES = {
    "one": {"message": {"type": "string"}, "code": {"type": "string"}, "details": {}},
    "veza": {
        "success": {"type": "boolean", "const": False},
        "error": {"type": "string"},
        "code": {"type": "string"},
        "details": {},
    },
    "dana": {
        "success": {"type": "boolean", "const": False},
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {}},
        },
    },
    "council": {"error": {"type": "string"}},
    "better_auth": {"error": {"type": "string"}, "message": {"type": "string"}, "code": {"type": "string"}},
    "convex": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {}},
}


class WireSchema(AutoSchema):
    """Tags by dialect and subject; answers inside their dialect's envelope; failures in its spelling."""

    def get_tags(self) -> list[str]:
        subject = re.sub(r"(?<!^)(?=[A-Z])", " ", type(self.view).__name__)
        return [f"{self.view.dialect.title}: {subject}"]

    def get_operation_id(self) -> str:
        return f"{self.view.dialect.name}_{type(self.view).__name__}_{self.view.action}_{self.method.lower()}"

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        wrap = WRAPPED.get(self.view.dialect.name)
        if wrap and str(status_code).startswith("2"):
            for media_type, content in response.get("content", {}).items():
                if media_type == "application/json" and "schema" in content:
                    content["schema"] = wrap(content["schema"])
        return response

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        properties = FAILURES[self.view.dialect.name]
        schema = {"type": "object", "required": [k for k in properties if k != "details"], "properties": properties}
        content = {"application/json": {"schema": schema}}
        bodies["default"] = {"description": "A failure, in this dialect's spelling", "content": content}
        return bodies
