"""Keys for programs: shown once, kept as a hash, scoped, revocable (veza.txt, "API Keys (DEV1)")."""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import ApiKey, SecurityEvent, User
from accounts.models.api_keys import KEY_PREFIX, SHOWN
from accounts.models.sessions import digest
from accounts.verbs.mails import queue_mail
from accounts.verbs.security import record
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import lookup_id

Scope, Type = ApiKey.Scope, SecurityEvent.Type
MOST_KEYS = 50
MOST_DAYS = 3650


@transaction.atomic
def create_key(*, user: User, name: str, scopes: Sequence[str], days: int | None = None) -> tuple[ApiKey, str]:
    """The row and the key itself, which is told this once. `days` is its life; None: until it is revoked."""
    scopes = _checked(user, scopes)
    if days is not None and not 0 < days <= MOST_DAYS:
        raise Invalid(details={"expires_in_days": [f"Between 1 and {MOST_DAYS}."]})
    User.objects.select_for_update().get(pk=user.pk)  # counted one at a time
    if ApiKey.objects.visible_to(user).live().count() >= MOST_KEYS:
        raise Conflict(f"At most {MOST_KEYS} keys at a time; revoke one first", code="too_many_keys")
    raw = KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=user,
        name=name.strip(),
        prefix=raw[:SHOWN],
        key_hash=digest(raw),
        scopes=scopes,
        expires_at=now() + dt.timedelta(days=days) if days else None,
    )
    record(Type.API_KEY_CREATED, user=user, details=f"{key.name} ({', '.join(scopes)})")
    queue_mail(template="account/api_key_created", to=user.email, user=user, name=key.name, scopes=scopes)
    return key, raw


@transaction.atomic
def revoke_key(*, user: User, key_id: Any) -> ApiKey:
    """The key is dead at once. One that was revoked before stays as it is."""
    key = ApiKey.objects.visible_to(user).filter(pk=lookup_id(key_id)).first()
    if key is None:
        raise NotFound("API key not found")
    if ApiKey.objects.filter(pk=key.pk).revoke():
        record(Type.API_KEY_REVOKED, user=user, details=key.name)
        key.refresh_from_db()
    return key


@transaction.atomic
def let_vouch(*, key: ApiKey, by: User) -> ApiKey:
    """Give a key the right to say who signs in (decisions.md §6): a super admin alone."""
    if by.role != User.Role.SUPER_ADMIN:
        raise Forbidden
    key.scopes = sorted({*key.scopes, Scope.VOUCH})
    key.save(update_fields=["scopes"])
    record(Type.API_KEY_CREATED, user=key.user, details=f"{key.name} may vouch for who signs in", severity="high")
    queue_mail(template="account/api_key_created", to=key.user.email, user=key.user, name=key.name, scopes=key.scopes)
    return key


def _checked(user: User, scopes: Sequence[str]) -> list[str]:
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(Scope.values):
        raise Invalid(details={"scopes": [f"Choose from: {', '.join(Scope.values)}."]})
    if Scope.VOUCH in wanted:
        raise Forbidden("Only staff can grant the scope oauth:assert")
    if Scope.ADMIN in wanted and not user.is_admin:
        raise Forbidden("Only administrators have keys with the scope admin")
    return wanted
