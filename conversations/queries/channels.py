"""The accounts on a person's channels page."""

from typing import Any

from django.db.models import Count, QuerySet

from conversations.models import PlatformAccount

MOST_ACCOUNTS = 200


def accounts_shown(*, by: Any) -> "QuerySet[PlatformAccount]":
    """Theirs, and for staff everybody's: with `thread_count`, how many conversations each has."""
    rows = PlatformAccount.objects.visible_to(by).select_related("owner").annotate(thread_count=Count("threads"))
    return rows.order_by("platform", "name", "id")[:MOST_ACCOUNTS]
