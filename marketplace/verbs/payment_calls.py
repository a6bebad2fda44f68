"""Making a payment known to its provider, and asking how it stands. What the answers do is in `payments`."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from marketplace.facts import PaymentOpened
from marketplace.gateways.payments import SANDBOX, ProviderPayment
from marketplace.models import Payment
from marketplace.queries.reconciliation import UNPAID
from marketplace.verbs.payments import apply_payment_state, payer_of
from marketplace.verbs.providers import payments_for
from marketplace.verbs.trying import one_transaction
from ontology.changes import publish

JUST_ENDED = timedelta(minutes=15)
"""For so long every sweep asks about a payment that ended unpaid; later the day's reconciliation does."""


def open_payment(*, payment_id: UUID) -> None:
    """Make a new payment known to the provider, outside any transaction; Unavailable where that cannot be told.

    One that another request opened or called off meanwhile is left as it is.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != Payment.Status.CREATED:
        return
    gateway = payments_for(payment)
    if gateway.name == SANDBOX and not payment.is_sandbox:
        # Before the call, as its webhook may come before its answer.
        Payment.objects.filter(pk=payment_id).update(is_sandbox=True)
    there = gateway.create(
        provider_id=payment.provider_id,
        order_ref=str(payment.order_id or payment.charge_id),
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        method=payment.method,
        # A subscription is charged again with nobody at the browser; an order's card is not kept.
        customer_ref=str(payer_of(payment)) if payment.charge_id else "",
        keep_method=payment.charge_id is not None,
        saved_method=payment.saved_method,
    )
    _keep_opened(payment, there)


@one_transaction
def _keep_opened(payment: Payment, there: ProviderPayment) -> None:
    Payment.objects.filter(pk=payment.pk).update(client_secret=there.client_secret)
    apply_answer(there)
    publish(PaymentOpened(provider_id=payment.provider_id, order_id=payment.order_id, buyer_id=payer_of(payment)))


def apply_answer(there: ProviderPayment) -> Payment | None:
    """What the provider answers of a payment, opened or looked up."""
    return apply_payment_state(
        provider_id=there.provider_id,
        status=there.status,
        amount_cents=there.amount_cents,
        currency=there.currency,
        reason=there.reason,
        connector_ref=there.connector_ref,
        saved_method=there.saved_method,
    )


def reconcile_payment(*, payment_id: UUID) -> Payment | None:
    """Ask the provider how an open payment stands, where its webhook may have been lost; Unavailable where it is away."""
    payment = Payment.objects.get(pk=payment_id)
    there = payments_for(payment).retrieve(payment.provider_id)
    if there is None:
        return payment
    return apply_answer(there)


def payments_to_reconcile(*, older_than: Any, limit: int = 100) -> list[UUID]:
    """Open ones for too long without news, and those that ended a moment ago: paid then, their news may be lost."""
    stuck = Payment.objects.filter(status__in=Payment.LIVE, created_at__lt=now() - older_than)
    ended = Payment.objects.filter(status__in=UNPAID, updated_at__gte=now() - JUST_ENDED)
    return [key for rows in (stuck, ended) for key in _oldest(rows, limit)]


def payments_in_review(*, limit: int = 500) -> list[UUID]:
    return _oldest(Payment.objects.filter(status=Payment.Status.REVIEW), limit)


def _oldest(rows: QuerySet[Payment], limit: int) -> list[UUID]:
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:limit])
