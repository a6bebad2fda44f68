"""What the platform says to all now. Asked by every page, so the rows are kept for some seconds."""

import datetime as dt
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils.timezone import now

from config.errors import Forbidden
from config.paging import Window
from conversations.models import Announcement

KEY = "announcements"
LOOK_AGAIN_SECONDS = 10
MOST_SHOWN = 20


def active_announcements() -> list[Announcement]:
    """Those that are shown at this moment, the newest first, MOST_SHOWN at most. To the second, though the rows are kept."""
    rows = cache.get(KEY)
    if rows is None:
        rows = _near(now())
        cache.set(KEY, rows, LOOK_AGAIN_SECONDS)
    moment = now()
    return [row for row in rows if row.is_active_at(moment)][:MOST_SHOWN]


def forget_announcements() -> None:
    cache.delete(KEY)


def announcements_for_staff(*, by: Any, window: Window) -> tuple[list[Announcement], int]:
    """All that stand, the newest first, with how many there are."""
    if not by.is_admin:
        raise Forbidden("Only administrators may do this")
    rows = Announcement.objects.visible_to(by)
    return list(rows[window.offset : window.offset + window.limit]), rows.count()


def _near(moment: dt.datetime) -> list[Announcement]:
    """Shown now, or before they are asked for again."""
    soon = moment + dt.timedelta(seconds=LOOK_AGAIN_SECONDS)
    shown = Announcement.objects.standing().filter(Q(ends_at=None) | Q(ends_at__gt=moment), starts_at__lte=soon)
    return list(shown.order_by("-starts_at", "-id")[: 2 * MOST_SHOWN])
