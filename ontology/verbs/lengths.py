"""How long a recording is: at first what its head says, and what came out of it once it was decoded."""

from collections import Counter
from uuid import UUID

from ontology.changes import publish
from ontology.facts import TrackChanged
from ontology.models import EventType, Track
from ontology.verbs.tracks import counted_words, is_too_long, recount, remember, tell

SLACK = 1.0  # seconds by which a head is right enough: encoders add silence at both ends


def correct_length(*, track_id: UUID, seconds: float) -> None:
    """In the transaction of whoever decoded it. One that is longer than allowed is a draft from now on, and its owner is
    told. What cannot be decoded here (M4A, Opus) is believed as it says."""
    track = Track.objects.select_for_update(of=("self",), no_key=True).filter(pk=track_id, deleted_at=None).first()
    if track is None:
        return
    measured = round(seconds * 1000)
    if track.duration_ms is None or abs(track.duration_ms - measured) > SLACK * 1000:
        track.duration_ms = measured
        track.save(update_fields=["duration_ms", "updated_at"])
        remember(track, None)
    if is_too_long(track.duration_ms):
        withdraw(track)


def withdraw(track: Track) -> None:
    words = counted_words(track)
    track.status = Track.Status.DRAFT
    track.save(update_fields=["status", "updated_at"])
    remember(track, None)
    recount(words, Counter())
    tell(track, "withdrawn", EventType.CONTENT_CHANGED)
    publish(TrackChanged(track_id=track.pk, owner_id=track.owner_id, title=track.title, what="withdrawn"))
