"""Drawing a recording's waveform: how loud it is from beginning to end. A job's work; the track's row is the truth.

Safe to start twice or at once: `claim` lets one in, for as long as its lease lasts. A worker that dies leaves a lease that
ends, and the sweep hands the track to another; after MOST_ATTEMPTS it is a track without a picture.
"""

import datetime as dt
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import now

from ontology.changes import publish
from ontology.facts import TrackChanged
from ontology.gateways.sounds import decode
from ontology.models import Track
from ontology.verbs.lengths import SLACK, correct_length

PEAKS = 400
LEASE = dt.timedelta(minutes=10)
MOST_ATTEMPTS = 3
PATIENCE = dt.timedelta(minutes=1)
"""How long an upload's own job has before the sweep asks for another."""
BATCH = 200


def draw_waveform(*, track_id: UUID) -> None:
    """Draw it where it waits to be drawn, and correct its length, as it is heard to its end anyway; twice is once."""
    track = claim(track_id)
    if track is None:
        return
    found = decode(Path(track.file.path), count=PEAKS, most_seconds=settings.TRACK_MOST_SECONDS + 2 * SLACK)
    status = Track.Waveform.NONE if found is None else Track.Waveform.READY
    with transaction.atomic():
        drawn = {"waveform": found.peaks if found else [], "waveform_status": status, "lease_until": None}
        if not waiting().filter(pk=track_id).update(**drawn):
            return
        publish(TrackChanged(track_id=track.pk, owner_id=track.owner_id, title=track.title, what="drawn"))
        if found:
            correct_length(track_id=track.pk, seconds=found.seconds)


def claim(track_id: UUID) -> Track | None:
    """The track, for this worker alone until the lease ends; None where there is nothing to do or somebody does it."""
    taken = free(waiting()).filter(pk=track_id, attempts__lt=MOST_ATTEMPTS)
    if not taken.update(lease_until=now() + LEASE, attempts=F("attempts") + 1):
        return None
    return Track.objects.only("file", "owner_id", "title").get(pk=track_id)


def sweep_waveforms() -> list[UUID]:
    """Those that wait and that nobody draws. One that was tried too often waits no longer."""
    left = free(waiting())
    left.filter(attempts__gte=MOST_ATTEMPTS).update(waveform_status=Track.Waveform.NONE, lease_until=None)
    due = left.filter(created_at__lt=now() - PATIENCE).order_by("created_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def waiting() -> QuerySet[Track]:
    return Track.objects.filter(waveform_status=Track.Waveform.WAITING, deleted_at=None)


def free(rows: QuerySet[Track]) -> QuerySet[Track]:
    return rows.filter(Q(lease_until=None) | Q(lease_until__lte=now()))
