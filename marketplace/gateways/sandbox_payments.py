"""A payment provider that moves no money. It decides by the payment method and tells us by its own signed webhook.

`card` is paid, `card_declined` is declined, `card_review` waits until someone decides on its page (decisions.md §5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.utils.timezone import now

from config.errors import Conflict
from marketplace.gateways import signed_webhooks
from marketplace.gateways.payments import PaymentNews, ProviderPayment

DECLINED = "The card was declined. No money was taken."
OPEN = ("processing", "requires_merchant_action")
LATE = timedelta(seconds=5)
"""A payment still undecided after this was forgotten by its job."""


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    body: bytes
    signatures: dict[str, str]


def _books() -> Any:
    # By name: a gateway is outside and knows no model of ours; these rows are the provider's own.
    return apps.get_model("marketplace", "SandboxPayment").objects


class SandboxPayments:
    name = "sandbox"

    def create(
        self, *, provider_id: str, order_ref: str, amount_cents: int, currency: str, method: str
    ) -> ProviderPayment:
        row, _ = _books().get_or_create(
            provider_id=provider_id,
            defaults={
                "order_ref": order_ref,
                "amount_cents": amount_cents,
                "currency": currency,
                "method": method,
                "status": "requires_merchant_action" if method == "card_review" else "processing",
            },
        )
        if (row.amount_cents, row.currency) != (amount_cents, currency):
            raise Conflict("The provider knows this payment with another amount", code="payment_mismatch")
        return _payment_of(row)

    def retrieve(self, provider_id: str) -> ProviderPayment | None:
        row = _books().filter(pk=provider_id).first()
        return row and _payment_of(row)

    def parse_webhook(self, *, body: bytes, signatures: Mapping[str, str]) -> PaymentNews:
        signed_webhooks.verify(body=body, signatures=signatures, secret=settings.HYPERSWITCH_WEBHOOK_SECRET)
        return signed_webhooks.read(body)


def settle(provider_id: str) -> SignedWebhook | None:
    """Decide by the method and say so; None where a person decides, or nothing is known under this id."""
    verdicts = {"card": "succeeded", "card_declined": "failed"}
    row = _books().filter(pk=provider_id).first()
    if row is None or row.method not in verdicts:
        return None
    return _decide(provider_id, verdicts[row.method])


def decide(provider_id: str, *, is_approved: bool) -> SignedWebhook | None:
    """A person's decision on a payment that waits; the first one counts and is told again on a second call."""
    return _decide(provider_id, "succeeded" if is_approved else "failed")


def _decide(provider_id: str, status: str) -> SignedWebhook | None:
    error = DECLINED if status == "failed" else ""
    _books().filter(pk=provider_id, status__in=OPEN).update(status=status, error_message=error, updated_at=now())
    row = _books().filter(pk=provider_id).first()
    return row and _webhook_of(row)


def forgotten(*, limit: int = 100) -> list[str]:
    """Ids of payments that should have been decided by now."""
    late = _books().filter(status="processing", created_at__lt=now() - LATE)
    return list(late.order_by("created_at").values_list("pk", flat=True)[:limit])


def _payment_of(row: Any) -> ProviderPayment:
    return ProviderPayment(
        provider_id=row.pk,
        status=signed_webhooks.STATUSES[row.status],
        amount_cents=row.amount_cents,
        currency=row.currency,
        client_secret=f"{row.pk}_secret_sandbox",
        reason=row.error_message,
    )


def _webhook_of(row: Any) -> SignedWebhook:
    """The bytes as Hyperswitch would send them. The same state is always the same event, so a repeat is seen as one."""
    about = {
        "payment_id": row.pk,
        "status": row.status,
        "amount": row.amount_cents,
        "currency": row.currency,
        "metadata": {"order_id": row.order_ref},
        "error_message": row.error_message or None,
        "updated": row.updated_at.isoformat(),
    }
    body = orjson.dumps(
        {
            "merchant_id": "sandbox",
            "event_id": f"evt_{row.pk}_{row.status}",
            "event_type": f"payment_{row.status}",
            "content": {"type": "payment_details", "object": about},
            "timestamp": row.updated_at.isoformat(),
        }
    )
    secret = settings.HYPERSWITCH_WEBHOOK_SECRET.split(",")[0].strip()
    return SignedWebhook(body, {signed_webhooks.REAL: signed_webhooks.sign(body, secret)})
