"""Showing once more that it is you, before something that could lock the owner out (ASVS 7.5.1)."""

from django.contrib.auth.hashers import check_password as matches
from django.utils.timezone import now

from accounts.models import Session, User
from accounts.verbs import wrong_tries
from accounts.verbs.two_factor import check_second_factor
from config.errors import Forbidden, Unauthenticated

SENTENCE = "Please sign in again, or give your password, before you change this"


def require_fresh(*, session: Session | None, user: User, password: str | None = None, code: str | None = None) -> None:
    """Pass who signed in within ten minutes, or gives the password or a code of the second factor now.

    Raises Forbidden `session_not_fresh` without a proof, Unauthenticated `auth_failed` for a wrong one.
    """
    if password is None and code is None:
        if session is None or not session.is_fresh:
            raise Forbidden(SENTENCE, code="session_not_fresh")
        return
    if password is not None:
        wrong_tries.take_a_try(user)
        if not (user.has_usable_password() and matches(password, user.password)):
            raise Unauthenticated("Invalid password", code="auth_failed")
        wrong_tries.forgive(user)
    elif code is not None:
        check_second_factor(user=user, code=code)
    if session is not None:
        Session.objects.filter(pk=session.pk).update(proven_at=now())
