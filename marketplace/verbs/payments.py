"""What a payment's news does. Checkout answers, webhooks and reconciliation all come through `apply_payment_state`."""

import logging
from collections import defaultdict
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from config.errors import Conflict
from marketplace.facts import OrderChanged, SaleMade, TransferChanged
from marketplace.models import Difference, Order, OrderLine, Payment, SellerAccount, SubscriptionCharge, Transfer
from marketplace.verbs.charges import settle_charge
from marketplace.verbs.differences import LONGEST, note_difference
from marketplace.verbs.invoices import issue_invoice
from marketplace.verbs.ledger import CLEARING, FEES, REFUND_DUE, book, seller_account
from marketplace.verbs.licenses import grant_licenses
from marketplace.verbs.receipts import send_receipt
from marketplace.verbs.refund_outcomes import say_not_kept, take_what_is_lost
from marketplace.verbs.refunds import refund_what_is_owed
from marketplace.verbs.remembering import remember_payment, remember_purchase
from marketplace.verbs.shipping import ask_for_parcels, deliver_digital
from marketplace.verbs.stock import give_stock_back, hold_stock
from marketplace.verbs.trying import one_transaction
from ontology.changes import publish

logger = logging.getLogger(__name__)

RANK = {
    Payment.Status.CREATED: 0,
    Payment.Status.PENDING: 1,
    Payment.Status.PROCESSING: 2,
    Payment.Status.AUTHORIZED: 3,
    Payment.Status.REVIEW: 4,
    Payment.Status.FAILED: 5,
    Payment.Status.CANCELED: 5,
    Payment.Status.SUCCEEDED: 6,
}
"""News of a lower or the same rank changes nothing: events come late, twice and in any order."""


def payer_of(payment: Payment) -> UUID:
    if payment.charge_id:
        return SubscriptionCharge.objects.values_list("subscription__user_id", flat=True).get(pk=payment.charge_id)
    return Order.objects.values_list("buyer_id", flat=True).get(payments=payment)


@one_transaction
def apply_payment_state(
    *,
    provider_id: str,
    status: str,
    amount_cents: Any = None,
    currency: Any = None,
    reason: str = "",
    at: Any = None,
    connector_ref: str = "",
    saved_method: str = "",
) -> Payment | None:
    """The one move of a payment, under its row lock, with everything that follows from it. None: no such payment.

    An amount or currency that differs from ours means `review`: nothing is paid and staff look at it.
    """
    payment = Payment.objects.select_for_update().filter(provider_id=provider_id).first()
    if payment is None:
        return None
    if not _is_ours(payment, amount_cents, currency):
        status, reason = Payment.Status.REVIEW, "The provider reports another amount or currency."
        logger.warning("Payment %s does not match what its provider reports", payment.provider_id)
    if status == Payment.Status.REVIEW != payment.status:
        _tell_staff(payment, amount_cents, reason)
    if RANK[Payment.Status(status)] <= RANK[Payment.Status(payment.status)]:
        return payment
    payment.status, payment.reason = Payment.Status(status), reason[:200]
    payment.provider_updated_at = at or payment.provider_updated_at
    payment.connector_ref = connector_ref or payment.connector_ref
    payment.saved_method = saved_method or payment.saved_method
    if payment.status == Payment.Status.SUCCEEDED:
        payment.captured_cents = payment.amount_cents
    if payment.charge_id:
        settle_charge(payment=payment)
        payment.save()
        if payment.refund_due:
            refund_what_is_owed(payment=payment, buyer_id=payer_of(payment))
    else:
        _settle_order(payment)
    return payment


def _settle_order(payment: Payment) -> None:
    order = Order.objects.select_for_update(of=("self",)).get(payments=payment)
    if payment.status == Payment.Status.SUCCEEDED:
        _keep_or_owe(payment, order)
    elif payment.status in (Payment.Status.FAILED, Payment.Status.CANCELED):
        _cancel(order, payment)
    payment.save()
    if payment.status == Payment.Status.SUCCEEDED and payment.dispute == Payment.Dispute.LOST:
        # The bank was quicker than this news.
        take_what_is_lost(payment)
    if payment.refund_due:
        refund_what_is_owed(payment=payment, buyer_id=order.buyer_id)
    remember_payment(payment, order)


def _is_ours(payment: Payment, amount_cents: Any, currency: Any) -> bool:
    if amount_cents is not None and (type(amount_cents) is not int or amount_cents != payment.amount_cents):
        return False
    return currency is None or (isinstance(currency, str) and currency.upper() == payment.currency)


