"""Becoming a seller who can be paid. `connected` is what the provider says when asked, not that somebody came back."""

from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import NotFound
from marketplace.facts import SellerConnected
from marketplace.gateways.payouts import PayoutAccount, payouts
from marketplace.gateways.sandbox_payouts import account_of_link, finish_onboarding
from marketplace.models import Product, SellerAccount
from marketplace.verbs.transfers import unblock_transfers
from ontology.changes import publish


def start_onboarding(*, by: User) -> str:
    """An address where the seller connects their account. One account a seller however often this is called."""
    SellerAccount.objects.get_or_create(user=by, defaults={"default_currency": _currency_of(by)})
    gateway = payouts()
    account = gateway.account(key=f"acct-{by.pk}", email=by.email)
    _keep(user_id=by.pk, account=account)
    return gateway.link(account.provider_id)


def refresh_account(*, user_id: UUID) -> SellerAccount:
    """Re-read the account at the provider; Unavailable while it is away. A connected seller's transfers become due."""
    row = SellerAccount.objects.filter(user=user_id).exclude(provider_id=None).first()
    if row is None or row.provider_id is None:
        raise NotFound("This seller has not started to connect an account")
    return _keep(user_id=user_id, account=payouts().read_account(row.provider_id))


def finish_sandbox_onboarding(*, token: str, by: User) -> SellerAccount:
    """The button on the sandbox's own page. NotFound for a link that is altered, old or another seller's."""
    provider_id = sandbox_account_of(token=token, by=by)
    finish_onboarding(provider_id)
    return refresh_account(user_id=by.pk)


def sandbox_account_of(*, token: str, by: User) -> str:
    provider_id = account_of_link(token)
    if provider_id is None or not SellerAccount.objects.filter(user=by, provider_id=provider_id).exists():
        raise NotFound("This link is no longer valid. Start again from your studio.")
    return provider_id


@transaction.atomic
def _keep(*, user_id: UUID, account: PayoutAccount) -> SellerAccount:
    row = SellerAccount.objects.select_for_update().get(user=user_id)
    is_new = account.transfers_active and not row.transfers_active
    row.provider_id, row.transfers_active = account.provider_id, account.transfers_active
    row.connected_at = row.connected_at or (now() if is_new else None)
    row.save()
    if is_new:
        unblock_transfers(seller_id=user_id)
        publish(SellerConnected(seller_id=user_id))
    return row


def _currency_of(user: User) -> str:
    """What they sell in, as far as can be told."""
    return Product.objects.filter(seller=user).values_list("currency", flat=True).first() or "EUR"
