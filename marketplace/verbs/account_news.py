"""What the payout provider says of a seller's account: only that it changed. What it is now is read by a job."""

from marketplace.facts import SellerAccountChanged
from marketplace.gateways.payouts import PayoutNews
from marketplace.models import SellerAccount
from ontology.changes import publish

OF_AN_ACCOUNT = ("account.updated", "capability.updated", "account.external_account.", "v2.core.account")
"""How the names of such events begin: v1's, and the thin ones of v2."""


def is_of_an_account(news: PayoutNews) -> bool:
    return news.name.startswith(OF_AN_ACCOUNT)


def apply_account_news(news: PayoutNews) -> SellerAccount | None:
    """Have the account read again, in the caller's transaction. None: it is no seller's of ours."""
    account = SellerAccount.objects.filter(provider_id=news.account_id).first() if news.account_id else None
    if account is not None:
        publish(SellerAccountChanged(seller_id=account.user_id))
    return account
