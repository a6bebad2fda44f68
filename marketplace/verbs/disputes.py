"""A buyer's bank asks for a payment back. While that is open nothing is refunded and no share is sent (gumroad#4372)."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import F

from marketplace.facts import DisputeChanged
from marketplace.models import Order, OrderLine, Payment, RefundLine, UserSubscription
from marketplace.verbs.refund_outcomes import succeed
from marketplace.verbs.refunds import commit_refund
from marketplace.verbs.remembering import remember_payment
from marketplace.verbs.remembering_refunds import remember_dispute
from marketplace.verbs.remembering_subscriptions import know_charge_payment
from ontology.changes import publish

logger = logging.getLogger(__name__)

LOST = "The buyer's bank took the payment back."
RANK = {"": 0, Payment.Dispute.OPEN: 1, Payment.Dispute.WON: 2, Payment.Dispute.LOST: 3}
"""News of a lower or the same rank changes nothing, as with payments."""


@transaction.atomic
def apply_dispute(*, provider_id: str, dispute: str) -> Payment | None:
    """The one move of a dispute, under the payment's lock. None: no such payment. A lost one books like a refund."""
    payment = Payment.objects.select_for_update().filter(provider_id=provider_id).first()
    if payment is None:
        return None
    if RANK.get(dispute, 0) <= RANK[payment.dispute]:
        return payment
    payment.dispute = dispute
    payment.save(update_fields=["dispute", "updated_at"])
    logger.warning("The dispute of payment %s is %s", payment.provider_id, dispute)
    if dispute == Payment.Dispute.LOST:
        _take_back(payment)
    if payment.order_id:
        order = Order.objects.get(pk=payment.order_id)
        remember_payment(payment, order)
        _tell(payment, order.buyer_id)
    else:
        subscription = UserSubscription.objects.get(charges__payments=payment.pk)
        know_charge_payment(payment, subscription)
        _tell(payment, subscription.user_id)
    return payment


def _take_back(payment: Payment) -> None:
    """The bank has the money. What was not on its way back already is booked as given back."""
    left = payment.captured_cents - payment.refunded_cents
    if not left:
        return
    refund = commit_refund(payment=payment, amount_cents=left, reason=LOST)
    if payment.order_id and not payment.is_spare:
        _give_back_lines(refund.pk, payment.order_id, left)
    payment.refresh_from_db()
    succeed(refund, payment)


def _give_back_lines(refund_id: UUID, order_id: UUID, amount_cents: int) -> None:
    """All that is left of every line goes with it."""
    lines = list(OrderLine.objects.select_for_update().filter(order=order_id).order_by("pk"))
    parts = [(line, line.gross_cents - line.refunded_cents) for line in lines]
    RefundLine.objects.bulk_create(
        RefundLine(refund_id=refund_id, line=line, amount_cents=part, share_cents=0) for line, part in parts if part
    )
    OrderLine.objects.filter(order=order_id).update(refunded_cents=F("gross_cents"))
    Order.objects.filter(pk=order_id).update(refunded_cents=F("refunded_cents") + amount_cents)


def _tell(payment: Payment, buyer_id: UUID) -> None:
    remember_dispute(payment, buyer_id)
    publish(DisputeChanged(payment_id=payment.pk, order_id=payment.order_id, buyer_id=buyer_id, status=payment.dispute))
