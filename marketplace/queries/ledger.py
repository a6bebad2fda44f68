"""Questions to the ledger. A balance is always a sum over entries, never a stored number."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from marketplace.models import LedgerEntry, Transfer, TransferReversal

SENT_KIND = "transfer_completed"


def imbalance() -> dict[str, int]:
    """By currency, what the whole ledger sums to where that is not zero. Empty is right."""
    sums = LedgerEntry.objects.order_by().values_list("currency").annotate(total=Sum("amount_cents"))
    return {currency: total for currency, total in sums if total}


def owed_to(seller_id: UUID) -> dict[str, int]:
    """By currency, what we still owe the seller (below zero: what they owe us)."""
    entries = LedgerEntry.objects.filter(account=f"seller:{seller_id}").order_by()
    return {
        currency: -total
        for currency, total in entries.values_list("currency").annotate(total=Sum("amount_cents"))
        if total
    }


def debt_of(seller_id: UUID, currency: str) -> int:
    """What the seller owes us in this currency, in minor units, beyond what other rows will settle; never below zero.

    The ledger holds all that we owe them too. So what unsent transfers are for is added back, and what reversals on their way
    and the offsets of transfers under way will take is left out. One statement, as its parts must be of one moment.
    """
    of_seller = {"seller": seller_id, "currency": currency}
    unsent = Transfer.objects.filter(**of_seller, status__in=Transfer.UNSENT)
    under_way = unsent.exclude(attempt_key="")
    waiting = TransferReversal.objects.filter(transfer__seller=seller_id, currency=currency, status="pending")
    booked = LedgerEntry.objects.filter(account=f"seller:{seller_id}", currency=currency)
    row = User.objects.filter(pk=seller_id).annotate(
        debt=_sum(booked, F("amount_cents"))
        + _sum(unsent, F("gross_cents") - F("platform_fee_cents"))
        - _sum(under_way, F("debt_offset_cents"))
        - _sum(waiting, F("amount_cents"))
    )
    return max(row.values_list("debt", flat=True).get(), 0)


def _sum(rows: QuerySet[Any], what: Any) -> Coalesce:
    # Grouped by a constant: one row with the sum, or none.
    grouped = rows.order_by().annotate(all=Value(1)).values("all").annotate(total=Sum(what)).values("total")
    return Coalesce(Subquery(grouped), 0)


def sent_to(seller_id: UUID) -> dict[str, int]:
    """By currency, what transfers have brought to the seller's own account."""
    entries = LedgerEntry.objects.filter(account=f"seller:{seller_id}", transaction__kind=SENT_KIND).order_by()
    return dict(entries.values_list("currency").annotate(total=Sum("amount_cents")))
