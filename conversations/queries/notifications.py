"""What the platform said to somebody, newest first."""

from typing import Any

from config.paging import Page, keyset, page_of
from conversations.models import Notification

ROW = ("id", "kind", "title", "text", "url", "created_at", "read_at")
MOST_COUNTED = 100


def notifications(*, by: Any, cursor: str | None, limit: int) -> Page:
    rows = Notification.objects.visible_to(by).values(*ROW)
    return page_of(keyset(rows, cursor=cursor, limit=limit), limit=limit)


def unread_notifications(*, by: Any) -> int:
    """How many are news, MOST_COUNTED at most."""
    return len(Notification.objects.visible_to(by).unread().order_by().values_list("pk")[:MOST_COUNTED])
