"""What every request passes: security headers, the limits per address and for all, and errors in the path's dialect."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

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


class WaysBack:
    """What a browser cannot go on from, made into what it can: a session that ended under a button or a poll, and a 405."""

    ENDED = "You were signed out. Nothing was sent. Sign in to go on where you were."
    NEVER = "Sign in first. Nothing was sent."

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 302 and response.headers.get("Location", "").startswith(f"{sign_in_page()}?next="):
            return self._to_sign_in(request, response)
        if response.status_code == 405 and takes_a_page(request):
            allowed = response.headers.get("Allow", "")
            response = render(request, "errors/405.html", {"back": page_before(request)}, status=405)
            response.headers["Allow"] = allowed
        return response

    def _to_sign_in(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_button = request.method not in ("GET", "HEAD")
        if is_button:
            messages.warning(request, self.ENDED if settings.SESSION_COOKIE_NAME in request.COOKIES else self.NEVER)
        # The address of what a button does, or of a part of a page, is none to come back to.
        if (is_button or is_part(request)) and (place := page_before(request)):
            response.headers["Location"] = f"{sign_in_page()}?{urlencode({'next': place}, safe='/')}"
        if is_part(request):
            # A redirect would be followed unseen, and the page to sign in put into the middle of the one that is open.
            return HttpResponse(status=204, headers={"HX-Redirect": response.headers["Location"]})
        return response


def sign_in_page() -> str:
    return resolve_url(settings.LOGIN_URL)


def is_part(request: HttpRequest) -> bool:
    """Whether a script of an open page asks, and not the browser itself."""
    return request.headers.get("HX-Request") == "true"


def takes_a_page(request: HttpRequest) -> bool:
    wants = "text/html" in request.headers.get("Accept", "")
    return wants and not is_part(request) and spoken_on(request.path) is None


def page_before(request: HttpRequest) -> str:
    """The page of ours that somebody stood on when they asked for this; empty where that is not known."""
    try:
        before = urlsplit(request.headers.get("HX-Current-URL" if is_part(request) else "Referer", ""))
    except ValueError:
        return ""
    place = before.path + (f"?{before.query}" if before.query else "")
    is_ours = before.netloc == request.get_host() and url_has_allowed_host_and_scheme(place, allowed_hosts=None)
    return place if is_ours and place != request.get_full_path() else ""
