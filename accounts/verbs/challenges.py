"""The second factor, given later: a session that was opened without it becomes a verified one."""

from typing import Any

from django.utils.timezone import now

from accounts.models import Session, User
from accounts.verbs.two_factor import check_second_factor


def pass_challenge(*, user: User, session: Session, code: str) -> Any:
    """The device that took the code; `session` stands on it from now on. Raises what `check_second_factor` raises."""
    device = check_second_factor(user=user, code=code)
    Session.objects.filter(pk=session.pk, user=user.pk).update(otp_device=device.persistent_id, proven_at=now())
    return device
