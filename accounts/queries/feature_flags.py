"""Which parts of the house are switched on. Any code may ask; the answer is kept in the process for some seconds."""

import time
from typing import Any, NamedTuple

from accounts.models import FeatureFlag
from config.errors import Forbidden

LOOK_AGAIN_SECONDS = 5.0


class Switch(NamedTuple):
    enabled: bool
    for_staff: bool


OFF = Switch(enabled=False, for_staff=False)
_known: tuple[float, dict[str, Switch]] = (float("-inf"), {})


def is_enabled(name: str, user: Any = None) -> bool:
    """Whether it is on, for `user` where one is named. A flag that nobody has made is off."""
    switch = _switches().get(name, OFF)
    return switch.enabled or (switch.for_staff and user is not None and user.is_staff)


def flags_for_staff(*, by: Any) -> list[FeatureFlag]:
    """All of them by name, for administrators."""
    if not by.is_admin:
        raise Forbidden("Only administrators may do this")
    return list(FeatureFlag.objects.all())


def forget_flags() -> None:
    """Ask the database at the next question: this process has switched one."""
    global _known
    _known = (float("-inf"), {})


def _switches() -> dict[str, Switch]:
    """All at once: they are few, and one question answers for every flag."""
    global _known
    asked_at, switches = _known
    if time.monotonic() - asked_at >= LOOK_AGAIN_SECONDS:
        rows = FeatureFlag.objects.values_list("name", "enabled", "for_staff")
        switches = {name: Switch(enabled, for_staff) for name, enabled, for_staff in rows}
        _known = (time.monotonic(), switches)
    return switches
