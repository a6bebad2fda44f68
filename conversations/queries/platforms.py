"""The accounts that clients write to, and whom they belong to."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from config.errors import NotFound
from config.ids import lookup_id
from conversations.models import InboxSettings, PlatformAccount


def default_owner() -> User | None:
    """Who gets what comes to accounts that nobody has connected: as set, else the first active super admin, else nobody."""
    chosen = InboxSettings.objects.select_related("default_owner").first()
    if chosen and chosen.default_owner and chosen.default_owner.is_active:
        return chosen.default_owner
    highest = User.objects.filter(Q(is_superuser=True) | Q(role=User.Role.SUPER_ADMIN), is_active=True)
    return highest.order_by("created_at", "id").first()


def owner_for(account: PlatformAccount) -> User | None:
    """Whose a new conversation of this account is."""
    owner = None if account.is_unclaimed else account.owner
    return owner if owner and owner.is_active else default_owner()


def accounts_of(user: Any) -> QuerySet[PlatformAccount]:
    """Their own accounts that they connected; what was disconnected too, as its history is theirs."""
    return PlatformAccount.objects.filter(owner=user.pk)


def seen_account(account_id: Any, *, by: Any) -> PlatformAccount:
    account = PlatformAccount.objects.visible_to(by).select_related("owner").filter(pk=lookup_id(account_id)).first()
    if account is None:
        raise NotFound("Account not found")
    return account
