"""A copy of everything that Stoa keeps of somebody. Document veza.txt, POST /users/me/export.

For the page and the doors:
    request_export(user=) -> DataExport            asks for one; an open one is the answer
    queries.exports.exports_of(user) -> rows       newest first: status, done/total, size_bytes, created_at, expires_at
    queries.exports.export_link(row) -> str        where it is fetched, "" unless it is ready; never store it
    note_download(export=)                         the door that serves the file says so
"""

import datetime as dt
import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.facts import ExportFinished, ExportRequested
from accounts.models import DataExport, SecurityEvent, User
from accounts.models.privacy import EXPORT_LEASE, EXPORT_LIFE, MOST_ATTEMPTS
from accounts.queries.exports import folder
from accounts.verbs.archives import total_chapters, write_archive
from accounts.verbs.mails import queue_mail
from accounts.verbs.security import record
from config.errors import Throttled
from config.ids import parse_id
from ontology.changes import publish

logger = logging.getLogger(__name__)

Status, Type = DataExport.Status, SecurityEvent.Type
MOST_A_DAY = 5
DAY = dt.timedelta(days=1)
ORPHANED_AFTER = dt.timedelta(hours=1)


class ClaimLost(Exception):
    """Another worker has this export now, or it is gone with its account."""


@transaction.atomic
def request_export(*, user: User) -> DataExport:
    """Ask for a copy. One at a time: while one is made, that is the answer. Throttled after MOST_A_DAY within a day."""
    if there := open_export(user):
        return there
    if DataExport.objects.visible_to(user).filter(created_at__gt=now() - DAY).count() >= MOST_A_DAY:
        raise Throttled(f"{MOST_A_DAY} copies a day are the most. Please ask again tomorrow.", retry_after=3600)
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, total=total_chapters())
    except IntegrityError:
        # Somebody was faster: theirs is the answer.
        return DataExport.objects.visible_to(user).order_by("-created_at", "-id")[0]
    record(Type.EXPORT_REQUESTED, user=user)
    publish(ExportRequested(export_id=export.pk))
    return export


def open_export(user: User) -> DataExport | None:
    return DataExport.objects.visible_to(user).unfinished().first()


@dataclass(frozen=True, slots=True)
class Claim:
    """This worker's hold on an export: its number of attempts, which only rises. Who holds an older one has lost it."""

    export: DataExport

    def rows(self) -> Any:
        return DataExport.objects.filter(
            pk=self.export.pk, attempts=self.export.attempts, status=DataExport.Status.RUNNING
        )

    def keep(self, done: int) -> None:
        """Say how far it is and that the work goes on."""
        if not self.rows().update(done=done, lease_until=now() + EXPORT_LEASE):
            raise ClaimLost

    @property
    def part(self) -> Path:
        return folder() / f"{self.export.pk}.{self.export.attempts}.part"

    @property
    def name(self) -> str:
        return f"{self.export.pk}.zip"


def assemble_export(*, export_id: Any) -> bool:
    """Make the archive. Safe to call twice or at once, and again after a worker was killed; whether this call made it."""
    export = DataExport.objects.claim(parse_id(export_id))
    if export is None:
        return False
    claim = Claim(export)
    if export.attempts > MOST_ATTEMPTS:
        fail(claim, "interrupted")
        return False
    try:
        prepare_folder(export)
        write_archive(user=export.user, to=claim.part, beat=claim.keep)
        finish(claim)
    except ClaimLost:
        claim.part.unlink(missing_ok=True)
        return False
    except Exception as fault:
        logger.warning("An export could not be assembled, attempt %s", export.attempts, exc_info=fault)
        claim.part.unlink(missing_ok=True)
        try_later(claim, type(fault).__name__)
        return False
    return True


def prepare_folder(export: DataExport) -> None:
    """The folder, and nothing in it that a killed worker left of this export."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder().glob(f"{export.pk}.*.part"):
        left.unlink(missing_ok=True)


@transaction.atomic
def finish(claim: Claim) -> None:
    """Ready: the file takes its name inside the transaction, so that a ready row always has one."""
    export, moment = claim.export, now()
    expires_at = moment + EXPORT_LIFE
    size = claim.part.stat().st_size
    with claim.part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    is_mine = claim.rows().update(
        status=Status.READY,
        done=export.total or total_chapters(),
        path=claim.name,
        size_bytes=size,
        sha256=digest,
        error="",
        lease_until=None,
        finished_at=moment,
        expires_at=expires_at,
    )
    if not is_mine:
        raise ClaimLost
    os.replace(claim.part, folder() / claim.name)
    until = f"{expires_at.day} {expires_at:%B %Y, %H:%M} UTC"
    queue_mail(
        template="account/export_ready", to=export.user.email, user=export.user, export_id=str(export.pk), until=until
    )
    publish(ExportFinished(export_id=export.pk, user_id=export.user_id, status=Status.READY))


def try_later(claim: Claim, error: str) -> None:
    """Another worker may try it in a while; after MOST_ATTEMPTS it is given up."""
    if claim.export.attempts >= MOST_ATTEMPTS:
        fail(claim, error)
        return
    later = now() + dt.timedelta(seconds=30 * 2**claim.export.attempts)
    claim.rows().update(status=Status.QUEUED, lease_until=later, error=error)


@transaction.atomic
def fail(claim: Claim, error: str) -> None:
    export = claim.export
    if claim.rows().update(status=Status.FAILED, error=error, lease_until=None, finished_at=now()):
        queue_mail(template="account/export_failed", to=export.user.email, user=export.user)
        publish(ExportFinished(export_id=export.pk, user_id=export.user_id, status=Status.FAILED))


def waiting_exports() -> list[Any]:
    """What nobody works on: never begun, put off until now, or left by a worker that died."""
    return list(DataExport.objects.waiting().order_by("created_at").values_list("pk", flat=True)[:100])


def forget_expired_exports() -> int:
    """Take back the links that have expired, and remove every file that no row needs. Returns how many expired."""
    ready = DataExport.objects.filter(status=Status.READY)
    expired = ready.filter(expires_at__lte=now()).update(status=Status.EXPIRED, path="")
    needed = set(ready.values_list("path", flat=True))
    old = (now() - ORPHANED_AFTER).timestamp()
    for path in folder().glob("*"):
        # What was just written may belong to a row that is not committed yet.
        if path.name not in needed and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
    return expired


def forget_files_of(user: User) -> None:
    """Before an account is erased: its archives go, whatever becomes of the rest."""
    for export in DataExport.objects.filter(user=user):
        for path in folder().glob(f"{export.pk}.*"):
            path.unlink(missing_ok=True)


def note_download(*, export: DataExport) -> None:
    record(Type.EXPORT_DOWNLOADED, user=export.user)
