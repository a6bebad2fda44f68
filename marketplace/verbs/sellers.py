"""Becoming a seller who can be paid. `connected` is what the provider says when asked, not that somebody came back."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import User
from accounts.verbs.mails import queue_mail
from config.errors import NotFound, Unavailable
from marketplace.facts import SellerConnected, SellerDisconnected
from marketplace.gateways.payouts import PayoutAccount, Payouts, UnknownAccount, payouts
from marketplace.gateways.sandbox_payouts import ACCOUNT, account_of_link, finish_onboarding
from marketplace.models import Product, SellerAccount
from marketplace.verbs.payout_webhooks import receive_payout_webhook
from marketplace.verbs.transfers import unblock_transfers
from ontology.changes import publish

READ_EVERY = timedelta(hours=24)
"""How old may be what we know of an account; webhooks and visits make it fresher."""
READ_UNFINISHED_EVERY = timedelta(hours=1)
UNFINISHED_FOR = timedelta(days=30)
"""How long an account that was begun is looked after every hour."""


def start_onboarding(*, by: User) -> str:
    """An address where the seller connects their account. One account a seller however often this is called, and another
    one only where the provider does not know it any more.

    Unavailable while the provider is away.
    """
    row, _ = SellerAccount.objects.get_or_create(user=by, defaults={"default_currency": currency_of(by)})
    gateway = payouts()
    known = row.provider_id if row.provider_id and gateway.is_own(row.provider_id) else None
    try:
        return gateway.link(known or _open_account(by, gateway))
    except UnknownAccount:
        # An old key may have brought back one that is gone, too.
        gone = known or SellerAccount.objects.filter(user=by).values_list("provider_id", flat=True).get()
        return gateway.link(_open_account(by, gateway, gone=gone))


def _open_account(by: User, gateway: Payouts, *, gone: str | None = None) -> str:
    """`gone`: the one that this replaces. Its key would only bring it back, so the new one's is made of both."""
    try:
        account = gateway.account(key=f"acct-{by.pk}-{gone[-16:]}" if gone else f"acct-{by.pk}", email=by.email)
    except Unavailable:
        # The provider refuses a key that is in use; whoever uses it may be done by now.
        opened = SellerAccount.objects.filter(user=by).values_list("provider_id", flat=True).get()
        if opened and opened != gone and gateway.is_own(opened):
            return opened
        raise
    _keep(user_id=by.pk, account=account)
    return account.provider_id


def refresh_account(*, user_id: UUID) -> SellerAccount:
    """Re-read the account at the provider; Unavailable while it is away. A connected seller's transfers become due."""
    row = SellerAccount.objects.filter(user=user_id).exclude(provider_id=None).first()
    if row is None or row.provider_id is None:
        raise NotFound("This seller has not started to connect an account")
    gateway = payouts()
    if not gateway.is_own(row.provider_id):
        return _part(user_id=user_id)
    try:
        account = gateway.read_account(row.provider_id)
    except UnknownAccount:
        # Closed, or the platform's key is of another mode. Which one it was is kept: the right key may come back.
        account = PayoutAccount(provider_id=row.provider_id, transfers_active=False)
    return _keep(user_id=user_id, account=account)


def accounts_to_read(*, limit: int = 100) -> list[UUID]:
    """Users whose accounts were not read for a day, or for an hour while they are not finished, or are another provider's."""
    moment, sandboxes = now(), Q(provider_id__startswith=ACCOUNT)
    foreign = ~sandboxes if payouts().is_own(ACCOUNT) else sandboxes
    unfinished = Q(transfers_active=False, created_at__gt=moment - UNFINISHED_FOR)
    hourly = Q(unfinished, updated_at__lt=moment - READ_UNFINISHED_EVERY)
    due = SellerAccount.objects.exclude(provider_id=None).filter(
        foreign | hourly | Q(updated_at__lt=moment - READ_EVERY)
    )
    return list(due.order_by("updated_at").values_list("user_id", flat=True)[:limit])


def finish_sandbox_onboarding(*, token: str, by: User) -> SellerAccount:
    """The button on the sandbox's own page. NotFound for a link that is altered, old or another seller's."""
    body, signature = finish_onboarding(sandbox_account_of(token=token, by=by))
    receive_payout_webhook(body=body, signature=signature)
    return refresh_account(user_id=by.pk)


def sandbox_account_of(*, token: str, by: User) -> str:
    provider_id = account_of_link(token)
    theirs = SellerAccount.objects.filter(user=by, provider_id=provider_id)
    if provider_id is None or not payouts().is_own(provider_id) or not theirs.exists():
        raise NotFound("This link is no longer valid. Start again from your studio.")
    return provider_id


@transaction.atomic
def _keep(*, user_id: UUID, account: PayoutAccount) -> SellerAccount:
    row = SellerAccount.objects.select_for_update().get(user=user_id)
    was_active, row.transfers_active = row.transfers_active, account.transfers_active
    if row.provider_id != account.provider_id:
        row.balance, row.balance_at = {}, None
    row.provider_id, row.requirements_due = account.provider_id, list(account.requirements_due)
    row.connected_at = row.connected_at or (now() if row.transfers_active else None)
    row.save()
    _tell(row, was_active=was_active)
    return row


@transaction.atomic
def _part(*, user_id: UUID) -> SellerAccount:
    """The account is another provider's, from before the settings named this one: the seller starts anew."""
    row = SellerAccount.objects.select_for_update().get(user=user_id)
    was_active, row.transfers_active = row.transfers_active, False
    row.provider_id, row.requirements_due, row.balance, row.balance_at = None, [], {}, None
    row.save()
    _tell(row, was_active=was_active)
    return row


def _tell(row: SellerAccount, *, was_active: bool) -> None:
    """What waited goes out, and the seller hears of it; or they hear that nothing can be sent any more."""
    if row.transfers_active == was_active:
        return
    if row.transfers_active:
        unblock_transfers(seller_id=row.user_id)
        publish(SellerConnected(seller_id=row.user_id))
    else:
        publish(SellerDisconnected(seller_id=row.user_id))
    if row.user.is_active:
        queue_mail(
            template="store/seller_connected" if row.transfers_active else "store/seller_disconnected",
            to=row.user.email,
            user=row.user,
            name=row.user.display_name,
            path="/studio/payouts/",
        )


def currency_of(user: User) -> str:
    """What they sell in, as far as can be told."""
    return Product.objects.filter(seller=user).values_list("currency", flat=True).first() or "EUR"
