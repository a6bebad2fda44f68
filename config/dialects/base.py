"""A dialect is a value; one view set speaks them all.

A dialect says where a credential may travel, how success is wrapped, how a failure is spelt and which paths it owns.
Everything else (parsing, authentication, throttling, folding of foreign exceptions, limits) is here, once.
"""

import datetime as dt
import functools
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn, cast

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import Http404, HttpResponse, UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string
from django.utils.timezone import now
from rest_framework import exceptions as drf
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ViewSet

from config import errors, strict_json
from config.connections import none_is_free
from config.dialects.credentials import Carrier
from config.dialects.fields import iso_z
from config.dialects.throttles import DefaultThrottle
from config.errors import DomainError, Kind

logger = logging.getLogger(__name__)

STATUSES: Mapping[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA_TYPE: 415,
    Kind.THROTTLED: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}


@dataclass(frozen=True)
class Dialect:
    """One published API. `envelope` wraps the parts of a success, `problem` spells a failure; both return plain JSON."""

    name: str
    title: str
    prefixes: tuple[str, ...]
    credentials: tuple[Carrier, ...]
    envelope: Callable[[Any], Any]
    problem: Callable[[DomainError], dict[str, Any]]
    # Statuses of its own, by specific code or by kind.
    statuses: Mapping[str, int] = field(default_factory=dict)
    # Whether a cookie may act without a CSRF token when the request's Origin is ours.
    trusts_origin: bool = False

    def status_of(self, error: DomainError) -> int:
        own = self.statuses.get(error.code or "") or self.statuses.get(error.kind)
        return own or STATUSES[error.kind]

    def spell(self, error: DomainError) -> Response:
        """The failure as this dialect's response."""
        return Response(self.problem(error), status=self.status_of(error), headers=headers_of(error))


