"""What became of a refund: the provider's answer, its webhook and reconciliation all come through `apply_refund_state`.

A refund that succeeded reaches ledger, lines, order, stock, transfers, licences, credit note, graph and people in one
transaction (payments-design.md §3 "Ledger" and "Rounding", §5 "State machines").
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.utils.timezone import now

from config.money import Money
from marketplace.facts import OrderChanged
from marketplace.models import Difference, Order, OrderLine, Payment, Product, Refund, RefundLine
from marketplace.verbs.charge_refunds import charge_given_back, is_all_back, tell_of_charge_refund
from marketplace.verbs.differences import note_difference
from marketplace.verbs.invoices import issue_credit_note
from marketplace.verbs.ledger import CLEARING, FEES, REFUND_DUE, book, seller_account
from marketplace.verbs.licenses import revoke_licenses
from marketplace.verbs.refund_news import Shares, tell_of_refund, tell_sellers
from marketplace.verbs.refund_rows import commit_refund, locked_lines, spread_over_lines
from marketplace.verbs.remembering_refunds import remember_given_back
from marketplace.verbs.reviews import withdraw_reviews
from marketplace.verbs.shares import take_back_share
from marketplace.verbs.stock import return_stock
from marketplace.verbs.trying import LOOK_AT_REVIEW, one_transaction
from ontology.changes import publish

logger = logging.getLogger(__name__)

ODD = "The provider reports another amount, currency or state."
LOST = "The buyer's bank took the payment back."


@one_transaction
def apply_refund_state(
    *, provider_id: str, status: str, amount_cents: Any = None, currency: Any = None, reason: str = ""
) -> Refund | None:
    """The one move of a refund, under its payment's lock. None: no such refund.

    News of a refund that has ended changes nothing; where it contradicts, staff get a Difference. Another amount or
    currency than ours means `review`.
    """
    payment = Payment.objects.select_for_update(of=("self",)).filter(refunds__provider_id=provider_id).first()
    if payment is None:
        return None
    refund = Refund.objects.select_for_update().get(provider_id=provider_id)
    if status not in Refund.Status.values or not _is_ours(refund, amount_cents, currency):
        status, reason = Refund.Status.REVIEW, ODD
        logger.warning("Refund %s does not match what its provider reports", provider_id)
    if refund.status not in Refund.OPEN:
        _note_contradiction(refund, status)
    elif status == Refund.Status.SUCCEEDED:
        succeed(refund, payment)
    elif status == Refund.Status.FAILED:
        _fail(refund, payment, reason)
    elif status == Refund.Status.REVIEW and refund.status != status:
        refund.status, refund.last_error, refund.lease_until = Refund.Status.REVIEW, reason[:300], None
        refund.next_try_at = now() + LOOK_AT_REVIEW
        refund.save()
        (tell_of_charge_refund if payment.charge_id else tell_of_refund)(refund)
        if reason == ODD:
            _note(refund, amount_cents if type(amount_cents) is int else None, ODD)
    return refund


def _is_ours(refund: Refund, amount_cents: Any, currency: Any) -> bool:
    if amount_cents is not None and (type(amount_cents) is not int or amount_cents != refund.amount_cents):
        return False
    return currency is None or (isinstance(currency, str) and currency.upper() == refund.currency)


def _note_contradiction(refund: Refund, status: str) -> None:
    """`failed` after `succeeded` is old news; `succeeded` after `failed` means that money left which we count as here."""
    if refund.status == Refund.Status.FAILED and status == Refund.Status.SUCCEEDED:
        _note(refund, refund.amount_cents, "The provider gave this refund back after it had said that it failed.")


def _note(refund: Refund, theirs: int | None, note: str) -> None:
    note_difference(
        kind=Difference.Kind.REFUND_STATE,
        reference=refund.provider_id,
        currency=refund.currency,
        ours=0 if refund.status == Refund.Status.FAILED else refund.amount_cents,
        theirs=theirs,
        note=note,
    )


# --- it succeeded ----------------------------------------------------------------------------------------------------


def succeed(refund: Refund, payment: Payment) -> None:
    """The buyer has the money. The caller holds the payment's lock and the refund is open."""
    if payment.charge_id:
        charge_given_back(refund, payment)
        return
    order = Order.objects.select_for_update().get(refunds=refund.pk)
    refund.status, refund.settled_at, refund.last_error = Refund.Status.SUCCEEDED, now(), ""
    refund.lease_until = refund.next_try_at = None
    refund.save()
    shares = _settle_lines(refund)
    _book(refund, payment, shares)
    if shares:
        _move_order(order)
        for seller_id, (given, share) in shares.items():
            take_back_share(refund=refund, seller_id=seller_id, gross_cents=given, share_cents=share)
        revoke_licenses(refund=refund)
        withdraw_reviews(buyer_id=order.buyer_id, product_ids=_gone_with(refund))
        issue_credit_note(refund=refund)
    elif not order.is_paid:
        say_not_kept(order, payment, "went back to you")
    if payment.refund_due and is_all_back(payment):
        Payment.objects.filter(pk=payment.pk).update(refund_due=False, updated_at=now())
        payment.refund_due = False
    remember_given_back(refund, order)
    tell_of_refund(refund)
    tell_sellers(refund, order, shares)


def say_not_kept(order: Order, payment: Payment, what: str) -> None:
    """Paid too late: its buyer reads what becomes of the money, as the order itself counts nothing of it."""
    order.reason = f"It could not be kept; {Money(payment.captured_cents, payment.currency)} {what}."
    order.save(update_fields=["reason", "updated_at"])
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))


