"""The platform speaking to all. Document veza.txt, "Announcements"; when one begins and ends is ours."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from accounts.verbs.audit import keep_change
from config.errors import Forbidden, Invalid, NotFound
from config.ids import lookup_id
from config.moments import iso
from conversations.facts import AnnouncementMade, AnnouncementWithdrawn
from conversations.models import Announcement
from conversations.models.announcements import LONGEST_ANNOUNCED_TITLE, LONGEST_ANNOUNCEMENT
from conversations.queries.announcements import forget_announcements
from ontology.changes import publish
from ontology.models import EntityType, EventType, Status
from ontology.verbs.memory import forget, know, log

MOST_STANDING = 500
BEGINNING = 500


@transaction.atomic
def announce(
    *,
    title: str,
    content: str,
    by: User,
    type: str = Announcement.Tone.INFO,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
) -> Announcement:
    """Shown on every page from `starts_at` (now, where that is None) to `ends_at` (until it is withdrawn)."""
    check_administrator(by)
    begins = starts_at or now()
    check_announcement(title=title, content=content, type=type, begins=begins, ends_at=ends_at)
    row = Announcement.objects.create(
        title=" ".join(title.split()),
        content=content.replace("\r\n", "\n").strip(),
        type=type,
        starts_at=begins,
        ends_at=ends_at,
        made_by=by,
    )
    remember(row)
    keep_change(action="announcement made", resource=row.pk, user_id=by.pk)
    tell_of(announcement_id=row.pk)
    transaction.on_commit(forget_announcements)
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw(*, announcement_id: Any, by: User) -> Announcement:
    """Nobody sees it any more, those who have a page open included."""
    check_administrator(by)
    rows = Announcement.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=lookup_id(announcement_id)).first()
    if row is None:
        raise NotFound("Announcement not found")
    row.withdrawn_at = now()
    row.save(update_fields=["withdrawn_at"])
    log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=row.pk, metadata={"what": "announcement_withdrawn"})
    forget(id=row.pk)
    keep_change(action="announcement withdrawn", resource=row.pk, user_id=by.pk)
    publish(AnnouncementWithdrawn(announcement_id=row.pk))
    transaction.on_commit(forget_announcements)
    return row


@transaction.atomic
def tell_of(*, announcement_id: UUID) -> bool:
    """Tell those who have a page open, once it is shown; whether that was done now."""
    moment = now()
    if not Announcement.objects.due(moment).filter(pk=announcement_id).update(told_at=moment):
        return False  # it is for later, was told, or is gone
    row = Announcement.objects.get(pk=announcement_id)
    remember(row)
    if row.made_by_id is not None:
        about = {"what": "announced"}
        log(type=EventType.CONTENT_UPLOADED, actor_id=row.made_by_id, target_id=row.pk, metadata=about)
    publish(
        AnnouncementMade(
            announcement_id=row.pk,
            title=row.title,
            content=row.content,
            type=row.type,
            starts_at=iso(row.starts_at),
            ends_at=iso(row.ends_at) if row.ends_at else None,
        )
    )
    return True


def announcements_due() -> list[UUID]:
    """Those whose moment has come, the oldest first."""
    return list(Announcement.objects.due(now()).order_by("starts_at").values_list("pk", flat=True)[:100])


def check_administrator(by: Any) -> None:
    if not by.is_admin:
        raise Forbidden("Only administrators may do this")


def check_announcement(
    *, title: str, content: str, type: str, begins: dt.datetime, ends_at: dt.datetime | None
) -> None:
    """Invalid with all that is wrong."""
    faults = {
        "title": text_fault(title, LONGEST_ANNOUNCED_TITLE),
        "content": text_fault(content, LONGEST_ANNOUNCEMENT),
        "type": "" if type in Announcement.Tone.values else "Must be info, warning or error.",
        "ends_at": "" if ends_at is None or ends_at > max(begins, now()) else "Must be after it begins, and to come.",
    }
    if wrong := {name: [sentence] for name, sentence in faults.items() if sentence}:
        name, sentences = next(iter(wrong.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=wrong)
    if Announcement.objects.standing().count() >= MOST_STANDING:
        raise Invalid(f"There are {MOST_STANDING} announcements; delete one first", code="too_many_announcements")


def text_fault(text: str, most: int) -> str:
    if not text.strip() or "\0" in text:
        return "Write something first."
    return "" if len(text) <= most else f"Must be at most {most} characters."


def remember(row: Announcement) -> None:
    """Until it is shown it is a draft, which other people do not find."""
    know(
        id=row.pk,
        type=EntityType.ANNOUNCEMENT,
        name=row.title,
        owner_id=row.made_by_id,
        status=Status.DRAFT if row.told_at is None else Status.PUBLISHED,
        properties={"kind": row.type, "text": row.content[:BEGINNING]},
    )
