"""The payout provider's webhook on the wire: Stripe's signature and envelope. Source: payments-design.md §2, "Webhooks"."""

import json
from typing import Any

import stripe

from config.errors import Invalid, Unauthenticated, Unavailable
from marketplace.gateways.payouts import PayoutNews

HEADER = "Stripe-Signature"
TOLERANCE_SECONDS = 300


def sign(body: bytes, secret: str) -> str:
    """The header as Stripe would send it now."""
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret)


def verify(*, body: bytes, signature: str, secret: str) -> None:
    """`secret` may hold two, with a comma: while one is replaced, or one an endpoint (an account's own and Connect's)."""
    secrets = [part.strip() for part in secret.split(",") if part.strip()]
    if not secrets:
        # An empty key would verify what anybody signs with an empty key.
        raise Unavailable("The webhook secret is not set, so no webhook can be believed", retry_after=300)
    if not any(_is_right(body, signature, one) for one in secrets):
        raise Unauthenticated("The webhook's signature is missing, wrong or too old", code="invalid_signature")


def _is_right(body: bytes, signature: str, secret: str) -> bool:
    if not signature.isascii():
        return False
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def read(body: bytes) -> PayoutNews:
    """The event. Only what was verified may come here. v1 events name the account beside the object or as it; v2's thin
    ones as their `related_object`."""
    try:
        data = json.loads(body)
    except ValueError:
        raise Invalid("The body is not valid JSON") from None
    if not isinstance(data, dict) or not _text(data.get("id")) or not _text(data.get("type")):
        raise Invalid("The body names no event")
    return PayoutNews(event_id=data["id"], name=data["type"][:64], account_id=_account_of(data))


def _account_of(data: dict[str, Any]) -> str | None:
    inner = data.get("data")
    about = inner.get("object") if isinstance(inner, dict) else None
    related = data.get("related_object")
    for where, key in ((data, "account"), (about, "id"), (related, "id")):
        found = where.get(key) if isinstance(where, dict) else None
        if isinstance(found, str) and found.startswith("acct_") and len(found) <= 64 and _text(found):
            return found
    return None


def _text(value: Any) -> bool:
    # Printable: no NUL and no half of a character, which no database keeps.
    return isinstance(value, str) and 0 < len(value) <= 128 and value.isprintable()
