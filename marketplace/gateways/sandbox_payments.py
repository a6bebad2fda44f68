"""A payment provider that moves no money. It decides by the payment method and tells us by its own signed webhook.

`card` is paid, `card_declined` is declined, `card_review` waits until someone decides on its page (decisions.md §5).
A refund is on its way at first and given back when the sandbox says so, by webhook as well. `SandboxMishap` rows of the
calls `payment` and `refund` make it misbehave: refused ones are declined, the others leave the caller without an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.timezone import now

from config.errors import Conflict, Unavailable
from marketplace.gateways import signed_webhooks
from marketplace.gateways.payments import SANDBOX, PaymentNews, ProviderPayment, ProviderRefund
from marketplace.gateways.sandbox_mishaps import next_mishap, rows

DECLINED = "The card was declined. No money was taken."
NOT_GIVEN_BACK = "The card's bank did not take the money back."
OPEN = ("processing", "requires_merchant_action")
VERDICTS = {"card": "succeeded", "card_declined": "failed"}
LATE = timedelta(seconds=5)
"""A payment or refund still undecided after this was forgotten by its job."""
KEPT_CARD = "pm_sandbox_"
"""How the sandbox names a kept card: this and the method that was paid with."""


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    body: bytes
    signatures: dict[str, str]


class SandboxPayments:
    name = SANDBOX

    def create(
        self,
        *,
        provider_id: str,
        order_ref: str,
        amount_cents: int,
        currency: str,
        method: str,
        customer_ref: str = "",
        keep_method: bool = False,
        saved_method: str = "",
    ) -> ProviderPayment:
        mishap = next_mishap("payment")
        if mishap in ("down", "sticky"):
            raise Unavailable("The payment provider does not answer", retry_after=5)
        row, _ = rows("Payment").get_or_create(
            provider_id=provider_id,
            defaults={
                "order_ref": order_ref,
                "amount_cents": amount_cents,
                "currency": currency,
                "method": method,
                "keeps_method": keep_method,
                **_first_state(method, saved_method, is_refused=mishap == "refuse"),
            },
        )
        if (row.amount_cents, row.currency) != (amount_cents, currency):
            raise Conflict("The provider knows this payment with another amount", code="payment_mismatch")
        mishap.answer_late()
        if mishap == "lose_answer":
            raise Unavailable("The payment provider's answer was lost", retry_after=5)
        return _payment_of(row)

    def retrieve(self, provider_id: str) -> ProviderPayment | None:
        row = rows("Payment").filter(pk=provider_id).first()
        return row and _payment_of(row)

    def refund(
        self, *, refund_provider_id: str, payment_provider_id: str, amount_cents: int, currency: str, reason: str
    ) -> ProviderRefund:
        mishap = next_mishap("refund")
        if mishap in ("down", "sticky"):
            raise Unavailable("The payment provider does not answer", retry_after=5)
        refused = {"status": "failed", "error_message": NOT_GIVEN_BACK} if mishap == "refuse" else {}
        row = _refund_once(refund_provider_id, payment_provider_id, amount_cents, currency, refused)
        mishap.answer_late()
        if mishap == "lose_answer":
            raise Unavailable("The payment provider's answer was lost", retry_after=5)
        return _refund_of(row)

    def retrieve_refund(self, refund_provider_id: str) -> ProviderRefund | None:
        row = rows("Refund").filter(pk=refund_provider_id).first()
        return row and _refund_of(row)

    def parse_webhook(self, *, body: bytes, signatures: Mapping[str, str]) -> PaymentNews:
        signed_webhooks.verify(body=body, signatures=signatures, secret=settings.HYPERSWITCH_WEBHOOK_SECRET)
        return signed_webhooks.read(body)


# --- what it decides -------------------------------------------------------------------------------------------------


def settle(provider_id: str) -> SignedWebhook | None:
    """Decide by the method and say so; None where a person decides, or nothing is known under this id."""
    row = rows("Payment").filter(pk=provider_id).first()
    if row is None or row.method not in VERDICTS:
        return None
    return _decide(provider_id, VERDICTS[row.method])


def decide(provider_id: str, *, is_approved: bool) -> SignedWebhook | None:
    """A person's decision on a payment that waits; the first one counts and is told again on a second call."""
    return _decide(provider_id, "succeeded" if is_approved else "failed")


def _decide(provider_id: str, status: str) -> SignedWebhook | None:
    error = DECLINED if status == "failed" else ""
    rows("Payment").filter(pk=provider_id, status__in=OPEN).update(status=status, error_message=error, updated_at=now())
    row = rows("Payment").filter(pk=provider_id).first()
    return row and _signed(f"payment_{row.status}", "payment_details", _payment_body(row), row)


def settle_refund(refund_provider_id: str) -> SignedWebhook | None:
    """Give the money back and say so; None where nothing is known under this id."""
    rows("Refund").filter(pk=refund_provider_id, status="pending").update(status="succeeded", updated_at=now())
    row = rows("Refund").select_related("payment").filter(pk=refund_provider_id).first()
    return row and _signed(f"refund_{row.status}", "refund_details", _refund_body(row), row)


