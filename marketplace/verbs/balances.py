"""What the provider says lies on a seller's account: asked now and then, kept for when it does not answer."""

import datetime as dt

from django.utils.timezone import now

from accounts.models import User
from config.errors import Unavailable
from marketplace.gateways.payouts import payouts
from marketplace.models import SellerAccount, Transfer


def read_balance(*, by: User, most_age: dt.timedelta = dt.timedelta(0)) -> bool:
    """Ask the provider and keep the answer, unless what is kept is younger than `most_age` and nothing was sent since.

    True: it does not answer, and what is kept is from before. Unavailable where nothing is kept. A seller who is not
    connected has nothing there that could be asked for. `queries.sellers.balances_of` reads what is kept.
    """
    row = SellerAccount.objects.filter(user=by, transfers_active=True).first()
    if row is None or row.provider_id is None:
        return False
    if row.balance_at and row.balance_at > now() - most_age and not _sent_since(row):
        return False
    try:
        told = payouts().balance(row.provider_id)
    except Unavailable:
        if row.balance_at is None:
            raise
        return True
    balance = {code: {"available": each.available_cents, "pending": each.pending_cents} for code, each in told.items()}
    SellerAccount.objects.filter(pk=row.pk, provider_id=row.provider_id).update(balance=balance, balance_at=now())
    return False


def _sent_since(row: SellerAccount) -> bool:
    sent = Transfer.objects.filter(seller=row.user_id, status__in=Transfer.SENT)
    return sent.filter(updated_at__gte=row.balance_at).exists()
