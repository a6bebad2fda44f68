"""Questions to the ledger. A balance is always a sum over entries, never a stored number."""

from uuid import UUID

from django.db.models import Sum

from marketplace.models import LedgerEntry

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


def sent_to(seller_id: UUID) -> dict[str, int]:
    """By currency, what transfers have brought to the seller's own account."""
    entries = LedgerEntry.objects.filter(account=f"seller:{seller_id}", transaction__kind=SENT_KIND).order_by()
    return dict(entries.values_list("currency").annotate(total=Sum("amount_cents")))