def _settle_lines(refund: Refund) -> Shares:
    """Each line's share is cumulative, so that a full refund takes back exactly everything and no cent drifts."""
    parts = list(refund.lines.order_by("line_id"))
    keys = [part.line_id for part in parts]
    lines = {line.pk: line for line in OrderLine.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    _lock_products(lines.values())
    given = given_back(keys)
    shares: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for part in parts:
        line = lines[part.line_id]
        target = given[line.pk] * (line.gross_cents - line.fee_cents) // line.gross_cents
        part.share_cents = target - line.reversed_cents
        part.save(update_fields=["share_cents"])
        line.reversed_cents = target
        line.save(update_fields=["reversed_cents"])
        shares[line.seller_id][0] += part.amount_cents
        shares[line.seller_id][1] += part.share_cents
        if given[line.pk] == line.gross_cents:
            # A thing that was not sent can be sold again.
            return_stock(line_ids=[line.pk])
    return {seller: (amount, share) for seller, (amount, share) in sorted(shares.items())}


def _lock_products(lines: Iterable[OrderLine]) -> None:
    """Their stock and their ratings follow. In the order of their ids, as everybody takes them."""
    products = Product.objects.select_for_update(no_key=True).filter(pk__in={line.product_id for line in lines})
    list(products.order_by("pk").values_list("pk"))


def _gone_with(refund: Refund) -> set[UUID]:
    """The products of those lines of the refund of which nothing is left."""
    lines = OrderLine.objects.in_bulk(list(refund.lines.values_list("line", flat=True)))
    given = given_back(list(lines))
    return {line.product_id for key, line in lines.items() if given.get(key, 0) >= line.gross_cents}


def given_back(line_ids: list[UUID]) -> dict[UUID, int]:
    """By line, what has reached the buyer; what is on its way is not in it."""
    done = RefundLine.objects.filter(line__in=line_ids, refund__status=Refund.Status.SUCCEEDED)
    return dict(done.order_by().values_list("line").annotate(total=Sum("amount_cents")))


def _book(refund: Refund, payment: Payment, shares: Shares) -> None:
    """Clearing pays; each seller gives their share and the platform the fee's rest. Without lines it was owed all along."""
    rest = refund.amount_cents - sum(share for _, share in shares.values())
    book(
        source_key=f"refund:{refund.pk}:succeeded",
        kind="refund_succeeded",
        entries=[
            (CLEARING, -refund.amount_cents, refund.currency),
            *((seller_account(seller), share, refund.currency) for seller, (_, share) in shares.items()),
            (FEES if shares else REFUND_DUE, rest, refund.currency),
        ],
        is_sandbox=payment.is_sandbox,
    )


def _move_order(order: Order) -> None:
    lines = list(order.lines.values_list("pk", "gross_cents"))
    given = given_back([key for key, _ in lines])
    is_all = all(given.get(key, 0) == gross for key, gross in lines)
    order.status = Order.Status.REFUNDED if is_all else Order.Status.PARTIALLY_REFUNDED
    order.save(update_fields=["status", "updated_at"])
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))


# --- it failed -------------------------------------------------------------------------------------------------------


def _fail(refund: Refund, payment: Payment, reason: str) -> None:
    """The money stays with us, and is there to be refunded again; unless the bank has taken it meanwhile."""
    if payment.order_id:
        Order.objects.select_for_update().get(pk=payment.order_id)
    refund.status, refund.settled_at = Refund.Status.FAILED, now()
    refund.last_error = (reason or "The payment provider did not give the money back.")[:300]
    refund.lease_until = refund.next_try_at = None
    refund.save()
    Payment.objects.filter(pk=payment.pk).update(
        refunded_cents=F("refunded_cents") - refund.amount_cents, updated_at=now()
    )
    parts = list(refund.lines.order_by("line_id"))
    for part in parts:
        OrderLine.objects.filter(pk=part.line_id).update(refunded_cents=F("refunded_cents") - part.amount_cents)
    if parts:
        Order.objects.filter(refunds=refund.pk).update(
            refunded_cents=F("refunded_cents") - refund.amount_cents, updated_at=now()
        )
    (tell_of_charge_refund if payment.charge_id else tell_of_refund)(refund)
    take_what_is_lost(payment)


# --- the bank took it ------------------------------------------------------------------------------------------------


def take_what_is_lost(payment: Payment) -> None:
    """What lost disputes take and nothing has booked yet is booked as given back. The caller holds the payment's lock.

    What is on its way back at that moment is not taken twice: the bank and the refund cannot both have it. Where the
    refund then fails, this is called again.
    """
    for dispute in payment.disputes.filter(status=Payment.Dispute.LOST).order_by("pk"):
        payment.refresh_from_db()
        wanted = payment.captured_cents if dispute.amount_cents is None else dispute.amount_cents
        amount = min(wanted - dispute.taken_cents, payment.captured_cents - payment.refunded_cents)
        if amount <= 0:
            continue
        dispute.taken_cents += amount
        dispute.save(update_fields=["taken_cents", "updated_at"])
        if payment.order_id:
            Order.objects.select_for_update().get(pk=payment.order_id)
        refund = commit_refund(payment=payment, amount_cents=amount, reason=LOST)
        if payment.order_id and not payment.is_spare:
            keys = OrderLine.objects.filter(order=payment.order_id).values_list("pk", flat=True)
            spread_over_lines(refund, locked_lines(keys))
        payment.refresh_from_db()
        succeed(refund, payment)
