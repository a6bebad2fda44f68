"""Sending to clients over Meta's Graph API, and the sandbox in its place. Source: messaging-design.md §1, "Sending".

Without a token of the account's own and without META_PAGE_TOKEN the sandbox answers; so it does for an account that is marked
as one. Nothing is sent then, and every id says so: `sandbox-...`.
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings

from config.connections import let_go
from conversations.gateways.meta_events import ClientAddress
from conversations.gateways.meta_signature import secrets
from conversations.gateways.meta_values import one_line

__all__ = [
    "LONGEST",
    "PROBLEMS",
    "AccountAddress",
    "ClientAddress",
    "MetaError",
    "account_name",
    "client_name",
    "is_sandbox",
    "length_of",
    "longest",
    "send",
]

VERSION = "v23.0"
CONNECT_SECONDS, READ_SECONDS = 3.0, 15.0
LONGEST = {"facebook": 2000, "instagram": 1000, "whatsapp": 4096}
NAMES = {"facebook": "name", "instagram": "username,name", "whatsapp": "verified_name,display_phone_number"}
SANDBOX = "sandbox-"

PROBLEMS = {
    "retry": "The platform has trouble of its own.",
    "rate": "The platform asks us to send more slowly.",
    "token": "The platform does not accept the account's access token any more. Connect the account again.",
    "window": "The platform takes no more answers: the client's last message is too long ago.",
    "unreachable": "The client cannot be reached on this platform.",
    "unknown": "The platform did not say whether it took the message.",
    "refused": "The platform refused the message.",
}
"""What a kind of failure is, for people."""

CODES = {
    **dict.fromkeys((1, 2, 1200, 131000, 131016, 133004), "retry"),
    **dict.fromkeys((4, 17, 32, 613, 80006, 80007, 130429, 131048, 131056), "rate"),
    **dict.fromkeys((102, 190), "token"),
    **dict.fromkeys((470, 131047), "window"),
    **dict.fromkeys((551, 131026), "unreachable"),
}
SUBCODES = {(10, 2018278): "window", (10, 2018065): "window", (100, 2018001): "unreachable"}


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """An account of ours: `external_id` is the page's, the Instagram account's or WhatsApp's phone_number_id."""

    platform: str
    external_id: str
    access_token: str | None = field(default=None, repr=False)
    is_sandbox: bool = False


class MetaError(Exception):
    """`code` is Meta's (or no_answer, bad_answer, http_<status>), `kind` one of PROBLEMS.

    `unknown`: the bytes went out and no answer came; all others mean that nothing was sent.
    """

    def __init__(self, code: str, kind: str) -> None:
        super().__init__(f"{code}: {PROBLEMS[kind]}")
        self.code, self.kind = code, kind


def longest(platform: str) -> int:
    """How long a message may be there, counted as `length_of` does."""
    return LONGEST[platform]


def length_of(platform: str, text: str) -> int:
    """As the platform counts: Instagram in UTF-8 bytes, the others in characters."""
    return len(text.encode("utf-8", "replace")) if platform == "instagram" else len(text)


def is_sandbox(account: AccountAddress) -> bool:
    return account.is_sandbox or not (account.access_token or settings.META_PAGE_TOKEN)


def send(account: AccountAddress, to: ClientAddress, text: str, *, is_human_agent: bool = False) -> str:
    """Send one text; the platform's id of it, or MetaError. `is_human_agent`: a person answers after the 24 hours."""
    if length_of(account.platform, text) > longest(account.platform):
        raise MetaError("too_long", "refused")
    if is_sandbox(account):
        return f"{SANDBOX}{uuid.uuid4()}"
    told = _call("POST", account, "/messages", json=message_of(account, to, text, is_human_agent=is_human_agent))
    listed = told.get("messages")
    first = listed[0] if isinstance(listed, list) and listed else told
    key = first.get("id" if first is not told else "message_id") if isinstance(first, dict) else None
    if not isinstance(key, str) or not key:
        raise MetaError("bad_answer", "unknown")
    return key