def _tell_staff(payment: Payment, said_cents: Any, reason: str) -> None:
    """The provider may hold money that we do not count, and no later news need come: once a payment and state."""
    note = f"A person should look at the provider. It was {payment.status} here. {reason}"[:LONGEST]
    about = {"kind": Difference.Kind.PAYMENT_STATE, "reference": payment.provider_id}
    if Difference.objects.filter(**about, note=note).exists():
        return
    theirs = said_cents if type(said_cents) is int else None
    note_difference(**about, currency=payment.currency, ours=payment.captured_cents, theirs=theirs, note=note)


def _cancel(order: Order, payment: Payment) -> None:
    """The payment will not come: the order's stock goes back; it can be paid again."""
    if order.status != Order.Status.PENDING:
        return
    order.status = Order.Status.CANCELED
    order.reason = payment.reason or "The payment did not go through."
    order.save(update_fields=["status", "reason", "updated_at"])
    give_stock_back(order_id=order.pk)
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))


def _keep_or_owe(payment: Payment, order: Order) -> None:
    """The money is here. The order is paid, also a closed one whose stock can be had again; otherwise it is owed back."""
    if order.status == Order.Status.PENDING or (not order.is_paid and _revive(order)):
        _pay(payment, order)
        return
    payment.refund_due = payment.is_spare = True
    if not order.is_paid:
        say_not_kept(order, payment, "is on its way back to you")
    logger.warning("Payment %s succeeded for an order that cannot be kept; it is owed back", payment.provider_id)
    book(
        source_key=f"payment:{payment.pk}:captured",
        kind="payment_owed_back",
        entries=[
            (CLEARING, payment.amount_cents, payment.currency),
            (REFUND_DUE, -payment.amount_cents, payment.currency),
        ],
        is_sandbox=payment.is_sandbox,
    )


def _revive(order: Order) -> bool:
    if not order.buyer.is_active:  # nobody is there to have it
        return False
    try:
        with transaction.atomic():
            hold_stock(order=order)
    except Conflict:
        return False
    return True


def _pay(payment: Payment, order: Order) -> None:
    order.status, order.paid_at, order.reason = Order.Status.PAID, now(), ""
    order.save(update_fields=["status", "paid_at", "reason", "updated_at"])
    lines = list(order.lines.all())
    shares = _shares(lines)
    book(
        source_key=f"payment:{payment.pk}:captured",
        kind="payment_captured",
        entries=[
            (CLEARING, payment.amount_cents, payment.currency),
            (FEES, -sum(fee for _, fee in shares.values()), payment.currency),
            *((seller_account(seller), fee - gross, payment.currency) for seller, (gross, fee) in shares.items()),
        ],
        is_sandbox=payment.is_sandbox,
    )
    _owe_transfers(order, payment, shares)
    remember_purchase(order, payment, lines)
    deliver_digital(order=order)
    ask_for_parcels(order=order)
    grant_licenses(order=order, lines=lines)
    send_receipt(order=order, invoice=issue_invoice(order=order))
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))
    for seller, (gross, fee) in shares.items():
        publish(
            SaleMade(
                order_id=order.pk, seller_id=seller, gross_cents=gross, net_cents=gross - fee, currency=order.currency
            )
        )


def _shares(lines: list[OrderLine]) -> dict[UUID, tuple[int, int]]:
    """Seller by (gross, fee), in the order of their ids."""
    shares: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        shares[line.seller_id][0] += line.gross_cents
        shares[line.seller_id][1] += line.fee_cents
    return {seller: (gross, fee) for seller, (gross, fee) in sorted(shares.items())}


def _owe_transfers(order: Order, payment: Payment, shares: dict[UUID, tuple[int, int]]) -> None:
    """One transfer a seller with something to send; it waits where the seller cannot receive money yet."""
    active = set(SellerAccount.objects.filter(user__in=shares, transfers_active=True).values_list("user_id", flat=True))
    owed = Transfer.objects.bulk_create(
        Transfer(
            order=order,
            seller_id=seller,
            gross_cents=gross,
            platform_fee_cents=fee,
            fee_bp=settings.PLATFORM_FEE_BP,
            amount_cents=gross - fee,
            currency=order.currency,
            status=Transfer.Status.PENDING if seller in active else Transfer.Status.BLOCKED,
            is_sandbox=payment.is_sandbox,
        )
        for seller, (gross, fee) in shares.items()
        if gross > fee
    )
    for transfer in owed:
        if transfer.status == Transfer.Status.BLOCKED:
            publish(TransferChanged(transfer_id=transfer.pk, seller_id=transfer.seller_id, status=transfer.status))
