"""Who opens a socket: the bearer of a chat token, or the cookie of one of our own pages.

A cookie travels by itself, so it counts only where the Origin is ours; a token is proof from anywhere.
"""

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http.request import split_domain_port, validate_host

from accounts.models import Session, User
from accounts.verbs import access_tokens

MAX_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Visitor:
    """`is_page` where a cookie of ours brought them."""

    user: User
    session_id: UUID
    is_page: bool


def visitor_of(scope: dict[str, Any]) -> Visitor | None:
    """Whoever the handshake stands for; None where the credential is dead, foreign or missing. Reads the database."""
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return None
    if "token" in query:
        return by_token(query["token"][0])
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return by_cookie(headers) if is_ours(headers) else None


def by_token(token: str) -> Visitor | None:
    claims = access_tokens.read(token, audience=access_tokens.CHAT) if 0 < len(token) <= MAX_TOKEN else None
    row = Session.objects.resolve(pk=claims.session_id, user=claims.user_id) if claims else None
    return Visitor(row.user, row.pk, is_page=False) if row else None


def by_cookie(headers: dict[bytes, str]) -> Visitor | None:
    try:
        cookie = SimpleCookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if cookie is None or not 0 < len(cookie.value) <= MAX_TOKEN:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(cookie.value)
    sid = store.get("sid")
    row = Session.objects.resolve(pk=sid) if sid else None
    if row is None or str(row.user_id) != store.get(SESSION_KEY):
        return None
    return Visitor(row.user, row.pk, is_page=True)


def is_ours(headers: dict[bytes, str]) -> bool:
    """Whether the page that opens the socket was served from this very host."""
    origin, host = headers.get(b"origin", ""), headers.get(b"host", "")
    if origin in settings.TRUSTED_ORIGINS:
        return True
    known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    return known and urlsplit(origin).netloc.lower() == host.lower() != ""


def is_signed_in(session_id: UUID, user_id: UUID) -> bool:
    """Whether the sign-in behind a socket still lives. An open socket counts as use of it."""
    row = Session.objects.resolve(pk=session_id, user=user_id)
    if row is not None:
        row.touch()
    return row is not None