def message_of(account: AccountAddress, to: ClientAddress, text: str, *, is_human_agent: bool) -> dict[str, Any]:
    if account.platform == "whatsapp":
        whom = {"recipient": to.value} if to.kind == "bsuid" else {"to": to.value}
        about = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text"}
        return {**about, **whom, "text": {"body": text}}
    message: dict[str, Any] = {"recipient": {"id": to.value}, "message": {"text": text}}
    if is_human_agent:
        return {**message, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {**message, "messaging_type": "RESPONSE"} if account.platform == "facebook" else message


def account_name(account: AccountAddress) -> str:
    """What the platform calls the account, read with its token: who can read it so may use it. MetaError otherwise."""
    if is_sandbox(account):
        return f"Sandbox {account.external_id}"
    told = _call("GET", account, "", params={"fields": NAMES[account.platform]})
    names = [told.get(name) for name in (*NAMES[account.platform].split(","), "id")]
    return next((name for name in names if isinstance(name, str) and name), account.external_id)


def client_name(account: AccountAddress, client: ClientAddress) -> str:
    """What a client of Messenger or Instagram calls themselves; empty where they do not say. MetaError otherwise."""
    fields = {"psid": "name", "igsid": "name,username"}.get(client.kind)
    if fields is None or is_sandbox(account):
        return ""
    there = AccountAddress(account.platform, client.value, account.access_token)
    told = _call("GET", there, "", params={"fields": fields})
    return next((one_line(told[name]) for name in fields.split(",") if told.get(name)), "")


def where_media_is(account: AccountAddress, media_id: str) -> str:
    """The address of a file that WhatsApp names by an id; it lives five minutes. MetaError otherwise."""
    told = _call("GET", AccountAddress(account.platform, media_id, account.access_token), "")
    url = told.get("url")
    if not isinstance(url, str):
        raise MetaError("bad_answer", "refused")
    return url


def token_of(account: AccountAddress) -> str:
    return str(account.access_token or settings.META_PAGE_TOKEN)


def _call(method: str, account: AccountAddress, place: str, **sent: Any) -> dict[str, Any]:
    """One call, never repeated and never redirected; the object that was answered."""
    token = token_of(account)
    headers = {"Authorization": f"Bearer {token}"}
    params = {**sent.pop("params", {}), **proof_of(token)}
    url = f"{settings.META_GRAPH_BASE.rstrip('/')}/{VERSION}/{quote(account.external_id, safe='')}{place}"
    let_go()
    try:
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        answer = httpx.request(method, url, headers=headers, params=params, timeout=timeout, **sent)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol):
        raise MetaError("no_connection", "retry") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise MetaError("no_answer", "unknown") from None
    return _read(answer)


def proof_of(token: str) -> dict[str, str]:
    """That the caller knows the app's secret too, where an app of Meta's is set up."""
    if not settings.META_IS_SET_UP or not secrets():
        return {}
    return {"appsecret_proof": hmac.new(secrets()[0], token.encode(), hashlib.sha256).hexdigest()}


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        told = None
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict):
        raise _sorted(answer.status_code, error)
    if answer.status_code >= 500:
        raise MetaError(f"http_{answer.status_code}", "retry")
    if answer.status_code == 429:
        raise MetaError("http_429", "rate")
    if answer.status_code >= 300:
        raise MetaError(f"http_{answer.status_code}", "refused")
    if not isinstance(told, dict):
        # It was taken, or a proxy answers for it: the echo will tell.
        raise MetaError("bad_answer", "unknown")
    return told


def _sorted(status: int, error: dict[str, Any]) -> MetaError:
    """By codes: words change."""
    code, subcode = error.get("code"), error.get("error_subcode")
    if not isinstance(code, int):
        return MetaError(f"http_{status}", "retry" if status >= 500 else "refused")
    subkey = subcode if isinstance(subcode, int) else 0
    kind = SUBCODES.get((code, subkey)) or CODES.get(code)
    return MetaError(str(code), kind or ("retry" if status >= 500 else "rate" if status == 429 else "refused"))