def headers_of(error: DomainError) -> dict[str, str]:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.kind is Kind.THROTTLED and error.retry_after is not None:
        # Document dana.txt, "Rate Limiting": the moment the limit resets.
        headers["X-RateLimit-Reset"] = iso_z(now() + dt.timedelta(seconds=error.retry_after)) or ""
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def encode(data: Any) -> bytes:
    """JSON as it travels: datetimes in UTC with Z, UUIDs as text."""
    try:
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)
    except TypeError:
        # Keys that are no text, or a number beyond 64 bits: PostgreSQL reads a stored 1e30 back as an integer.
        return json.dumps(data, default=str, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def plain_response(dialect: Dialect, error: DomainError) -> HttpResponse:
    """A failure born outside a view (unknown path, middleware), as a ready HttpResponse."""
    return HttpResponse(
        encode(dialect.problem(error)),
        status=dialect.status_of(error),
        content_type="application/json",
        headers=headers_of(error),
    )


# --- folding foreign exceptions into ours -------------------------------------------------------------------------


def as_domain_error(exc: Exception) -> DomainError:
    """Whatever Django or DRF raised, as one of ours. An unforeseen exception is logged and becomes Internal."""
    if isinstance(exc, DomainError):
        return exc
    if busy := none_is_free(exc):
        return busy
    for kind, fold in _FOLDS:
        if isinstance(exc, kind):
            return fold(exc)
    logger.error("Unhandled exception in a view", exc_info=exc)
    return errors.Internal()


def _invalid(exc: Any) -> DomainError:
    details = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
    return errors.Invalid(_first_sentence(details), details=details)


def _first_sentence(details: Any, name: str = "") -> str:
    """A sentence for people out of DRF's tree of messages: the first one, with its field in front."""
    if isinstance(details, dict):
        key, value = next(iter(details.items()), ("", "Invalid input."))
        if isinstance(key, int):  # a place in a list, which is still called what the list is
            return _first_sentence(value, name)
        return _first_sentence(value, "" if key == "non_field_errors" else str(key))
    if isinstance(details, list):
        found = next((d for d in details if d), "Invalid input.")
        return _first_sentence(found, name)
    return f"{name}: {details}" if name else str(details)


_FOLDS: tuple[tuple[type[Exception], Callable[[Any], DomainError]], ...] = (
    (drf.ValidationError, _invalid),
    (drf.ParseError, lambda exc: errors.Invalid(str(exc.detail))),
    (drf.NotAuthenticated, lambda exc: errors.Unauthenticated()),
    (drf.AuthenticationFailed, lambda exc: errors.Unauthenticated(str(exc.detail), code="invalid_token")),
    (drf.PermissionDenied, lambda exc: errors.Forbidden(str(exc.detail))),
    (PermissionDenied, lambda exc: errors.Forbidden()),
    (drf.NotFound, lambda exc: errors.NotFound()),
    (Http404, lambda exc: errors.NotFound()),
    (drf.MethodNotAllowed, lambda exc: errors.MethodNotAllowed()),
    (drf.UnsupportedMediaType, lambda exc: errors.UnsupportedMediaType()),
    (drf.Throttled, lambda exc: errors.Throttled(retry_after=int(exc.wait) + 1 if exc.wait else None)),
    (RequestDataTooBig, lambda exc: errors.TooLarge()),
    (TooManyFieldsSent, lambda exc: errors.TooLarge()),
    (UnreadablePostError, lambda exc: errors.Invalid("The body ended too early")),
    (SuspiciousOperation, lambda exc: errors.Invalid()),
)


# --- the parts DRF is given ----------------------------------------------------------------------------------------


class AlwaysTheDialect(BaseContentNegotiation):
    """The dialect's one renderer whatever Accept says: a client of these APIs is never answered in HTML."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class WireRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        response = (renderer_context or {}).get("response")
        if data is None and response is not None and response.status_code == 204:
            return b""
        return encode(data)


class WireJSONParser(BaseParser):
    """Strict JSON: no NaN, no lone surrogates, no NUL (PostgreSQL stores none), bounded depth and size."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read()
        if not raw.strip():
            return {}
        try:
            return strict_json.loads(raw)
        except ValueError as error:
            raise drf.ParseError(str(error)) from None


class CarriedCredential(BaseAuthentication):
    """Asks the dialect's carriers for a credential and the configured verifier what it is worth.

    `settings.CREDENTIAL_VERIFIER` names `verify(kind, value) -> (user, proof) | None`; None means the credential is
    dead. The floor does not know what a session is. A cookie travels by itself, so it also needs proof of its origin.
    """

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        dialect: Dialect = request.parser_context["view"].dialect
        verify = verifier(settings.CREDENTIAL_VERIFIER)
        for carrier in dialect.credentials:
            value = carrier.find(request)
            if value is None:
                continue
            found = verify(carrier.kind, value)
            if found is None:
                what = "API key" if carrier.kind == "api_key" else "session token"
                raise errors.Unauthenticated(f"Invalid or expired {what}", code="invalid_token")
            if carrier.kind == "cookie":
                enforce_same_site(request, dialect)
            return found
        return None

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class CredentialIfAlive(CarriedCredential):
    """For the few endpoints that also serve whoever carries a dead credential, such as signing out."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        try:
            return super().authenticate(request)
        except errors.Unauthenticated:
            return None


@functools.cache
def verifier(name: str) -> Callable[[str, Any], Any]:
    return import_string(name)


SAFE = ("GET", "HEAD", "OPTIONS")


def enforce_same_site(request: Any, dialect: Dialect) -> None:
    """Refuse an unsafe request that another site could have sent with our cookie."""
    if request.method in SAFE:
        return
    if dialect.trusts_origin:
        enforce_origin(request)
    elif reason := CSRFCheck(_no_view).process_view(request._request, _no_view, (), {}):
        raise errors.Forbidden(f"CSRF: {reason}", code="csrf_failed")


def enforce_origin(request: Any) -> None:
    """Better Auth's rule: a trusted Origin; without one, only a JSON request that no browser calls cross-site."""
    origin = request.headers.get("Origin")
    # A form of another site always says its type, and that is never JSON.
    is_json = (request.content_type or "application/json").lower().startswith("application/json")
    if origin is None and is_json and request.headers.get("Sec-Fetch-Site") in (None, "none", "same-origin"):
        return
    if origin in (None, "null"):
        raise errors.Forbidden("Missing or null Origin", code="missing_or_null_origin")
    own = f"{request.scheme}://{request.get_host()}"
    if origin not in (own, *settings.TRUSTED_ORIGINS):
        raise errors.Forbidden("Invalid origin", code="invalid_origin")


def _no_view(*_: Any, **__: Any) -> Any:
    """Stands for a view that is not exempt."""


class CSRFCheck(CsrfViewMiddleware):
    def _reject(self, request: Any, reason: str) -> Any:
        return reason


# --- the view set --------------------------------------------------------------------------------------------------


NO_KEYS = "-"
"""As `key_scope`: no API key may do this, whatever its scopes (account security)."""


class WireViewSet(ViewSet):
    """Base of every documented endpoint. A subclass names its dialect; an action checks the shape, calls one verb, answers."""

    dialect: ClassVar[Dialect]
    # What a credential with scopes (an API key) needs here; by itself `read` for safe methods, `write` for the others.
    key_scope: ClassVar[str] = ""
    authentication_classes: Sequence[type[BaseAuthentication]] = (CarriedCredential,)
    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated,)
    throttle_classes: Sequence[type[BaseThrottle]] = (DefaultThrottle,)
    renderer_classes: Sequence[type[BaseRenderer]] = (WireRenderer,)
    parser_classes: Sequence[type[BaseParser]] = (WireJSONParser,)
    content_negotiation_class = AlwaysTheDialect

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        if request.method != "OPTIONS" and request.method.lower() not in self.action_map:
            raise errors.MethodNotAllowed  # before anyone is asked who they are
        if request.method not in ("GET", "HEAD") and not (request.content_type or "").startswith("multipart/"):
            # Read here, the body is held to the limit also where it came without a length.
            if len(request._request.body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise errors.TooLarge
            request._request.META["CONTENT_LENGTH"] = str(len(request._request.body))
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)

    def check_permissions(self, request: Any) -> None:
        super().check_permissions(request)
        scopes = getattr(request.auth, "scopes", None)
        if scopes is None:
            return
        needed = self.key_scope or ("read" if request.method in SAFE else "write")
        if needed == NO_KEYS:
            raise errors.Forbidden("API keys may not do this", code="api_key_refused")
        if needed not in scopes:
            raise errors.Forbidden(f"This API key lacks the scope {needed}", code="insufficient_scope")

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the address takes, by the header Allow alone; DRF's own answer describes classes."""
        return Response(status=204)

    def given(self, shape: type[BaseSerializer]) -> dict[str, Any]:
        """The validated body (or, for GET, the query) in the words of `shape`; Invalid otherwise."""
        source = self.request.query_params if self.request.method in ("GET", "HEAD") else self.request.data
        if not isinstance(source, Mapping):
            raise errors.Invalid("The body must be an object")
        return prepared(cast(Callable[[], BaseSerializer], shape)).run_validation(source)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(response, Response) and not response.exception and response.status_code != 204:
            response.data = self.dialect.envelope(response.data)
        if reset := getattr(request._request, "rate_limit_reset", None):
            response.headers["X-RateLimit-Reset"] = reset
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        error = as_domain_error(exc)
        response = self.dialect.spell(error)
        response.exception = True
        return response

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        raise errors.MethodNotAllowed

    def permission_denied(self, request: Any, message: str | None = None, code: str | None = None) -> NoReturn:
        if request.authenticators and not request.successful_authenticator:
            raise errors.Unauthenticated
        raise errors.Forbidden(message)


@functools.cache
def prepared(shape: Callable[[], BaseSerializer]) -> BaseSerializer:
    """One instance of `shape` for all requests: validating keeps nothing in it, and building one copies every field."""
    return shape()