def dispute(provider_id: str, stage: str, *, amount_cents: int | None = None, nth: int = 1) -> SignedWebhook | None:
    """The buyer's bank asks for a payment back: `stage` is opened, challenged, won, lost, ... as the provider calls it.

    The `nth` of this payment, about `amount_cents` of it.
    """
    row = rows("Payment").filter(pk=provider_id).first()
    about = row and {
        "dispute_id": f"dp_{row.pk}_{nth}",
        "payment_id": row.pk,
        "dispute_status": f"dispute_{stage}",
        "amount": str(row.amount_cents if amount_cents is None else amount_cents),
        "currency": row.currency,
    }
    event = f"{nth}_{stage}" if nth > 1 else stage
    return row and _signed(f"dispute_{stage}", "dispute_details", about, row, event=event)


def forgotten(*, limit: int = 100) -> list[str]:
    """Ids of payments that should have been decided by now."""
    late = rows("Payment").filter(status="processing", created_at__lt=now() - LATE)
    return list(late.order_by("created_at").values_list("pk", flat=True)[:limit])


def forgotten_refunds(*, limit: int = 100) -> list[str]:
    """Ids of refunds that should have been given back by now."""
    late = rows("Refund").filter(status="pending", created_at__lt=now() - LATE)
    return list(late.order_by("created_at").values_list("pk", flat=True)[:limit])


# --- inside ----------------------------------------------------------------------------------------------------------


def _first_state(method: str, saved_method: str, *, is_refused: bool) -> dict[str, str]:
    """A kept card is decided at once, as nobody is there to be asked; a new one when its job comes."""
    verdict = VERDICTS.get(saved_method.removeprefix(KEPT_CARD), "failed") if saved_method else ""
    if is_refused or verdict == "failed":
        return {"status": "failed", "error_message": DECLINED}
    return {"status": verdict or ("requires_merchant_action" if method == "card_review" else "processing")}


@transaction.atomic
def _refund_once(refund_id: str, payment_id: str, amount_cents: int, currency: str, refused: dict[str, str]) -> Any:
    """The refund under this id, made where it is new and the payment has as much left; Conflict otherwise."""
    payment = rows("Payment").select_for_update().filter(pk=payment_id).first()
    if payment is None or payment.status != "succeeded":
        raise Conflict("Only a payment that went through can be refunded", code="IR_14")
    known = rows("Refund").filter(pk=refund_id).first()
    if known is not None:
        if (known.payment_id, known.amount_cents, known.currency) != (payment_id, amount_cents, currency):
            raise Conflict("The provider knows this refund with another amount", code="refund_mismatch")
        return known
    given = payment.refunds.exclude(status="failed").aggregate(total=Sum("amount_cents"))["total"] or 0
    if amount_cents > payment.amount_cents - given or currency != payment.currency:
        raise Conflict("The refund is more than what is left of the payment", code="IR_13")
    return payment.refunds.create(provider_id=refund_id, amount_cents=amount_cents, currency=currency, **refused)


def _payment_of(row: Any) -> ProviderPayment:
    return ProviderPayment(
        provider_id=row.pk,
        status=signed_webhooks.STATUSES[row.status],
        amount_cents=row.amount_cents,
        currency=row.currency,
        client_secret=f"{row.pk}_secret_sandbox",
        reason=row.error_message,
        saved_method=KEPT_CARD + row.method if row.keeps_method else "",
        pay_url=f"{settings.SITE_URL}/sandbox/payments/{row.pk}/" if row.status == "requires_merchant_action" else "",
    )


def _refund_of(row: Any) -> ProviderRefund:
    return ProviderRefund(
        provider_id=row.pk,
        payment_provider_id=row.payment_id,
        status=row.status,
        amount_cents=row.amount_cents,
        currency=row.currency,
        reason=row.error_message,
    )


def _payment_body(row: Any) -> dict[str, Any]:
    kept = {"payment_method_id": KEPT_CARD + row.method, "setup_future_usage": "off_session"}
    return {
        "payment_id": row.pk,
        "status": row.status,
        "amount": row.amount_cents,
        "currency": row.currency,
        "metadata": {"order_id": row.order_ref},
        "error_message": row.error_message or None,
        "updated": row.updated_at.isoformat(),
    } | (kept if row.keeps_method else {})


def _refund_body(row: Any) -> dict[str, Any]:
    return {
        "refund_id": row.pk,
        "payment_id": row.payment_id,
        "status": row.status,
        "amount": row.amount_cents,
        "currency": row.currency,
        "metadata": {"order_id": row.payment.order_ref},
        "error_message": row.error_message or None,
        "updated_at": row.updated_at.isoformat(),
    }


def _signed(name: str, kind: str, about: dict[str, Any], row: Any, *, event: str = "") -> SignedWebhook:
    """The bytes as Hyperswitch would send them. The same state is always the same event, so a repeat is seen as one."""
    body = orjson.dumps(
        {
            "merchant_id": "sandbox",
            "event_id": f"evt_{row.pk}_{event or name.partition('_')[2]}",
            "event_type": name,
            "content": {"type": kind, "object": about},
            "timestamp": row.updated_at.isoformat(),
        }
    )
    secret = settings.HYPERSWITCH_WEBHOOK_SECRET.split(",")[0].strip()
    return SignedWebhook(body, {signed_webhooks.REAL: signed_webhooks.sign(body, secret)})
