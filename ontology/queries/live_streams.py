"""Live streams as people see them, newest first, cut by a keyset cursor."""

from typing import Any

from django.conf import settings

from config.errors import NotFound
from config.ids import lookup_id
from config.paging import Page, keyset, page_of
from ontology.models import LiveStream
from ontology.queries.people import fields_at, person_at

ROW = ("id", "owner_id", *fields_at("owner__"), "title", "description", "category", "tags", "status", "is_live",
       "started_at", "ended_at", "recording_id", "created_at", "updated_at")  # fmt: skip


def streams(*, user: Any, is_live: bool | None = None, cursor: str | None, limit: int) -> Page:
    """What is announced: on air, off air (`is_live` False) or both. Drafts are nowhere in it."""
    rows = LiveStream.objects.visible_to(user).exclude(status=LiveStream.Status.DRAFT)
    if is_live is not None:
        rows = rows.filter(is_live=is_live)
    return cut(rows, cursor=cursor, limit=limit)


def streams_of(*, user: Any, cursor: str | None, limit: int) -> Page:
    """One's own, drafts too, with `key_version`."""
    rows = LiveStream.objects.filter(owner=user.pk, deleted_at=None)
    return cut(rows, "key_version", cursor=cursor, limit=limit)


def stream(stream_id: object, *, user: Any) -> dict[str, Any]:
    """One of them. NotFound where there is none that `user` may see."""
    row = LiveStream.objects.visible_to(user).filter(pk=lookup_id(stream_id)).values(*ROW).first()
    if row is None:
        raise NotFound("Stream not found")
    return completed(row)


def cut(rows: Any, *more: str, cursor: str | None, limit: int) -> Page:
    page = page_of(keyset(rows.values(*ROW, *more), cursor=cursor, limit=limit), limit=limit)
    return Page([completed(row) for row in page.items], page.next_cursor)


def completed(row: dict[str, Any]) -> dict[str, Any]:
    """With `owner`, and where it plays: `playback_url` (HLS) where it is on air and its server offers that, `rtmp_url` always.

    `ended_at` of one on air is None: the row keeps its last broadcast's. `viewer_count` is None, which says that nobody
    knows: browsers watch over HLS, of which neither nginx-rtmp nor MediaMTX calls any hook, and the hooks for players of
    RTMP carry no proof, so that anybody might count themselves in a thousand times.
    """
    base = settings.LIVE_HLS_URL
    return {
        **row,
        "ended_at": None if row["is_live"] else row["ended_at"],
        "viewer_count": None,
        "owner": person_at(row, "owner__", id=row["owner_id"]),
        "playback_url": f"{base}/{row['id']}.m3u8" if base and row["is_live"] else None,
        "rtmp_url": f"{settings.RTMP_URL}/{row['id']}",
    }
