"""Reporting somebody or something to the house. Document veza.txt, "Moderation"."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid, Throttled
from council.facts import ReportFiled
from council.models import Report
from council.models.reports import LONGEST_REASON
from council.queries.reports import reportable
from ontology.changes import publish

AN_HOUR = dt.timedelta(hours=1)
MOST_AN_HOUR = 20


@transaction.atomic
def file_report(*, content_type: str, content_id: Any, reason: str, by: User) -> Report:
    """Once for each person and thing while nobody has decided. NotFound for what they do not see."""
    words = checked_reason(reason)
    if content_type not in Report.Content.values:
        raise Invalid(details={"content_type": [f"One of: {', '.join(Report.Content.values)}."]})
    thing = reportable(content_type=content_type, content_id=content_id, by=by)
    if thing.owner_id == by.pk:
        raise Invalid("This is yours; report what others do", code="own_content")
    if Report.objects.filter(reporter=by, created_at__gt=now() - AN_HOUR).count() >= MOST_AN_HOUR:
        raise Throttled("You have reported a lot within an hour. Please go on later.", retry_after=3600)
    report, is_new = Report.objects.get_or_create(
        reporter=by,
        content_type=content_type,
        content_id=thing.id,
        status=Report.Status.PENDING,
        defaults={
            "subject_id": thing.owner_id,
            "title": thing.title,
            "seen": thing.seen,
            "place": thing.place,
            "reason": words,
        },
    )
    if not is_new:
        raise Conflict("You have reported this already; we are looking at it", code="already_reported")
    publish(ReportFiled(report_id=report.pk, content_type=report.content_type, content_id=report.content_id))
    return report


def checked_reason(reason: str) -> str:
    words = reason.replace("\r\n", "\n").strip()
    if not words or "\0" in words:
        raise Invalid("Say what is wrong", details={"reason": ["This field may not be blank."]})
    if len(words) > LONGEST_REASON:
        fault = f"Must be at most {LONGEST_REASON} characters."
        raise Invalid(f"reason: {fault}", details={"reason": [fault]})
    return words


def forget_what_was_seen(*, user_id: UUID) -> None:
    """Somebody leaves for good: what others saw of them goes; that they reported it, and what was decided, stays."""
    Report.objects.filter(subject=user_id).update(subject=None, title="", seen="", note="")
