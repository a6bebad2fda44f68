"""Our books against the provider's, day by day. What differs becomes a row for staff; nothing here mends anything.

Source: payments-design.md §3 "Reconciliation". Payments, refunds and transfers that are merely late are asked about by
their own sweeps; this looks at those that both sides should hold as settled.
"""

import datetime as dt
from collections import defaultdict
from uuid import UUID

from config.errors import Unavailable
from marketplace.gateways.payouts import PayoutUnanswered, SentTransfer, payouts
from marketplace.models import Difference, Payment, Refund, Transfer
from marketplace.queries.ledger import imbalance
from marketplace.queries.reconciliation import (
    booked_cents,
    ended_unpaid,
    payments_booked,
    refunds_ended,
    transfers_booked,
    unequal_payments,
    unequal_transfers,
)
from marketplace.verbs.differences import note_difference
from marketplace.verbs.payment_calls import reconcile_payment
from marketplace.verbs.providers import payments_for

Kind = Difference.Kind
Totals = dict[str, int]


def reconcile_day(*, day: dt.date) -> None:
    """Ask the providers about all that was booked on this day (UTC), row by row and in sum. Unavailable where one is away."""
    _compare_totals(f"payments:{day}", booked_cents(day, "payment:"), _check_payments(day))
    _check_refunds(day)
    _compare_totals(f"transfers:{day}", booked_cents(day, "transfer:"), _check_transfers(day))


def check_books() -> None:
    """Our own sums: the ledger in each currency, and what rows keep of their parts."""
    for currency, total in imbalance().items():
        note_difference(kind=Kind.LEDGER, reference="ledger", currency=currency, ours=total, theirs=0)
    for payment_id, currency, kept, counted in unequal_payments():
        note = "Refunded of this payment, and the sum of its refunds."
        _note_sums(f"payment:{payment_id}", currency, kept, counted, note)
    for transfer_id, currency, kept, counted in unequal_transfers():
        note = "Taken back of this transfer, and the sum of its reversals."
        _note_sums(f"transfer:{transfer_id}", currency, kept, counted, note)


def _note_sums(reference: str, currency: str, ours: int, theirs: int, note: str) -> None:
    note_difference(kind=Kind.LEDGER, reference=reference, currency=currency, ours=ours, theirs=theirs, note=note)


def _compare_totals(reference: str, ours: Totals, theirs: Totals) -> None:
    for currency in sorted({*ours, *theirs}):
        mine, other = ours.get(currency, 0), theirs.get(currency, 0)
        if mine != other:
            note_difference(kind=Kind.DAY_TOTAL, reference=reference, currency=currency, ours=mine, theirs=other)


# --- payments and refunds --------------------------------------------------------------------------------------------


def _check_payments(day: dt.date) -> Totals:
    """What the provider took for the payments that we booked, by currency."""
    totals: Totals = defaultdict(int)
    for payment in payments_booked(day):
        there = payments_for(payment).retrieve(payment.provider_id)
        if there is None:
            _note_payment(Kind.PAYMENT_MISSING, payment, None)
            continue
        if (there.amount_cents, there.currency) != (payment.amount_cents, payment.currency):
            _note_payment(Kind.PAYMENT_AMOUNT, payment, there.amount_cents, f"It is in {there.currency} there.")
        if there.status == Payment.Status.SUCCEEDED:
            totals[there.currency] += there.amount_cents
        else:
            _note_payment(Kind.PAYMENT_STATE, payment, 0, f"It is {there.status} there.")
    for payment in ended_unpaid(day):
        # No difference, but news that was lost: paid at the last minute, or after a refusal.
        reconcile_payment(payment_id=payment.pk)
    return totals


def _note_payment(kind: str, payment: Payment, theirs: int | None, note: str = "") -> None:
    note_difference(
        kind=kind,
        reference=payment.provider_id,
        currency=payment.currency,
        ours=payment.captured_cents,
        theirs=theirs,
        note=note,
    )


def _check_refunds(day: dt.date) -> None:
    for refund in refunds_ended(day):
        there = payments_for(refund.payment).retrieve_refund(refund.provider_id)
        state, amount = (there.status, there.amount_cents) if there else ("unknown", 0)
        is_given = state == Refund.Status.SUCCEEDED
        if is_given == (refund.status == Refund.Status.SUCCEEDED) and amount in (0, refund.amount_cents):
            continue
        note_difference(
            kind=Kind.REFUND_STATE,
            reference=refund.provider_id,
            currency=refund.currency,
            ours=refund.amount_cents if refund.status == Refund.Status.SUCCEEDED else 0,
            theirs=amount if is_given else 0,
            note=f"It is {refund.status} here and {state} there.",
        )


# --- transfers -------------------------------------------------------------------------------------------------------


def _check_transfers(day: dt.date) -> Totals:
    """What the provider sent for the orders whose transfers we booked, by currency; reversals are not taken off."""
    totals: Totals = defaultdict(int)
    booked: dict[UUID, list[Transfer]] = defaultdict(list)
    for transfer in transfers_booked(day):
        booked[transfer.order_id].append(transfer)
    for order_id, ours in booked.items():
        there = _sent_for(order_id, is_sandbox=ours[0].is_sandbox)
        of_order = {str(key) for key in Transfer.objects.filter(order=order_id).values_list("pk", flat=True)}
        sent = {one.reference: one for one in there}
        _note_extra(there, of_order)
        for transfer in ours:
            found = sent.get(str(transfer.pk))
            _check_transfer(transfer, found)
            if found is not None:
                totals[found.currency] += found.amount_cents
    return totals


def _sent_for(order_id: UUID, *, is_sandbox: bool) -> list[SentTransfer]:
    try:
        return payouts(is_sandbox=is_sandbox).find_transfers(f"order_{order_id}")
    except PayoutUnanswered as silence:
        raise Unavailable(silence.message) from None


def _check_transfer(transfer: Transfer, found: SentTransfer | None) -> None:
    if found is None:
        _note_transfer(Kind.TRANSFER_MISSING, transfer, transfer.amount_cents, None)
    elif (found.amount_cents, found.currency) != (transfer.amount_cents, transfer.currency):
        note = f"It is in {found.currency} there."
        _note_transfer(Kind.TRANSFER_AMOUNT, transfer, transfer.amount_cents, found.amount_cents, note)
    elif found.reversed_cents != transfer.reversed_cents:
        note = "What was taken back of it."
        _note_transfer(Kind.TRANSFER_AMOUNT, transfer, transfer.reversed_cents, found.reversed_cents, note)


def _note_transfer(kind: str, transfer: Transfer, ours: int, theirs: int | None, note: str = "") -> None:
    note_difference(
        kind=kind, reference=str(transfer.pk), currency=transfer.currency, ours=ours, theirs=theirs, note=note
    )


def _note_extra(there: list[SentTransfer], of_order: set[str]) -> None:
    """A transfer that we know nothing of, or the second one for the same share."""
    seen: set[str] = set()
    for one in there:
        if one.reference not in of_order or one.reference in seen:
            note_difference(
                kind=Kind.TRANSFER_EXTRA,
                reference=one.provider_id,
                currency=one.currency,
                ours=0,
                theirs=one.amount_cents,
                note=f"For {one.reference}"[:300],
            )
        seen.add(one.reference)
