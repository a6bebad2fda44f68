"""Passwords: forgotten, changed, set for the first time. Each change ends every other session in every style (auth_hash)."""

from django.contrib.auth.hashers import check_password as matches
from django.db import transaction

from accounts.models import EmailToken, SecurityEvent, Session, User
from accounts.queries.validation import password_faults, refuse_malformed
from accounts.verbs import wrong_tries
from accounts.verbs.email_tokens import check, find, spend, void
from accounts.verbs.mails import queue_mail, trusted_base
from accounts.verbs.security import record
from accounts.verbs.sessions import end_sessions, restamp
from accounts.verbs.verification import claim_address, drop_unproven
from config.errors import Conflict, Invalid, Unauthenticated

Purpose, Type = EmailToken.Purpose, SecurityEvent.Type
LINKS = (Purpose.RESET, Purpose.MAGIC)
"""Links that a new password makes void."""


def request_reset(*, email: str, base: str | None = None) -> None:
    """Queue a mail to this address, whoever it belongs to; the job that writes it finds out. Nothing tells who exists."""
    refuse_malformed(email)
    queue_mail(template="account/reset", to=email.strip().lower(), base=trusted_base(base) if base else None)


def is_reset_token(*, token: str) -> bool:
    """Whether it could be spent now; asking spends nothing."""
    return find(Purpose.RESET, token) is not None


def reset_password(*, token: str, password: str, field: str = "password") -> User:
    """A new password by the link of a mail. Every session ends; a second factor stays on, unless it is older than the
    knowledge whose the address is (`drop_unproven`).

    Whoever opened the link reads the mail of that address, so the address is confirmed with it; where it was not before,
    what was set up until now counts for nothing (`claim_address`). `field` is what a weak password is called in the refusal.
    """
    row = check(Purpose.RESET, token)
    user = row.user
    _refuse_weak(password, user, field=field)
    with transaction.atomic():
        spend(row)
        has_dropped = claim_address(user) or drop_unproven(user)
        _store(user, password)
        end_sessions(sessions=Session.objects.visible_to(user), reason="password-reset")
        record(Type.PASSWORD_RESET, user=user)
        queue_mail(template="account/password_reset_done", to=user.email, user=user, has_dropped=has_dropped)
    return user


def change_password(*, user: User, session: Session | None, current: str, new: str) -> None:
    """A new password by who knows the old one. `session` goes on; every other one ends."""
    wrong_tries.take_a_try(user)
    if not (user.has_usable_password() and matches(current, user.password)):
        raise Unauthenticated("The current password is not right", code="auth_failed")
    wrong_tries.forgive(user)
    _refuse_weak(new, user, field="new_password")
    _change(user, session, new)


def set_first_password(*, user: User, session: Session | None, new: str) -> None:
    """A password for an account that had none (it came from a provider). Whoever calls this has asked for a proof."""
    if user.has_usable_password():
        raise Conflict("This account has a password already", code="has_password")
    _refuse_weak(new, user, field="new_password")
    _change(user, session, new)


@transaction.atomic
def _change(user: User, session: Session | None, new: str) -> None:
    _store(user, new)
    if session is not None:
        restamp(session_id=session.pk, user=user)
    others = Session.objects.visible_to(user)
    end_sessions(sessions=others.exclude(pk=session.pk) if session else others, reason="password-changed")
    record(Type.PASSWORD_CHANGED, user=user)
    queue_mail(template="account/password_changed", to=user.email, user=user)


def _store(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    void(user, *LINKS)


def _refuse_weak(password: str, user: User, *, field: str) -> None:
    if sentences := password_faults(password, user):
        raise Invalid(sentences[0], details={field: sentences})
