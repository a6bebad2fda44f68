"""Links that open one file for whoever has them (veza.txt, "POST /cloud/files/:id/share"). Only a token's hash is kept."""

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import FileShared, ShareRevoked
from ontology.models import ShareLink
from ontology.queries.files import why_closed
from ontology.verbs.files import locked, mine

MOST_LINKS = 100
"""Open ones of one file."""
LONGEST_HOURS = 365 * 24
USUAL_HOURS = 7 * 24
CLOSED = {
    "expired": "This link has expired",
    "revoked": "This link was revoked by the person who shared it",
    "deleted": "The file behind this link was deleted",
}


@transaction.atomic
def share_file(
    *, file_id: object, permissions: str = "read", expires_in_hours: int | None = USUAL_HOURS, by: Any
) -> tuple[ShareLink, str]:
    """A new link and its token, which is told this once. None for the hours is a link that does not expire."""
    if permissions not in ShareLink.Permission.values:
        raise Invalid(details={"permissions": [f"Must be one of: {', '.join(ShareLink.Permission.values)}."]})
    if expires_in_hours is not None and not 1 <= expires_in_hours <= LONGEST_HOURS:
        raise Invalid(details={"expires_in_hours": [f"Must be from 1 to {LONGEST_HOURS}."]})
    file = locked(file_id, by)
    if ShareLink.objects.open().filter(file=file).count() >= MOST_LINKS:
        raise Conflict(f"{MOST_LINKS} links open this file already. Revoke one first.", code="too_many_links")
    token = secrets.token_urlsafe(32)
    until = None if expires_in_hours is None else now() + dt.timedelta(hours=expires_in_hours)
    made = ShareLink.objects.create(
        file=file, token_hash=hash_of(token), permissions=permissions, created_at=now(), expires_at=until
    )
    publish(
        FileShared(file_id=file.pk, owner_id=file.owner_id, name=file.name, link_id=made.pk, permissions=permissions)
    )
    return made, token


@transaction.atomic
def revoke_share(*, file_id: object, link_id: object, by: Any) -> None:
    """Close a link at once. Twice is once."""
    file = mine(file_id, by)
    made = ShareLink.objects.select_for_update().filter(file=file, pk=lookup_id(link_id)).first()
    if made is None:
        raise NotFound("This file has no such link")
    if made.revoked_at is None:
        made.revoked_at = now()
        made.save(update_fields=["revoked_at"])
        publish(ShareRevoked(file_id=file.pk, owner_id=file.owner_id, link_id=made.pk))


def shared_link(token: str) -> ShareLink:
    """The open link with this token, its file and the file's owner; NotFound `link_expired`, `link_revoked`, `link_deleted`
    for one that was open once, and without a code for a token that never was."""
    found = ShareLink.objects.select_related("file__owner").filter(token_hash=hash_of(token)).first()
    if found is None or not found.file.owner.is_active:
        raise NotFound("There is no such link")
    if why := why_closed(found):
        raise NotFound(CLOSED[why], code=f"link_{why}")
    return found


def downloadable(token: str) -> ShareLink:
    found = shared_link(token)
    if found.permissions != ShareLink.Permission.READ:
        raise Forbidden("This link shows what the file is. It does not let you download it.", code="view_only")
    return found


def count_download(link: ShareLink) -> None:
    """One more. Called for the beginning of a content, so that a player's many ranges are one."""
    ShareLink.objects.filter(pk=link.pk).update(download_count=F("download_count") + 1)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def share_address(token: str) -> str:
    """Document veza.txt: `https://.../api/v1/cloud/shared/TOKEN`."""
    return f"{settings.SITE_URL}/api/v1/cloud/shared/{token}"


def share_page(token: str) -> str:
    """The same for people."""
    return f"{settings.SITE_URL}/shared/{token}/"
