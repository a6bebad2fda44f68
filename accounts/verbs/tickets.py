"""Slips of paper that a caller holds between two steps: a random value, of which the cache keeps a hash and what it stands for.

A slip counts once. A ticket is the slip between the password and the second factor (auth-design.md §3): ten minutes, five
tries, and no session before it is redeemed.
"""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now

from accounts.models import User
from accounts.models.sessions import digest
from accounts.verbs.sessions import SignedIn, new_token
from accounts.verbs.two_factor import check_second_factor
from config.errors import Unauthenticated

TICKET = "two-factor"
TICKET_SECONDS = 10 * 60
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Who finished signing in, with which second factor, and whether the browser is to remember it."""

    signed_in: SignedIn
    remember: bool


def keep(kind: str, value: Any, seconds: int) -> str:
    """Put `value` (plain data) away for `seconds`; the slip that takes it out again."""
    slip = new_token()
    cache.set(_key(kind, slip), (value, now().timestamp() + seconds), seconds)
    return slip


def take(kind: str, slip: str | None) -> Any:
    """What the slip stands for, once: of two callers at the same time one gets it. None for no slip that counts."""
    if not slip:
        return None
    key = _key(kind, slip)
    value = _read(key)
    return value if value is not None and cache.delete(key) else None


def issue_ticket(*, user: User, remember: bool = True) -> str:
    """For somebody who has given the right password and not yet the code. A new password makes it void."""
    kept = {"user": str(user.pk), "auth_hash": user.get_session_auth_hash(), "remember": remember}
    return keep(TICKET, kept, TICKET_SECONDS)


def redeem_ticket(*, ticket: str | None, code: str) -> Redeemed:
    """Finish the sign-in with a code of the app or a backup code; a right one uses the ticket up.

    Unauthenticated `invalid_two_factor_cookie` where there is no ticket any more, `invalid_code` for a wrong code;
    Throttled where the account itself is locked. Never called in a transaction: a wrong code is counted.
    """
    key = _key(TICKET, ticket or "")
    kept = _read(key)
    user = _holder(kept)
    if kept is None or user is None or _tries(key) > MOST_TRIES:
        cache.delete(key)
        raise _void()
    device = check_second_factor(user=user, code=code)
    if not cache.delete(key):
        raise _void()  # the same ticket was redeemed a moment ago
    return Redeemed(SignedIn(user, device), kept["remember"])


def _read(key: str) -> Any:
    """The cache forgets in its own time; until when it counts is written beside it."""
    value, until = cache.get(key) or (None, 0)
    return value if until > now().timestamp() else None


def _holder(kept: Any) -> User | None:
    user = User.objects.filter(pk=kept["user"], is_active=True).first() if kept else None
    return user if user and constant_time_compare(kept["auth_hash"], user.get_session_auth_hash()) else None


def _tries(key: str) -> int:
    """How often it was tried, this time included."""
    cache.add(f"{key}:tries", 0, TICKET_SECONDS)
    try:
        return int(cache.incr(f"{key}:tries"))
    except ValueError:  # the ticket and its count ended between the two calls
        return MOST_TRIES + 1


def _key(kind: str, slip: str) -> str:
    return f"slip:{kind}:{digest(slip)}"


def _void() -> Unauthenticated:
    return Unauthenticated("Please sign in again: this sign-in has expired", code="invalid_two_factor_cookie")
