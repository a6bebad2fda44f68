"""Copies of somebody's data: where they are, and the signed links that fetch them."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now

from accounts.models import DataExport
from accounts.models.privacy import EXPORT_LIFE
from config.ids import lookup_id

SALT = "stoa export"
MOST_SHOWN = 20


def folder() -> Path:
    """Where archives lie: beside the media, which anybody may read, never among it."""
    return Path(settings.DATA_DIR) / "exports"


def archive_of(export: DataExport) -> Path:
    return folder() / export.path


def exports_of(user: Any) -> QuerySet[DataExport]:
    """Newest first, MOST_SHOWN at most; for each `export_link` says where it is fetched."""
    return DataExport.objects.visible_to(user).order_by("-created_at", "-id")[:MOST_SHOWN]


def is_ready(export: DataExport) -> bool:
    return export.status == DataExport.Status.READY and export.expires_at is not None and export.expires_at > now()


def export_link(export: DataExport) -> str:
    """An absolute address that fetches the archive without a sign-in until it expires; empty where there is none.

    Made each time it is told: it is written down nowhere.
    """
    if not is_ready(export):
        return ""
    token = signing.dumps([str(export.pk), seal(export.user)], salt=SALT)
    return f"{settings.SITE_URL}/exports/{token}"


def link_for_mail(context: dict[str, Any]) -> str:
    """The link of the mail `account/export_ready`, made while that is written."""
    export = DataExport.objects.filter(pk=lookup_id(context.get("export_id"))).first()
    return export_link(export) if export else ""


def export_behind(token: str) -> DataExport | None:
    """The archive that a signed link of ours names, if it can still be fetched."""
    try:
        export_id, sealed = signing.loads(token, salt=SALT, max_age=EXPORT_LIFE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    export = DataExport.objects.select_related("user").filter(pk=export_id, user__is_active=True).first()
    if export is None or not constant_time_compare(sealed, seal(export.user)):
        return None
    return export if is_ready(export) and archive_of(export).is_file() else None


def seal(user: Any) -> str:
    """Binds a link to its owner and their password: a new password makes it worthless."""
    return hashlib.sha256(f"{user.pk} {user.get_session_auth_hash()}".encode()).hexdigest()[:32]


def export_of(export_id: Any, user: Any) -> DataExport | None:
    """The same for its owner, signed in."""
    export = DataExport.objects.visible_to(user).select_related("user").filter(pk=lookup_id(export_id)).first()
    return export if export is not None and is_ready(export) and archive_of(export).is_file() else None
