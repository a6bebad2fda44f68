"""What a thread needs of its messages: whose they are, where a day begins, who goes on talking."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.utils import timezone

from conversations.queries.messages import sender_name

PAUSE = dt.timedelta(minutes=10)


def said(rows: list[dict[str, Any]], *, reader_id: UUID, seen_seq: int) -> list[dict[str, Any]]:
    """For pieces/thread.html, oldest first. `seen_seq`: how far the others have read; the last own one they saw says so."""
    shown: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in rows:
        day = timezone.localtime(row["sent_at"]).date()
        is_new_day = before is None or day != timezone.localtime(before["sent_at"]).date()
        shown.append(
            {
                "id": row["id"],
                "by_id": row["sender_id"] or row["role"],
                "by": sender_name(row) or row["role"].title(),
                "text": row["content"],
                "at": row["sent_at"],
                "own": row["sender_id"] == reader_id,
                "follows": not is_new_day and before is not None and goes_on(before, row),
                "day": row["sent_at"] if is_new_day else None,
                "seq": row["seq"],
                "report_url": report_url(row) if row["sender_id"] != reader_id else "",
            }
        )
        before = row
    own = [one for one in shown if one["own"]]
    if own and own[-1]["seq"] <= seen_seq:
        own[-1]["note"] = "Seen"
    return shown


def report_url(row: dict[str, Any]) -> str:
    """Where people's words are reported; what engines and clients say is nobody's here."""
    return f"/report/?type=message&id={row['id']}" if row["role"] == "user" and row["sender_id"] else ""


def goes_on(before: dict[str, Any], row: dict[str, Any]) -> bool:
    return row["sender_id"] == before["sender_id"] and row["sent_at"] - before["sent_at"] < PAUSE
