"""Questions to the ledger. A balance is always a sum over entries, never a stored number.

Real money and play money are never added up: what sellers have, are owed and owe is of one kind, that of now unless said.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from marketplace.models import LedgerEntry, Transfer, TransferReversal

SENT_KIND = "transfer_completed"


def imbalance() -> dict[str, int]:
    """By currency, what the whole ledger sums to where that is not zero. Empty is right."""
    sums = LedgerEntry.objects.order_by().values_list("currency").annotate(total=Sum("amount_cents"))
    return {currency: total for currency, total in sums if total}


def is_playing() -> bool:
    """Whether the money of now is play money: not so as soon as either provider is a real one."""
    return not settings.HYPERSWITCH_API_KEY and not settings.STRIPE_SECRET_KEY


def owed_to(seller_id: UUID) -> dict[str, int]:
    """By currency, what we still owe the seller (below zero: what they owe us)."""
    entries = _entries_of(seller_id, is_playing()).order_by()
    return {
        currency: -total
        for currency, total in entries.values_list("currency").annotate(total=Sum("amount_cents"))
        if total
    }


def _entries_of(seller_id: UUID, is_sandbox: bool) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(account=f"seller:{seller_id}", transaction__is_sandbox=is_sandbox)


def debt_of(seller_id: UUID, currency: str, *, is_sandbox: bool | None = None) -> int:
    """What the seller owes us in this currency, in minor units, beyond what other rows will settle; never below zero.

    The ledger holds all that we owe them too. So what unsent transfers are for is added back, and what reversals on their way
    and the offsets of transfers under way will take is left out. One statement, as its parts must be of one moment.
    """
    is_sandbox = is_playing() if is_sandbox is None else is_sandbox
    of_seller = {"seller": seller_id, "currency": currency, "is_sandbox": is_sandbox}
    unsent = Transfer.objects.filter(**of_seller, status__in=Transfer.UNSENT)
    under_way = unsent.exclude(attempt_key="")
    pending = TransferReversal.objects.filter(currency=currency, status="pending")
    waiting = pending.filter(transfer__seller=seller_id, transfer__is_sandbox=is_sandbox)
    booked = _entries_of(seller_id, is_sandbox).filter(currency=currency)
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
    entries = _entries_of(seller_id, is_playing()).filter(transaction__kind=SENT_KIND).order_by()
    return dict(entries.values_list("currency").annotate(total=Sum("amount_cents")))
