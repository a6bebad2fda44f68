"""What a licence opens: signed links to its files, each asked anew whether the licence still holds.

A link carries its own proof and lives LINK_LIVES, so that players and download programs need no sign-in. Whoever uses it
signed in as somebody else is told that there is nothing.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils.timezone import now

from config.errors import Forbidden, NotFound
from config.ids import lookup_id
from marketplace.models import License, Order
from marketplace.models.licenses import LicenseQuerySet
from marketplace.queries.licenses import TRACK, file_of, licenses_of
from ontology.gateways import object_storage

SALT = "stoa download"
LINK_LIVES = dt.timedelta(minutes=10)
RESUMED_FOR = dt.timedelta(hours=6)
"""How long later parts of a file belong to the download that was counted."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that may be sent now. `place_of(key, name=, content_type=)`: a path, or a signed address elsewhere."""

    license: License
    key: str
    name: str
    content_type: str
    place_of: Callable[..., Path | str]


def downloads_of_order(*, order_id: object, by: Any) -> LicenseQuerySet:
    """The licences of one's own order. NotFound for others; Forbidden `no_license` where nothing is paid yet, and
    `license_revoked` where all was given back."""
    order = Order.objects.filter(pk=lookup_id(order_id), buyer=by.pk).first()
    if order is None:
        raise NotFound("Order not found")
    if not order.is_paid:
        raise Forbidden("This order is not paid; its downloads come with the payment.", code="no_license")
    found = licenses_of(order)
    if found.exists() and not found.active().exists():
        raise _revoked()
    return found


def link_of(license: License, file_id: UUID | str) -> str:
    """A place in Stoa that hands out this file for LINK_LIVES. Made each time it is told, and written down nowhere."""
    token = signing.dumps([license.pk.hex, str(file_id)], salt=SALT)
    return f"/api/v1/marketplace/downloads/{token}"


def link_for(*, license_id: object, file_id: str, by: Any) -> str:
    """The link to one file, for the licence's owner. NotFound for others; Forbidden where the licence opens nothing now."""
    license = License.objects.select_related("product").filter(pk=lookup_id(license_id), owner=by.pk).first()
    if license is None or file_of(license, file_id) is None:
        raise NotFound("Download not found")
    _refuse_ended(license)
    _refuse_used_up(license)
    return link_of(license, file_id)


def open_download(*, token: str, by: Any) -> Opened:
    """What a link opens. Forbidden `link_expired`, `link_invalid` or `license_revoked`; NotFound for another's account,
    and where the file is gone."""
    license_id, file_id = _read(token)
    known = License.objects.select_related("product", "owner").filter(owner__is_active=True)
    license = known.filter(pk=lookup_id(license_id)).first()
    if license is None or (by.is_authenticated and by.pk != license.owner_id):
        raise NotFound("Download not found")
    _refuse_ended(license)
    file = file_of(license, file_id)
    if file is None:
        raise NotFound("Its seller has replaced this file. Open your library for the new one.", code="file_replaced")
    place_of = track_place if file.id == TRACK else object_storage.place_of
    return Opened(license=license, key=file.key, name=file.name, content_type=file.content_type, place_of=place_of)


def note_download(license: License, *, begins: bool) -> None:
    """Count what is about to be sent, unless it goes on with a download that was counted. Forbidden `download_limit`,
    or `license_revoked` where that happened meanwhile."""
    moment = now()
    since = license.last_download_at
    if not begins and since is not None and since > moment - RESUMED_FOR:
        return
    left = License.objects.active().filter(pk=license.pk, download_count__lt=F("max_downloads"))
    if not left.update(download_count=F("download_count") + 1, last_download_at=moment, updated_at=moment):
        license.refresh_from_db()
        _refuse_ended(license)
        raise _used_up(license)


def track_place(key: str, *, name: str, content_type: str) -> Path:
    if not default_storage.exists(key):
        raise NotFound("The content of this file is not there", code="content_missing")
    return Path(default_storage.path(key))


def _read(token: str) -> tuple[str, str]:
    try:
        license_id, file_id = signing.loads(token, salt=SALT, max_age=LINK_LIVES)
    except signing.SignatureExpired:
        raise Forbidden("This link has expired. Open the order for a new one.", code="link_expired") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise Forbidden("This link is not one of ours.", code="link_invalid") from None
    return str(license_id), str(file_id)


def _refuse_ended(license: License) -> None:
    if license.status != License.Status.ACTIVE:
        raise _revoked()


def _refuse_used_up(license: License) -> None:
    is_resumed = license.last_download_at is not None and license.last_download_at > now() - RESUMED_FOR
    if license.download_count >= license.max_downloads and not is_resumed:
        raise _used_up(license)


def _revoked() -> Forbidden:
    return Forbidden("This licence was revoked, so its files are not handed out any more.", code="license_revoked")


def _used_up(license: License) -> Forbidden:
    sentence = f"All {license.max_downloads} downloads of this licence are used. Ask the seller for more."
    return Forbidden(sentence, code="download_limit", details={"max_downloads": license.max_downloads})
