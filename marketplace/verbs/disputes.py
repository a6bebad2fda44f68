"""A buyer's bank asks for a payment back. While that is open nothing is refunded and no share is sent (gumroad#4372)."""

import logging
from typing import Any
from uuid import UUID

from marketplace.facts import DisputeChanged
from marketplace.models import Difference, Dispute, Order, Payment, UserSubscription
from marketplace.verbs.differences import note_difference
from marketplace.verbs.refund_outcomes import take_what_is_lost
from marketplace.verbs.remembering import remember_payment
from marketplace.verbs.remembering_refunds import remember_dispute
from marketplace.verbs.remembering_subscriptions import know_charge_payment
from marketplace.verbs.trying import one_transaction
from ontology.changes import publish

logger = logging.getLogger(__name__)

RANK = {"": 0, Payment.Dispute.OPEN: 1, Payment.Dispute.WON: 2, Payment.Dispute.LOST: 3}
"""News of a lower or the same rank changes nothing in a dispute, as with payments."""
WORST_FIRST = (Payment.Dispute.OPEN, Payment.Dispute.LOST, Payment.Dispute.WON)
"""What a payment's disputes come to: one that is open holds its money whatever became of the others."""


@one_transaction
def apply_dispute(
    *, provider_id: str, dispute: str, dispute_id: str = "", amount_cents: int | None = None, currency: Any = None
) -> Payment | None:
    """The one move of a dispute, under the payment's lock. None: no such payment. A lost one books like a refund.

    `dispute_id` is the provider's: a payment may see several, each by itself. `amount_cents`: of how much of the payment,
    all of it where nothing is said.
    """
    payment = Payment.objects.select_for_update().filter(provider_id=provider_id).first()
    if payment is None:
        return None
    row = _row_of(payment, dispute_id)
    if RANK.get(dispute, 0) <= RANK[row.status]:
        return payment
    row.status, row.amount_cents = dispute, _part(payment, amount_cents, currency) or row.amount_cents
    row.save()
    logger.warning("A dispute of payment %s is %s", payment.provider_id, dispute)
    states = set(payment.disputes.values_list("status", flat=True))
    payment.dispute = next(state for state in WORST_FIRST if state in states)
    payment.save(update_fields=["dispute", "updated_at"])
    if row.status == Payment.Dispute.LOST:
        take_what_is_lost(payment)
        payment.refresh_from_db()
    _tell(payment, row)
    return payment


def _row_of(payment: Payment, dispute_id: str) -> Dispute:
    """Kept under its name; one that came without a name and is open is the one that the name is for."""
    rows = {row.provider_id: row for row in payment.disputes.all()}
    nameless = rows.get("")
    if dispute_id not in rows and nameless and nameless.status == Payment.Dispute.OPEN:
        nameless.provider_id = dispute_id
        return nameless
    return rows.get(dispute_id) or Dispute(payment=payment, provider_id=dispute_id)


def _part(payment: Payment, amount_cents: int | None, currency: Any) -> int | None:
    """How much of the payment; nothing where it is not said in the payment's own currency, which is for staff to know."""
    if amount_cents is None or currency is None or str(currency).upper() == payment.currency:
        return amount_cents
    note_difference(
        kind=Difference.Kind.PAYMENT_AMOUNT,
        reference=payment.provider_id,
        currency=payment.currency,
        ours=payment.captured_cents,
        note=f"Disputed with {amount_cents} in {currency}; all of the payment is held."[:300],
    )
    return None


def _tell(payment: Payment, dispute: Dispute) -> None:
    if payment.order_id:
        order = Order.objects.get(pk=payment.order_id)
        remember_payment(payment, order)
        buyer_id: UUID = order.buyer_id
    else:
        subscription = UserSubscription.objects.get(charges__payments=payment.pk)
        know_charge_payment(payment, subscription)
        buyer_id = subscription.user_id
    remember_dispute(dispute, buyer_id)
    publish(DisputeChanged(payment_id=payment.pk, order_id=payment.order_id, buyer_id=buyer_id, status=dispute.status))
