"""Fetching what clients sent along. Addresses come from outside: only https, never inside our own network, never redirected.

WhatsApp names a file by an id; the Graph API says where it is, and wants the account's token there too.
"""

import io
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
from django.conf import settings
from requests_hardened import Config, Manager

from config.connections import let_go
from conversations.gateways.meta import AccountAddress, MetaError, is_sandbox, token_of, where_media_is

CONNECT_SECONDS, READ_SECONDS = 3, 15
PIECE = 64 * 1024
OUTSIDE = Manager(
    Config(
        ip_filter_enable=True,
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=(CONNECT_SECONDS, READ_SECONDS),
    )
)


class NotFetched(Exception):
    """`reason`: gone, too_large, refused (then it is not tried again) or away."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def fetch(account: AccountAddress, *, url: str = "", media_id: str = "", most_bytes: int) -> io.BytesIO:
    """The file's content; NotFetched where there is none to have."""
    let_go()
    headers = {}
    if media_id:
        if is_sandbox(account):
            raise NotFetched("gone")
        try:
            url = where_media_is(account, media_id)
        except MetaError as error:
            raise NotFetched("away" if error.kind in ("retry", "rate", "unknown", "token") else "gone") from None
        headers = {"Authorization": f"Bearer {token_of(account)}"}
    try:
        return _from_meta(url, headers, most_bytes) if is_metas(url) else _from_outside(url, headers, most_bytes)
    except (httpx.HTTPError, httpx.InvalidURL, requests.ConnectionError, requests.Timeout):
        raise NotFetched("away") from None
    except (requests.RequestException, ValueError):
        raise NotFetched("refused") from None


def is_metas(url: str) -> bool:
    """Whether it is on the very host that we send to."""
    there, ours = urlsplit(url), urlsplit(settings.META_GRAPH_BASE)
    return (there.scheme, there.netloc) == (ours.scheme, ours.netloc)


def _from_meta(url: str, headers: dict[str, str], most_bytes: int) -> io.BytesIO:
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx.stream("GET", url, headers=headers, timeout=timeout) as answer:
        _require_ok(answer.status_code)
        return _within(answer.iter_bytes(PIECE), most_bytes)


def _from_outside(url: str, headers: dict[str, str], most_bytes: int) -> io.BytesIO:
    if urlsplit(url).scheme != "https":
        raise NotFetched("refused")
    with OUTSIDE.get_session() as session, session.request("GET", url, headers=headers, stream=True) as answer:
        _require_ok(answer.status_code)
        return _within(answer.iter_content(PIECE), most_bytes)


def _require_ok(status: int) -> None:
    if status >= 500 or status == 429:
        raise NotFetched("away")
    if status != 200:
        raise NotFetched("gone" if status in (403, 404, 410) else "refused")


def _within(pieces: Any, most_bytes: int) -> io.BytesIO:
    content = io.BytesIO()
    for piece in pieces:
        content.write(piece)
        if content.tell() > most_bytes:
            raise NotFetched("too_large")
    if not content.tell():
        raise NotFetched("gone")
    content.seek(0)
    return content
