"""Files as their owners ask for them: the list, how much of the quota is used, the links of one."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import now

from config.paging import Page, keyset, page_of
from ontology.models import CloudFile, FileVersion, ShareLink

SHOWN = ("id", "name", "content_type", "size_bytes", "sha256", "version", "created_at", "updated_at")
LONGEST_SEARCH = 200


def files_of(*, user: Any, words: str = "", cursor: str | None = None, limit: int) -> Page:
    """The user's files, newest first, as dicts of SHOWN; those whose name holds `words`."""
    rows = CloudFile.objects.visible_to(user)
    if words:
        rows = rows.filter(name__icontains=words)
    return page_of(keyset(rows, cursor=cursor, limit=limit).values(*SHOWN), limit=limit)


def used_bytes(owner_id: UUID, *, with_deleted: bool = False) -> int:
    """What the owner's files and their versions take: a content that several of them hold counts once.

    Deleted ones do not count, unless asked for: their contents are kept for CLOUD_KEEP_DELETED_DAYS.
    """
    current, kept = CloudFile.objects.filter(owner=owner_id), FileVersion.objects.filter(file__owner=owner_id)
    if not with_deleted:
        current, kept = current.filter(deleted_at=None), kept.filter(file__deleted_at=None)
    # order_by(): a part of a union has no order.
    held = (
        current.order_by()
        .values("storage_key", "size_bytes")
        .union(kept.order_by().values("storage_key", "size_bytes"))
    )
    sql, params = held.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(SUM(size_bytes), 0) FROM ({sql}) held", params)  # noqa: S608 -- the ORM wrote it
        return int(cursor.fetchone()[0])


def quota_of(user: Any) -> dict[str, int]:
    used, quota = used_bytes(user.pk), settings.CLOUD_QUOTA_BYTES
    return {"used_bytes": used, "quota_bytes": quota, "free_bytes": max(0, quota - used)}


def versions_of(file: CloudFile) -> QuerySet[FileVersion, Any]:
    """Newest first; at most CLOUD_MOST_VERSIONS of them."""
    return file.versions.order_by("-version").values(
        "id", "file_id", "version", "storage_key", "size_bytes", "created_at"
    )


def links_of(file: CloudFile) -> list[ShareLink]:
    """The links that still open the file, newest first."""
    return list(ShareLink.objects.open().filter(file=file))


def open_links(file_ids: list[UUID]) -> dict[UUID, int]:
    """How many links open each of these files."""
    counted = ShareLink.objects.open().filter(file__in=file_ids).order_by().values_list("file").annotate(Count("pk"))
    return dict(counted)


def is_held(key: str) -> bool:
    """Whether any file, deleted ones too, or any version has this content."""
    return CloudFile.objects.filter(storage_key=key).exists() or FileVersion.objects.filter(storage_key=key).exists()


def held_among(keys: list[str]) -> set[str]:
    return {
        *CloudFile.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True),
        *FileVersion.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True),
    }


def why_closed(link: ShareLink) -> str:
    """Why a link does not open its file any more: `expired`, `revoked` or `deleted`; empty where it does."""
    if link.file.deleted_at:
        return "deleted"
    if link.revoked_at:
        return "revoked"
    return "expired" if link.expires_at and link.expires_at <= now() else ""


def same_content(*, owner_id: UUID, sha256: str, size_bytes: int) -> str | None:
    """The key under which the owner's files already have this content; those deleted but not yet removed, too."""
    at_hand = CloudFile.objects.filter(owner=owner_id, sha256=sha256, size_bytes=size_bytes).values_list("storage_key")
    kept = FileVersion.objects.filter(Q(file__owner=owner_id), sha256=sha256, size_bytes=size_bytes)
    found = at_hand.first() or kept.values_list("storage_key").first()
    return found[0] if found else None
