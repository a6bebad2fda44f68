"""What happened around accounts' security: one's own history, and everything for administrators."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.timezone import now

from accounts.models import SecurityEvent
from config.errors import Invalid
from config.paging import Page, keyset, page_of

MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class EventStats:
    """How many there are. Document convex.txt names SecurityStats without its fields; these are ours."""

    total: int
    by_type: dict[str, int]
    by_severity: dict[str, int]
    last_24_hours: int
    last_7_days: int


def security_events(
    *, by: Any, type: str | None = None, severity: str | None = None, limit: int = MOST_EVENTS
) -> list[SecurityEvent]:
    """The newest events that `by` may see, at most 100. Document convex.txt, security.getSecurityEvents."""
    if severity is not None and severity not in SecurityEvent.Severity.values:
        raise Invalid(details={"severity": [f"One of: {', '.join(SecurityEvent.Severity.values)}."]})
    wanted = {key: value for key, value in (("type", type), ("severity", severity)) if value is not None}
    return list(SecurityEvent.objects.visible_to(by).filter(**wanted)[: min(limit, MOST_EVENTS)])


def event_stats(*, by: Any) -> EventStats:
    """Document convex.txt, security.getEventStats."""
    rows = SecurityEvent.objects.visible_to(by).order_by()
    kinds = list(rows.values("type", "severity").annotate(count=Count("pk")))
    recent = rows.aggregate(
        day=Count("pk", filter=Q(at__gt=now() - dt.timedelta(days=1))),
        week=Count("pk", filter=Q(at__gt=now() - dt.timedelta(days=7))),
    )
    by_type: dict[str, int] = {}
    by_severity: dict[str, int] = dict.fromkeys(SecurityEvent.Severity.values, 0)
    for kind in kinds:
        by_type[kind["type"]] = by_type.get(kind["type"], 0) + kind["count"]
        by_severity[kind["severity"]] += kind["count"]
    return EventStats(sum(by_type.values()), by_type, by_severity, recent["day"], recent["week"])


def security_history(*, user: Any, cursor: str | None = None, limit: int = 20) -> Page:
    """One's own history, newest first, administrators' too."""
    rows = SecurityEvent.objects.filter(user=user.pk)
    return page_of(keyset(rows, cursor=cursor, limit=limit, by="at"), limit=limit, by="at")
