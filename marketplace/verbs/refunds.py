"""Money back: who may ask for how much, and the call to the provider. What its word does is in `refund_outcomes`.

`refundable = captured - (on its way + given back)`, checked under the payment's lock and kept by a constraint: a refund is
committed, and its amount taken from what is left, before the provider hears of it (payments-design.md §3, §5).
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models.functions import Coalesce

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import parse_id
from marketplace.facts import RefundRequested
from marketplace.models import IdempotencyRecord, Order, OrderLine, Payment, Refund
from marketplace.verbs.idempotency import claim_key, finish_key, release_key
from marketplace.verbs.refund_rows import commit_refund, locked_lines, spread_over_lines
from marketplace.verbs.remembering_refunds import remember_refund_request
from marketplace.verbs.trying import one_transaction
from ontology.changes import publish

logger = logging.getLogger(__name__)

LONGEST_REASON = 200
LONGEST_DETAILS = 2000
PART = "Sellers and staff give a part back. Leave the amount out, or name whole lines."
NOT_KEPT = "The order could not be kept."
PAID_BEFORE = "The subscription was settled before."


@dataclass(frozen=True, slots=True)
class Refunded:
    """The answer to a request, and whether it was given before."""

    answer: dict[str, Any]
    is_replay: bool


def refund_order_once(
    *, order_id: str, by: User, key: str | None, route: str, answer: Callable[[Refund], dict[str, Any]], **asked: Any
) -> Refunded:
    """`refund_order` under an Idempotency-Key: the refund and the answer that repeats get are one commit."""
    if key is None:
        return Refunded(answer(refund_order(order_id=order_id, by=by, **asked)), is_replay=False)
    record = claim_key(by=by, route=route, key=key, request={"order_id": str(order_id), **asked})
    if record.answer is not None:
        return Refunded(record.answer, is_replay=True)
    try:
        spelt = _refund_and_keep(record, answer, order_id=order_id, by=by, **asked)
    except BaseException:
        release_key(record=record)
        raise
    return Refunded(spelt, is_replay=False)


@one_transaction
def _refund_and_keep(
    record: IdempotencyRecord, answer: Callable[[Refund], dict[str, Any]], **asked: Any
) -> dict[str, Any]:
    spelt = answer(refund_order(**asked))
    finish_key(record=record, answer=spelt)
    return spelt


@one_transaction
def refund_order(
    *,
    order_id: UUID | str,
    reason: str,
    details: str = "",
    amount_cents: Any = None,
    line_ids: Sequence[UUID | str] | None = None,
    by: User,
) -> Refund:
    """Send money back to the buyer: all that is left of the lines `by` may refund, or of `line_ids`, or `amount_cents` of it.

    A buyer may for the whole order, by whole lines; a seller for their own lines, staff for any, both also a part.
    NotFound for others. Invalid for bad words or amounts; Conflict for an order that is not paid, is disputed, or has less left. A job tells the provider.
    """
    order, lines = _lines_for(order_id, by)
    words = _checked(reason, details, amount_cents)
    chosen = _chosen(lines, line_ids)
    payment = Payment.objects.select_for_update().filter(order=order, status="succeeded", is_spare=False).first()
    order = Order.objects.select_for_update().get(pk=order.pk)
    if payment is None or not order.is_paid:
        raise Conflict("Only a paid order can be refunded", code="not_refundable")
    if payment.dispute == Payment.Dispute.OPEN:
        raise Conflict("The buyer's bank disputes this payment, so it decides", code="payment_disputed")
    # Fresh, now that the payment's lock says that nobody else gives back at the same time.
    chosen = locked_lines([line.pk for line in chosen])
    left = sum(line.gross_cents - line.refunded_cents for line in chosen)
    amount = left if amount_cents is None else amount_cents
    if left == 0:
        raise Conflict("Nothing is left to refund", code="nothing_to_refund", details={"refundable_cents": 0})
    if amount > left:
        raise Conflict("That is more than is left", code="refund_too_large", details={"refundable_cents": left})
    if amount < left and not may_give_a_part(chosen, by):
        raise Invalid(PART, details={"amount_cents": [PART]})
    refund = commit_refund(payment=payment, amount_cents=amount, by=by, **words)
    spread_over_lines(refund, chosen)
    _announce(refund, order.buyer_id)
    return refund


def may_give_a_part(lines: Iterable[OrderLine], by: User) -> bool:
    """Whoever keeps what they bought may not take back nearly all that it cost: parts are for those whose money it is."""
    return by.is_staff or all(line.seller_id == by.pk for line in lines)


def _lines_for(order_id: UUID | str, by: User) -> tuple[Order, list[OrderLine]]:
    key = parse_id(order_id)
    order = Order.objects.filter(pk=key).first() if key else None
    if order is None:
        raise NotFound("Order not found")
    lines = list(order.lines.all())
    if not (by.is_staff or order.buyer_id == by.pk):
        lines = [line for line in lines if line.seller_id == by.pk and order.is_paid]
    if not lines:
        raise NotFound("Order not found")
    return order, lines


def _checked(reason: Any, details: Any, amount_cents: Any) -> dict[str, str]:
    faults: dict[str, list[str]] = {}
    for name, text, least, most in (("reason", reason, 1, LONGEST_REASON), ("details", details, 0, LONGEST_DETAILS)):
        if not isinstance(text, str) or "\0" in text or not least <= len(text.strip()) <= most:
            faults[name] = [f"Must be a text of {least} to {most} characters."]
    if amount_cents is not None and (type(amount_cents) is not int or amount_cents < 1):
        faults["amount_cents"] = ["Must be a whole number of minor units above zero."]
    if faults:
        raise Invalid(details=faults)
    return {"reason": reason.strip(), "details": details.strip()}


def _chosen(lines: list[OrderLine], line_ids: Sequence[UUID | str] | None) -> list[OrderLine]:
    if line_ids is None:
        return lines
    wanted = {parse_id(key) for key in line_ids}
    chosen = [line for line in lines if line.pk in wanted]
    if not wanted or len(chosen) != len(wanted):
        sentence = "Must name lines of this order that you may refund."
        raise Invalid(f"line_ids: {sentence}", details={"line_ids": [sentence]})
    return chosen


def refund_what_is_owed(*, payment: Payment, buyer_id: UUID) -> Refund | None:
    """A payment that came for nothing which is kept goes back by itself, in the transaction that says so."""
    left = payment.captured_cents - payment.refunded_cents
    if not left:
        return None
    reason = NOT_KEPT if payment.order_id else PAID_BEFORE
    refund = commit_refund(payment=payment, amount_cents=left, reason=reason)
    _announce(refund, buyer_id)
    return refund


@one_transaction
def refund_charge(*, payment_id: UUID, reason: str, amount_cents: Any = None, by: User) -> Refund:
    """Administrators give a subscription's payment back, all that is left of it or `amount_cents`.

    Forbidden, NotFound, Invalid; Conflict for one that is not paid, is disputed, or has less left.
    """
    if not by.is_admin:
        raise Forbidden("Only administrators may give a subscription's payment back")
    words = _checked(reason, "", amount_cents)
    payment = Payment.objects.select_for_update(of=("self",)).filter(pk=payment_id, charge__isnull=False).first()
    if payment is None:
        raise NotFound("Payment not found")
    if payment.status != Payment.Status.SUCCEEDED:
        raise Conflict("Only what is paid can be given back", code="not_refundable")
    if payment.dispute == Payment.Dispute.OPEN:
        raise Conflict("The buyer's bank disputes this payment, so it decides", code="payment_disputed")
    left = payment.captured_cents - payment.refunded_cents
    if not left:
        raise Conflict("Nothing is left to refund", code="nothing_to_refund", details={"refundable_cents": 0})
    if amount_cents is not None and amount_cents > left:
        raise Conflict("That is more than is left", code="refund_too_large", details={"refundable_cents": left})
    refund = commit_refund(payment=payment, amount_cents=amount_cents or left, by=by, **words)
    _announce(refund, _payer_of(payment))
    return refund


@one_transaction
def refund_owed_again(*, payment_id: UUID, by: User) -> Refund:
    """Administrators send what is owed once more, after the provider had refused it."""
    if not by.is_admin:
        raise Forbidden("Only administrators may send back what is owed")
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise NotFound("Payment not found")
    if payment.dispute == Payment.Dispute.OPEN:
        raise Conflict("The buyer's bank disputes this payment, so it decides", code="payment_disputed")
    refund = refund_what_is_owed(payment=payment, buyer_id=_payer_of(payment)) if payment.refund_due else None
    if refund is None:
        raise Conflict("Nothing is owed, or it is on its way", code="nothing_to_refund")
    return refund


def _payer_of(payment: Payment) -> UUID:
    payers = Payment.objects.filter(pk=payment.pk)
    return payers.values_list(Coalesce("order__buyer", "charge__subscription__user"), flat=True).get()


def _announce(refund: Refund, buyer_id: UUID) -> None:
    remember_refund_request(refund, buyer_id)
    publish(
        RefundRequested(
            refund_id=refund.pk, order_id=refund.order_id, buyer_id=buyer_id, requested_by=refund.requested_by_id
        )
    )
