"""Accounts of providers (GitHub, Google) that sign in here. allauth keeps the rows and connects; taking one away is ours."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.gateways.providers import NAMES
from accounts.models import Passkey, SecurityEvent, User
from accounts.verbs.security import record
from config.errors import Conflict, NotFound

LAST = "This is your only way to sign in. Set a password or add a passkey first."


def accounts_of(user: User) -> list[SocialAccount]:
    return list(SocialAccount.objects.filter(user=user.pk).order_by("provider", "pk"))


def is_last_way_in(user: User) -> bool:
    """Whether taking away one provider's account would leave nothing to sign in with."""
    if user.has_usable_password() or Passkey.objects.visible_to(user).filter(confirmed=True).exists():
        return False
    return SocialAccount.objects.filter(user=user.pk).count() <= 1


@transaction.atomic
def disconnect(*, user: User, account_id: Any) -> None:
    """It signs nobody in here any more. Conflict `last_way_in` where nothing else would. Whoever calls this has asked for a proof."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).order_by().values_list("pk"))
    account = next((account for account in accounts_of(user) if account.pk == account_id), None)
    if account is None:
        raise NotFound("No such account is connected")
    if is_last_way_in(user):
        raise Conflict(LAST, code="last_way_in")
    account.delete()
    record(SecurityEvent.Type.ACCOUNT_DISCONNECTED, user=user, details=NAMES.get(account.provider, account.provider))
