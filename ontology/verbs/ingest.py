"""What an ingest server (nginx-rtmp, MediaMTX) tells of encoders: one goes on air, is still there, stops, was recorded.

Each call carries the stream's key, so that nobody else can turn a stream on or off. Each may come twice or late:

- `ingest_id` is what the server calls the connection. A second connection with the same key is refused while the first
  was heard of within LIVE_SILENT_SECONDS; what a connection that is over still says is passed over.
- A server says about every half a minute that a stream goes on. One of which nothing is heard for LIVE_SILENT_SECONDS is
  taken off air by a job, since its end was lost on the way; if the server is heard of again, it is put on air again.
"""

import datetime as dt
import hashlib
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from config.errors import Conflict, Forbidden
from config.ids import NOBODY, lookup_id, new_id
from ontology.changes import publish
from ontology.facts import StreamRecorded, StreamWentLive
from ontology.models import Connection, ConnectionType, Entity, EntityType, EventType, LiveStream, Status
from ontology.verbs.creators import become_creator
from ontology.verbs.live_streams import locked_stream, remember, take_off_air
from ontology.verbs.memory import know, link, log
from ontology.verbs.stream_keys import is_proof
from ontology.verbs.tag_names import count_tag_use

LONGEST_NAME = 200
MOST_SWEPT = 500
# A recording is closed when its broadcast ends, and where a new key ended it, it still comes with the old one.
OLD_KEY_RECORDS = dt.timedelta(minutes=5)


def ingest_id_of(*words: object) -> str:
    """One connection of one server as a digest: it is only compared, and the address of an encoder is nobody's business."""
    return hashlib.sha256("\n".join(map(str, words)).encode("utf-8", "replace")).hexdigest()


def check_publisher(*, stream_id: object, proof: str, ingest_id: str) -> LiveStream:
    """Whether this connection might go on air now; nothing changes. Forbidden for a wrong key, Conflict where another is on."""
    stream = proven(stream_id, proof)
    _refuse_a_second(stream, ingest_id)
    return stream


@transaction.atomic
def go_on_air(*, stream_id: object, proof: str, ingest_id: str) -> LiveStream:
    """An encoder begins. Twice is once."""
    stream = proven_and_locked(stream_id, proof)
    _refuse_a_second(stream, ingest_id)
    return _heard(stream, ingest_id)


@transaction.atomic
def stay_on_air(*, stream_id: object, proof: str, ingest_id: str) -> LiveStream:
    """An encoder goes on. After its own end this comes too late and changes nothing."""
    stream = proven_and_locked(stream_id, proof)
    if not stream.is_live and stream.ingest_id == ingest_id:
        return stream
    _refuse_a_second(stream, ingest_id)
    return _heard(stream, ingest_id)


@transaction.atomic
def go_off_air(*, stream_id: object, proof: str, ingest_id: str) -> LiveStream:
    """An encoder stops. Of any connection but the one on air this changes nothing."""
    stream = proven_and_locked(stream_id, proof)
    if stream.ingest_id == ingest_id:
        take_off_air(stream, why="done")
    return stream


def end_silent_streams() -> int:
    """Take off air whatever was not heard of for too long, as of when it was last heard. How many there were."""
    limit = now() - dt.timedelta(seconds=settings.LIVE_SILENT_SECONDS)
    silent = Q(heard_at__lt=limit) | Q(heard_at=None)
    keys = LiveStream.objects.filter(silent, is_live=True).order_by("heard_at").values_list("pk", flat=True)
    return sum(_end_if_silent(key, limit) for key in list(keys[:MOST_SWEPT]))


@transaction.atomic
def add_recording(*, stream_id: object, proof: str, place: str) -> Entity:
    """A recording is there, at an address or under the path of a file on the ingest server. Twice is once.

    Of a path only the file's name is kept: where it lies is for that server alone. nginx-rtmp names the file of every
    broadcast alike unless told otherwise, so one is known by its name and by its broadcast. The key that was replaced is
    taken for OLD_KEY_RECORDS after a broadcast's end, and says nothing of one that began since.
    """
    stream = proven_and_locked(stream_id, proof, is_recording=True)
    is_old = not is_proof(proof, stream_id=stream.pk, key_version=stream.key_version)
    began = None if stream.is_live and is_old else stream.started_at
    is_address = _is_address(place)
    name = place.partition("?")[0] if is_address else place
    file = name.replace("\\", "/").rstrip("/").rpartition("/")[2][:LONGEST_NAME] or "recording"
    known = {"file": file, "started_at": began.isoformat() if began else ""}
    recording = _recording_of(stream, known)
    if recording is not None:
        return recording
    recording = know(
        id=new_id(),
        type=EntityType.RECORDING,
        name=f"{stream.title}, {began or now():%d %B %Y}",
        owner_id=stream.owner_id,
        status=Status.PUBLISHED,
        properties={**known, **({"url": place} if is_address else {}), "stream_id": str(stream.pk)},
    )
    link(from_id=recording.pk, to_id=stream.pk, type=ConnectionType.PART_OF)
    stream.recording_id = recording.pk
    stream.save(update_fields=["recording_id", "updated_at"])
    what = {"what": "stream_recorded"}
    log(type=EventType.CONTENT_UPLOADED, actor_id=stream.owner_id, target_id=recording.pk, metadata=what)
    publish(
        StreamRecorded(entity_id=stream.pk, recording_id=recording.pk, owner_id=stream.owner_id, title=recording.name)
    )
    return recording


