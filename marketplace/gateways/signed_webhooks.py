"""The payment webhook on the wire: its signature and its two spellings. Source: payments-design.md §1, veza.txt "Webhooks".

Hyperswitch really sends `X-Webhook-Signature-512` and `event_type: payment_succeeded`; the published contract says
`X-Hyperswitch-Signature` and `event: payment.succeeded`. Both are taken, by one verifier and one reader.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from config.errors import Invalid, Unauthenticated, Unavailable
from marketplace.gateways.payments import PaymentNews

REAL = "X-Webhook-Signature-512"
DOCUMENTED = "X-Hyperswitch-Signature"
HEADERS = (REAL, DOCUMENTED)

DIGESTS = {128: hashlib.sha512, 64: hashlib.sha256}
"""By the number of hexadecimal digits."""

STATUSES = {
    "requires_payment_method": "pending",
    "requires_confirmation": "pending",
    "requires_customer_action": "pending",
    "requires_merchant_action": "pending",
    "processing": "processing",
    "requires_capture": "authorized",
    "partially_captured_and_capturable": "authorized",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "canceled",
    "canceled": "canceled",
    "expired": "canceled",
}
"""The provider's words in ours. Any other word means that a person should look: `review`."""

EVENTS = {
    "payment_succeeded": "succeeded",
    "payment_captured": "succeeded",
    "payment_authorized": "authorized",
    "payment_processing": "processing",
    "payment_failed": "failed",
    "payment_cancelled": "canceled",
    "payment_canceled": "canceled",
    "payment_expired": "canceled",
    "action_required": "pending",
}

REFUND_STATUSES = {
    "pending": "pending",
    "processing": "pending",
    "manual_review": "review",
    "review": "review",
    "succeeded": "succeeded",
    "success": "succeeded",
    "failed": "failed",
    "failure": "failed",
}
"""As with payments: any other word is for a person."""

REFUND_EVENTS = {"refund_succeeded": "succeeded", "refund_failed": "failed"}

DISPUTES = {
    "dispute_opened": "open",
    "dispute_challenged": "open",
    # Nobody answered in time: how the bank decides is still to come.
    "dispute_expired": "open",
    "dispute_won": "won",
    "dispute_cancelled": "won",
    "dispute_canceled": "won",
    "dispute_lost": "lost",
    "dispute_accepted": "lost",
}


LONGEST_AMOUNT = 16


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


def verify(*, body: bytes, signatures: Mapping[str, str], secret: str) -> None:
    """Every signature header that is present must be right. `secret` may hold two, with a comma, while one is replaced."""
    secrets = [part.strip() for part in secret.split(",") if part.strip()]
    if not secrets:
        # An empty key would verify what anybody signs with an empty key.
        raise Unavailable("The webhook secret is not set, so no webhook can be believed", retry_after=300)
    present = {name: signatures[name] for name in HEADERS if name in signatures}
    if not present or not all(_is_right(name, text, body, secrets) for name, text in present.items()):
        raise Unauthenticated("The webhook's signature is missing or wrong", code="invalid_signature")


def _is_right(name: str, text: str, body: bytes, secrets: Iterable[str]) -> bool:
    text = text.strip().lower()
    for prefix in ("sha512=", "sha256="):
        text = text.removeprefix(prefix)
    digest = DIGESTS.get(len(text))
    if digest is None or (name == REAL and digest is not hashlib.sha512):
        return False
    try:
        given = bytes.fromhex(text)
    except ValueError:
        return False
    return any(hmac.compare_digest(given, hmac.new(secret.encode(), body, digest).digest()) for secret in secrets)


def read(body: bytes) -> PaymentNews:
    """The event in one spelling. Only what was verified may come here."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid("The body is not valid JSON") from None
    name = _text(data.get("event_type") or data.get("event"), 64) if isinstance(data, dict) else None
    if not name:
        raise Invalid("The body names no event")
    name = name.replace(".", "_")
    about = _object_of(data)
    given = about.get("metadata")
    metadata = given if isinstance(given, dict) else {}
    return PaymentNews(
        event_id=_text(data.get("event_id") or (data.get("id") if about is not data else None), 128)
        or hashlib.sha256(body).hexdigest(),
        name=name,
        provider_id=_text(about.get("payment_id") or (None if name in REFUND_EVENTS else about.get("id")), 64),
        order_ref=_text(metadata.get("order_id") or about.get("order_id"), 64),
        status=_status_of(name, about),
        amount_cents=_disputed(about) if name in DISPUTES else about.get("amount"),
        currency=about.get("currency"),
        reason=reason_of(about),
        updated_at=_moment(about.get("updated") or about.get("updated_at")),
        refund_provider_id=_text(about.get("refund_id") or about.get("id"), 64) if name in REFUND_EVENTS else None,
        refund_status=_refund_status_of(name, about),
        dispute=DISPUTES.get(name),
        dispute_id=(_text(about.get("dispute_id"), 128) or "") if name in DISPUTES else "",
        connector_ref=_text(about.get("connector_transaction_id"), 200) or "",
        saved_method=kept_card(about),
    )


def kept_card(about: Mapping[str, Any]) -> str:
    """The provider's name of the card, where it may be charged again with nobody at the browser."""
    if about.get("setup_future_usage") != "off_session":
        return ""
    return _text(about.get("payment_method_id"), 200) or ""


def reason_of(about: Mapping[str, Any]) -> str:
    """Why it failed, in the provider's words, cut to a line."""
    for key in ("unified_message", "error_message"):
        given = about.get(key)
        if isinstance(given, str) and given.strip():
            return given.replace("\0", "").strip()[:200]
    return ""


def _object_of(data: dict[str, Any]) -> dict[str, Any]:
    """What the event is about: `content.object`, else `data.object`, else `data`, else the body itself."""
    for path in (("content", "object"), ("data", "object"), ("data",)):
        found: Any = data
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, dict):
            return found
    return data


def _status_of(name: str, about: dict[str, Any]) -> str | None:
    if name not in EVENTS:
        return None
    word = about.get("status")
    return STATUSES.get(word, "review") if isinstance(word, str) else EVENTS[name]


def _refund_status_of(name: str, about: dict[str, Any]) -> str | None:
    if name not in REFUND_EVENTS:
        return None
    word = about.get("status")
    return REFUND_STATUSES.get(word, "review") if isinstance(word, str) else REFUND_EVENTS[name]


def _disputed(about: dict[str, Any]) -> int | None:
    """Minor units, which a dispute spells as a text; nothing where it names no part of the payment."""
    given = about.get("amount")
    text = str(given) if type(given) is int else given
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()) or len(text) > LONGEST_AMOUNT:
        return None
    return int(text) or None


def _text(value: Any, most: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= most and "\0" not in value else None


def _moment(value: Any) -> dt.datetime | None:
    try:
        when = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if not 2000 < when.year < 2100:
        # Nobody's clock; databases and calendars break at their ends.
        return None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
