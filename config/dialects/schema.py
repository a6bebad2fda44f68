"""OpenAPI 3.1 from the same declarations the endpoints run on: one tag a dialect and subject, every envelope drawn."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import is_list_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny

from config.dialects.base import CarriedCredential, WireViewSet

Shape = Any
"""A serializer class, an instance of one (for `many=True`), or whatever else drf-spectacular can draw."""


KEYED = [
    OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": 255},
        OpenApiParameter.HEADER,
        description="The same request under the same key is done once, and answered alike for 24 hours.",
    ),
    OpenApiParameter(
        "Idempotent-Replayed",
        {"type": "string", "const": "true"},
        OpenApiParameter.HEADER,
        response=[200, 201],
        description="The key was known: this is the first answer.",
    ),
]
LIMITS = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining")}
"""On every answer, but where the limit per address is off or leaves a path out."""


def documented(
    *,
    takes: Shape = None,
    gives: Shape = None,
    query: Shape = None,
    status: int | tuple[int, str] = 200,
    also: dict[int, Shape] | None = None,
    or_null: bool = False,
    is_keyed: bool = False,
    **more: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an action's body (`takes`), query parameters (`query`) and answer (`gives`, without its envelope).

    A stream names its type with its status: `status=(200, "text/event-stream")`.
    `also` holds further statuses with what they answer in the same envelope; with `or_null` the answer may be null. What
    `is_keyed` takes an Idempotency-Key.
    """
    parameters = ([query] if query is not None else []) + (KEYED if is_keyed else [])
    described = extend_schema(
        request=takes,
        parameters=parameters or None,
        responses={status: gives, **(also or {})},
        **more,
    )

    def declare(action: Callable[..., Any]) -> Callable[..., Any]:
        done = described(action)
        setattr(done, "answers_null", or_null)  # noqa: B010 -- an attribute that functions do not declare
        return done

    return declare


def only_dialects(endpoints: Iterable[tuple], **_: Any) -> list[tuple]:
    """The published APIs, not the pages; an address that is also taken with a slash behind it is described once."""
    found = [e for e in endpoints if issubclass(getattr(e[3], "cls", object), WireViewSet)]
    plain = {(path, method) for path, _, method, _ in found}
    return [e for e in found if not (e[0].endswith("/") and (e[0].rstrip("/"), e[2]) in plain)]


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
FAILURES: dict[str, dict[str, Any]] = {
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


CARRIED = {"bearer": "bearer", "api_key": "apiKey", "cookie": "cookie", "token": "sessionToken"}


class WireSchema(AutoSchema):
    """Tags by dialect and subject; answers inside their dialect's envelope; failures in its spelling."""

    view: Any

    def get_tags(self) -> list[str]:
        subject = type(self.view).__module__.rpartition(".")[2].replace("_", " ")
        return [f"{self.view.dialect.title}: {subject}"]

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Only what is declared with `many=True` is an array, whatever the action is called."""
        return is_list_serializer(serializer)

    def get_operation_id(self) -> str:
        words = re.findall(r"[A-Za-z0-9]+", self.path)
        return "_".join((self.view.dialect.name, self.method.lower(), *words))

    def is_deprecated(self) -> bool:
        """Document veza.txt, "Legacy routes": the health addresses without their prefix."""
        return super().is_deprecated() or not self.path.startswith(self.view.dialect.prefixes)

    def get_auth(self) -> list[dict[str, list[str]]]:
        if CarriedCredential not in {base for kind in self.view.authentication_classes for base in kind.__mro__}:
            return []
        kinds = dict.fromkeys(CARRIED[carrier.kind] for carrier in self.view.dialect.credentials)
        ways: list[dict[str, list[str]]] = [{kind: []} for kind in kinds]
        # Not `permission_classes`: some views decide by their action.
        is_open = any(isinstance(each, AllowAny) for each in self.view.get_permissions())
        return [*ways, {}] if is_open else ways

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Where the shape is written, in one word: `marketplace.api.veza.orders.OrderOut` is VezaMarketplaceOrdersOrderOut."""
        app, *path = type(serializer).__module__.split(".")
        dialect, subject = path[1:3] if len(path) > 2 else ("", path[-1])
        return "".join(word.title().replace("_", "") for word in (dialect, app, subject)) + type(serializer).__name__

    def _get_response_for_code(
        self, serializer: Any, status_code: Any, media_types: Any = None, direction: Any = "response"
    ) -> dict[str, Any]:
        response: dict[str, Any] = super()._get_response_for_code(serializer, status_code, media_types, direction)
        content = response.get("content", {}).get("application/json")
        if content and "schema" in content:
            if getattr(getattr(self.view, self.view.action), "answers_null", False):
                content["schema"] = {"oneOf": [content["schema"], {"type": "null"}]}
            content["schema"] = WRAPPED.get(self.view.dialect.name, lambda schema: schema)(content["schema"])
        return response

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        properties = FAILURES[self.view.dialect.name]
        schema = {"type": "object", "required": [k for k in properties if k != "details"], "properties": properties}
        content = {"application/json": {"schema": schema}}
        bodies["default"] = {"description": "A failure, in this dialect's spelling", "content": content}
        bodies["default"]["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
        if self.view.dialect.name == "veza":
            for body in bodies.values():
                body["headers"] = {**body.get("headers", {}), **LIMITS}
        return bodies