# --- what they share -----------------------------------------------------------------------------------------------


def proven(stream_id: object, proof: str, *, is_recording: bool = False) -> LiveStream:
    """The live stream that this key is for. Forbidden alike for a wrong key and for a stream that is not there."""
    rows = LiveStream.objects.filter(pk=lookup_id(stream_id), deleted_at=None, owner__is_active=True)
    return _checked(rows.select_related("owner").first(), proof, is_recording=is_recording)


def proven_and_locked(stream_id: object, proof: str, *, is_recording: bool = False) -> LiveStream:
    """Looked at twice: whoever has no key waits for no lock, and a key that was replaced meanwhile is a wrong one."""
    found = proven(stream_id, proof, is_recording=is_recording)
    return _checked(locked_stream(found.pk), proof, is_recording=is_recording)


def _checked(stream: LiveStream | None, proof: str, *, is_recording: bool) -> LiveStream:
    key, version = (stream.pk, stream.key_version) if stream else (NOBODY, 0)
    is_just_over = is_recording and stream and stream.ended_at and now() - stream.ended_at < OLD_KEY_RECORDS
    versions = (version, version - 1) if is_just_over else (version,)
    is_right = any(is_proof(proof, stream_id=key, key_version=version) for version in versions)
    if stream is None or not is_right:
        raise Forbidden("This is not the key of a stream", code="stream_key_refused")
    return stream


def _refuse_a_second(stream: LiveStream, ingest_id: str) -> None:
    if not stream.is_live or stream.ingest_id == ingest_id or stream.heard_at is None:
        return
    if now() - stream.heard_at < dt.timedelta(seconds=settings.LIVE_SILENT_SECONDS):
        raise Conflict("Somebody is on air with this key", code="already_publishing")


def _heard(stream: LiveStream, ingest_id: str) -> LiveStream:
    moment = now()
    stream.ingest_id, stream.heard_at = ingest_id, moment
    if stream.is_live:
        stream.save(update_fields=["ingest_id", "heard_at"])
        return stream
    if stream.status == LiveStream.Status.DRAFT:
        count_tag_use(stream.tags)
    # `ended_at` goes on saying when the last broadcast ended: whoever notifies tells by it an encoder that came back.
    stream.is_live, stream.status, stream.started_at = True, LiveStream.Status.LIVE, moment
    stream.save()
    remember(stream)
    become_creator(user_id=stream.owner_id)
    known = {"what": "stream_went_live", "status": stream.status}
    log(type=EventType.LIVESTREAM_STATUS_CHANGED, actor_id=stream.owner_id, target_id=stream.pk, metadata=known)
    publish(
        StreamWentLive(
            entity_id=stream.pk,
            owner_id=stream.owner_id,
            owner_name=stream.owner.display_name,
            title=stream.title,
            started_at=moment.isoformat(),
        )
    )
    return stream


@transaction.atomic
def _end_if_silent(key: Any, limit: dt.datetime) -> bool:
    rows = LiveStream.objects.select_for_update(of=("self",), no_key=True)
    stream = rows.filter(pk=key, is_live=True).first()
    if stream is None or (stream.heard_at is not None and stream.heard_at >= limit):
        return False
    stream.ingest_id = ""  # so that whoever is heard of again after all goes on
    return take_off_air(stream, why="silent", at=stream.heard_at)


def _is_address(place: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(place)
    except ValidationError:
        return False
    return True


def _recording_of(stream: LiveStream, known: dict[str, str]) -> Entity | None:
    parts = Connection.objects.filter(
        to_entity=stream.pk, relationship_type=ConnectionType.PART_OF, deleted_at=None, is_kept=True
    ).values("from_entity")
    rows = Entity.objects.filter(pk__in=parts, type=EntityType.RECORDING, deleted_at=None)
    return rows.filter(**{f"properties__{name}": value for name, value in known.items()}).first()
