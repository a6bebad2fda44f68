"""Double-entry bookings: the only way money is written down. Source: payments-design.md §3, "Ledger".

Signs: what came in to us is positive on `psp_clearing`; what we owe a seller is negative on `seller:<id>`.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from marketplace.models import LedgerEntry, LedgerTransaction

CLEARING = "psp_clearing"
FEES = "platform_fee"
REFUND_DUE = "refund_due"

Entry = tuple[str, int, str]
"""(account, amount in minor units, currency)"""


def seller_account(seller_id: UUID) -> str:
    return f"seller:{seller_id}"


@transaction.atomic
def book(*, source_key: str, kind: str, entries: Iterable[Entry], is_sandbox: bool) -> LedgerTransaction | None:
    """Write the entries; None where this source is booked already. Zero entries are left out.

    `is_sandbox`: it is play money, as the payment or transfer says which moved it.
    """
    kept = [entry for entry in entries if entry[1]]
    sums: dict[str, int] = defaultdict(int)
    for _, amount, currency in kept:
        sums[currency] += amount
    if any(sums.values()):
        raise ValueError(f"The booking {source_key} does not balance: {dict(sums)}")
    if not kept:
        return None
    booking, is_new = LedgerTransaction.objects.get_or_create(
        source_key=source_key, defaults={"kind": kind, "is_sandbox": is_sandbox}
    )
    if not is_new:
        return None
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booking, account=account, amount_cents=amount, currency=currency)
        for account, amount, currency in kept
    )
    return booking
