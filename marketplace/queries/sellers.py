from dataclasses import dataclass

from accounts.models import User
from marketplace.models import SellerAccount
from marketplace.queries.ledger import owed_to, sent_to


@dataclass(frozen=True, slots=True)
class Balance:
    """Minor units. `available` lies on the seller's own account; `pending` is on its way to it."""

    connected: bool
    currency: str
    available: int
    pending: int


def balances_of(user: User) -> list[Balance]:
    """One balance a currency, the seller's own currency first. Money waits in the ledger whether connected or not."""
    account = SellerAccount.objects.filter(user=user).first()
    own = account.default_currency if account else "EUR"
    connected = bool(account and account.transfers_active)
    sent, owed = sent_to(user.pk), owed_to(user.pk)
    currencies = sorted({own, *sent, *owed}, key=lambda code: (code != own, code))
    return [Balance(connected, code, sent.get(code, 0), max(owed.get(code, 0), 0)) for code in currencies]
