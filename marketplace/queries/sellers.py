"""What a seller has, is owed and owes. The ledger and the transfers say what is on its way; the provider what arrived."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Sum

from accounts.models import User
from marketplace.models import SellerAccount, Transfer
from marketplace.queries.ledger import debt_of, is_playing, owed_to
from marketplace.queries.transfers import is_real


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount that is not sent, and why: `provider` (the platform has none that is real), `dispute`, `refund`, `account`,
    `retry`, `staff` or `soon`."""

    why: str
    amount: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Minor units of one currency. `available` lies on the seller's own account, `pending` is on its way to it after what is
    kept back for `debt`; `holds` part what is on its way, before debts, by why it has not been sent.

    `read_at`: when the provider said so; None: it was not asked yet, and the ledger tells what was sent.
    """

    connected: bool
    currency: str
    available: int
    pending: int
    debt: int = 0
    holds: list[Hold] = field(default_factory=list)
    read_at: dt.datetime | None = None


def account_of(user: User) -> SellerAccount | None:
    return SellerAccount.objects.filter(user=user).first()


def balances_of(user: User) -> list[Balance]:
    """One balance a currency, the seller's own currency first; or, where there is nothing in that, the one with the most.
    Money waits in the ledger whether connected or not."""
    account = account_of(user)
    own = account.default_currency if account else "EUR"
    is_connected = bool(account and account.transfers_active)
    sent, owed, holds = kept_of(user), owed_to(user.pk), holds_of(user)
    told = account.balance if account and account.balance_at else {}
    currencies = sorted({own, *sent, *owed, *holds, *told}, key=lambda code: (code != own, code))
    read_at = account.balance_at if account else None
    found = [
        Balance(
            connected=is_connected,
            currency=code,
            available=told.get(code, {}).get("available", 0) if read_at else sent.get(code, 0),
            pending=max(owed.get(code, 0), 0) + told.get(code, {}).get("pending", 0),
            debt=debt_of(user.pk, code),
            holds=holds.get(code, []),
            read_at=read_at,
        )
        for code in currencies
    ]
    leads = found[0] if _size(found[0]) else max(found, key=_size)
    return sorted(found, key=lambda each: each is not leads)


def _size(balance: Balance) -> int:
    return max(abs(balance.available), abs(balance.pending), balance.debt)


def kept_of(user: User) -> dict[str, int]:
    """By currency, what was sent less what was taken back of it."""
    sent = Transfer.objects.filter(seller=user.pk, status__in=Transfer.SENT, is_sandbox=is_playing()).order_by()
    return dict(sent.values_list("currency").annotate(total=Sum(F("amount_cents") - F("reversed_cents"))))


HOLDS = ("provider", "dispute", "refund", "account", "staff", "retry", "soon")


def holds_of(user: User) -> dict[str, list[Hold]]:
    """By currency, the parts of what is not sent yet: before debts are kept back."""
    unsent = Transfer.objects.filter(seller=user.pk, status__in=Transfer.UNSENT, is_sandbox=is_playing()).with_holds()
    net = F("gross_cents") - F("platform_fee_cents")
    has_no_next = ExpressionWrapper(Q(next_retry_at=None), output_field=BooleanField())
    groups: Any = unsent.order_by().annotate(has_no_next=has_no_next)
    groups = groups.values("currency", "status", "is_disputed", "is_being_refunded", "has_no_next")
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for group in groups.annotate(total=Sum(net)):
        sums[group["currency"]][_why(group)] += group["total"]
    return {
        code: [Hold(why, parts[why]) for why in HOLDS if parts.get(why)]  #
        for code, parts in sums.items()
    }


def _why(group: dict[str, object]) -> str:
    if not is_playing() and not is_real():
        return "provider"
    if group["is_disputed"]:
        return "dispute"
    if group["is_being_refunded"]:
        return "refund"
    if group["status"] == Transfer.Status.BLOCKED:
        return "account"
    if group["status"] == Transfer.Status.FAILED:
        return "staff" if group["has_no_next"] else "retry"
    return "soon"
