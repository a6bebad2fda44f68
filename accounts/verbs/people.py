"""Switching an account off and on again: the house's own decision, which nothing but another one undoes."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import ApiKey, Departure, SecurityEvent, Session, User
from accounts.verbs.mails import queue_mail
from accounts.verbs.security import record
from accounts.verbs.sessions import end_sessions
from accounts.verbs.staff import check_may_decide, check_one_stays, lock_for


@transaction.atomic
def switch_off(*, user_id: Any, by: User) -> User:
    """Nobody signs in to it any more; its sessions, sockets and API keys are dead at once and stay so."""
    user, by = lock_for(user_id, by)
    check_may_decide(user=user, by=by)
    check_one_stays(user, role=User.Role.NONE)
    if user.is_active:
        _set_active(user, False)
        end_sessions(sessions=Session.objects.visible_to(user), reason="switched-off")
        ApiKey.objects.visible_to(user).revoke()
        record(SecurityEvent.Type.SWITCHED_OFF, user=user, context=str(by.pk))
        queue_mail(template="account/account_switched_off", to=user.email, user=user)
    return user


@transaction.atomic
def switch_on(*, user_id: Any, by: User) -> User:
    """It may be signed in to again; nothing that was open then comes back. A removal that was under way is called off."""
    user, by = lock_for(user_id, by)
    check_may_decide(user=user, by=by)
    if not user.is_active:
        _set_active(user, True)
        Departure.objects.open().filter(user=user).update(cancelled_at=now())
        record(SecurityEvent.Type.SWITCHED_ON, user=user, context=str(by.pk))
    return user


def _set_active(user: User, is_active: bool) -> None:
    user.is_active = is_active
    user.save(update_fields=["is_active", "updated_at"])
