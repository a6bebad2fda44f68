"""What every request passes: security headers, the limits per address and for all, and errors in the path's dialect."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from config.dialects import refuse, spoken_on
from config.dialects.throttles import parse_rate, spend_one
from config.errors import DomainError, Invalid, Throttled, TooLarge
from config.policies import ADMIN, ALWAYS, API, DOCS, HSTS, STRICT

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def policy_for(path: str) -> str:
    if spoken_on(path):
        return API
    if path.startswith("/admin/"):
        return ADMIN
    return DOCS if path.startswith("/docs/") else STRICT


def put_security_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Document veza.txt, "Security Headers (SEC1)"; HSTS is SecurityMiddleware's."""
    response.headers.setdefault("Content-Security-Policy", policy_for(request.path))
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if settings.IS_SECURE:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    # Looked at as text: parsing a query of thousands of fields fails, and would fail out here.
    if "token=" in request.META["QUERY_STRING"]:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"


class SecurityHeaders:
    """On every response."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        put_security_headers(request, response)
        return response


class RateLimits:
    """Document veza.txt, "DDoS Rate Limiting (SEC1-04)": a fixed window per address and one for all, before any work."""

    EXCLUDED = (
        *("/health", "/readyz", "/metrics", "/static/", "/docs/", "/schema/", "/api/v1/health", "/api/v1/readyz"),
        # The document leaves these out too: they have the tighter RATE_LIMIT_AUTH and limits per address.
        *("/auth/", "/api/v1/auth/", "/api/auth/", "/account/"),
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(self.EXCLUDED):
            return self.get_response(request)
        left = self._spend("global", "all") if settings.RATE_LIMITS["global"] else None
        mine = self._spend("ip", request.META.get("REMOTE_ADDR", "")) if settings.RATE_LIMITS["ip"] else None
        if (left and left[1] < 0) or (mine and mine[1] < 0):
            error = Throttled(retry_after=1)
            response: HttpResponseBase = refuse(request, error) or HttpResponse(
                error.message, status=429, content_type="text/plain"
            )
            response.headers["Retry-After"] = "1"
        else:
            response = self.get_response(request)
        if mine:
            response.headers.setdefault("X-RateLimit-Limit", str(mine[0]))
            response.headers.setdefault("X-RateLimit-Remaining", str(max(mine[1], 0)))
        return response

    @staticmethod
    def _spend(scope: str, who: str) -> tuple[int, int]:
        """The limit and what is left of it in this window, after this request."""
        limit, seconds = parse_rate(settings.RATE_LIMITS[scope])
        return limit, limit - spend_one(f"rate:{scope}:{who}", seconds)


def body_limit_of(content_type: str) -> int:
    is_upload = content_type.lower().startswith("multipart/")
    return settings.MAX_UPLOAD_BYTES if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class BodyLimits:
    """A body announced larger than its path may take is refused before it is read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        error: DomainError | None = None
        if not (length.isascii() and length.isdigit()):
            error = Invalid("Content-Length is not a number")
        elif int(length[:20]) > body_limit_of(request.content_type or ""):
            error = TooLarge()
        if error and (refusal := refuse(request, error)):
            return refusal
        return self.get_response(request)
