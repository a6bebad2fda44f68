"""Recordings that people upload (veza.txt, "Tracks"; decisions.md §5 and §6).

The file is put on disk first and named by its row after; where no row came to name it, it is taken away again, and what
a killed process left `sweep_sounds` removes.
"""

import contextlib
import datetime as dt
import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import TrackChanged, TrackDeleted, TrackUploaded
from ontology.gateways.object_storage import answers
from ontology.gateways.sounds import Sound, read_sound
from ontology.models import ConnectionType, EntityType, EventType, Status, Tag, Track
from ontology.verbs.covers import draw_again
from ontology.verbs.creators import become_creator
from ontology.verbs.files import lock_owner, sha256_of
from ontology.verbs.memory import forget, know, link, log
from ontology.verbs.tag_names import count_tag_use, name_of
from ontology.verbs.uploads import Upload, check_upload

MOST_TAGS = 10
LONGEST_TAG = 64
ONE_PLAY = 30  # seconds in which one listener's requests are one play
UNCLAIMED = dt.timedelta(days=1)
SOUNDS, COVERS = "tracks", "covers"


class TrackFields(TypedDict, total=False):
    title: str
    artist: str
    description: str
    genre: str
    tags: Iterable[str]
    status: str


# --- what people do ------------------------------------------------------------------------------------------------


def upload_track(
    *, content: Any, name: str, by: Any, cover: bytes | None = None, **given: Unpack[TrackFields]
) -> Track:
    """A new track of `by`'s; the first thing they publish makes them a creator (`made_creator`).

    Title, artist and genre that are not given are taken from the file. TooLarge `file_too_large`; Invalid `empty_file`,
    `unsupported_type`, `unreadable` or `too_long`; Conflict `too_many_tracks`.
    """
    upload = check_upload(kind="track", name=name, content=content)
    sound = heard(content, upload)
    refuse_more_than_most(by)
    track = Track(
        owner_id=by.pk,
        file_name=upload.name[:200],
        format=upload.ending,
        size_bytes=upload.size_bytes,
        sha256=sha256_of(content),
        duration_ms=None if sound.seconds is None else round(sound.seconds * 1000),
    )
    tags = apply(track, {**told_by(sound, upload, given), **given})
    drawn = draw_again(cover) if cover else None
    with arriving(track, content, drawn), transaction.atomic():
        # Asked before so that nothing is stored in vain; what counts is asked under the lock.
        lock_owner(by.pk)
        refuse_more_than_most(by)
        track.save(force_insert=True)
        track.made_creator = become_creator(user_id=by.pk)
        remember(track, tags or [])
        link(from_id=by.pk, to_id=track.pk, type=ConnectionType.AUTHORED)
        retag(track, tags, before=Counter())
        tell(track, "uploaded", EventType.CONTENT_UPLOADED)
        publish(
            TrackUploaded(
                track_id=track.pk, owner_id=by.pk, owner_name=by.display_name, title=track.title, status=track.status
            )
        )
    return track


def refuse_more_than_most(by: Any) -> None:
    if Track.objects.filter(owner=by.pk, deleted_at=None).count() >= settings.TRACK_MOST_OF_ONE:
        raise Conflict(f"You have {settings.TRACK_MOST_OF_ONE} tracks, which is the most.", code="too_many_tracks")


def update_track(*, track_id: object, by: Any, cover: bytes | None = None, **given: Unpack[TrackFields]) -> Track:
    """Change what is given. NotFound where `by` does not see it, Forbidden where it is somebody else's; Invalid `too_long`
    for one that was found to be longer than it said."""
    drawn = draw_again(cover) if cover else None
    editable_track(track_id, by=by)
    with transaction.atomic():
        track = editable_track(track_id, by=by, locked=True)
        old_status, before = track.status, counted_words(track)
        tags = apply(track, given)
        if (old_status, track.status) == ("draft", "published") and is_too_long(track.duration_ms):
            raise Invalid(too_long(), code="too_long", details={"status": [too_long()]})
        old_cover = track.cover.name
        if drawn:
            keep_cover(track, drawn)
        track.save()
        remember(track, tags)
        retag(track, tags, before=before)
        what = "published" if (old_status, track.status) == ("draft", "published") else "updated"
        tell(track, what, EventType.CONTENT_CHANGED)
        publish(TrackChanged(track_id=track.pk, owner_id=track.owner_id, title=track.title, what=what))
        if old_cover and old_cover != track.cover.name:
            remove_later(old_cover)
    return track


@transaction.atomic
def delete_track(*, track_id: object, by: Any) -> None:
    """Gone from every read at once; its files are removed after TRACK_KEEP_DELETED_DAYS."""
    track = editable_track(track_id, by=by, locked=True)
    words = counted_words(track)
    track.deleted_at = now()
    track.save(update_fields=["deleted_at", "updated_at"])
    recount(words, Counter())
    forget(id=track.pk)
    tell(track, "deleted", EventType.CONTENT_CHANGED)
    publish(TrackDeleted(track_id=track.pk, owner_id=track.owner_id))


def heard_track(*, track_id: object, by: Any) -> Track:
    """The track to listen to. NotFound where `by` may not see it, or its file is gone."""
    track = Track.objects.visible_to(by).filter(pk=lookup_id(track_id)).first()
    if track is None or not track.file.name or not default_storage.exists(track.file.name):
        raise NotFound("Track not found")
    return track


def count_play(track: Track, *, listener: str) -> None:
    """Count a play of a published track, once in ONE_PLAY seconds for one listener (an account, or a network address)."""
    who = hashlib.sha256(listener.encode()).hexdigest()[:32]
    if track.status == Track.Status.PUBLISHED and cache.add(f"play:{track.pk}:{who}", 1, ONE_PLAY):
        Track.objects.filter(pk=track.pk).update(play_count=F("play_count") + 1)


# --- what a file says ----------------------------------------------------------------------------------------------


def heard(content: Any, upload: Upload) -> Sound:
    sound = read_sound(content, content_type=upload.content_type)
    if sound is None:
        raise refused("Nothing can be heard in this file. It may be damaged; export it once more.", "unreadable")
    if sound.seconds is not None and is_too_long(sound.seconds * 1000):
        raise refused(too_long(), "too_long")
    return sound


def is_too_long(duration_ms: float | None) -> bool:
    return duration_ms is not None and duration_ms > settings.TRACK_MOST_SECONDS * 1000


def too_long() -> str:
    return f"The recording is longer than {settings.TRACK_MOST_SECONDS / 3600:g} hours."


def refused(sentence: str, code: str) -> Invalid:
    return Invalid(sentence, code=code, details={"file": [sentence]})


def told_by(sound: Sound, upload: Upload, given: Any) -> dict[str, Any]:
    """What the file says where nobody else did: a title it has in any case."""
    stem = upload.name.rpartition(".")[0] or upload.name
    told = {"artist": sound.artist, "genre": sound.genre[:64]}
    if not (given.get("title") or "").strip():
        given.pop("title", None)
        told["title"] = sound.title or " ".join(stem.replace("_", " ").split())[:200] or "Untitled"
    return told


# --- fields --------------------------------------------------------------------------------------------------------


def apply(track: Track, given: Any) -> list[str] | None:
    """Put the fields on the track; its tags, where they are given, are returned. Invalid with all that is wrong."""
    faults: dict[str, list[str]] = {}
    tags = None
    for name, value in given.items():
        if name == "tags":
            tags = clean_tags(value)
            if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
                faults["tags"] = [f"At most {MOST_TAGS} tags of at most {LONGEST_TAG} characters."]
        elif name == "status":
            track.status = value
            if value not in Track.Status.values:
                faults[name] = ['Must be "draft" or "published".']
        elif fault := put_text(track, name, value):
            faults[name] = [fault]
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)
    return tags


LONGEST = {"title": 200, "artist": 200, "genre": 64, "description": 5000}


def put_text(track: Track, name: str, value: object) -> str:
    """The fault of the text, or nothing."""
    text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    if name != "description":
        text = " ".join(text.split())
    if not isinstance(value, str) or "\0" in text:
        return "Must be a text."
    if name == "title" and not text:
        return "Give it a title."
    if len(text) > LONGEST[name]:
        return f"Must be at most {LONGEST[name]} characters."
    setattr(track, name, text.lower() if name == "genre" else text)
    return ""


def clean_tags(tags: Iterable[str]) -> list[str]:
    """In lower case, each once, in their order; commas part them, too."""
    words = (name_of(word) for text in tags for word in str(text).split(","))
    return list(dict.fromkeys(word for word in words if word))


# --- files ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def arriving(track: Track, content: Any, cover: bytes | None) -> Iterator[None]:
    """Put the files in their places; they are taken away again where no row came to name them."""
    try:
        keep(track.file, f"{track.pk.hex}.{track.format}", content)
        if cover:
            keep_cover(track, cover)
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            if not Track.objects.filter(pk=track.pk).exists():
                for name in filter(None, (track.file.name, track.cover.name)):
                    default_storage.delete(name)
        raise


@answers
def keep(field: Any, name: str, content: Any) -> None:
    content.seek(0)
    field.save(name, content if isinstance(content, File) else File(content), save=False)


def keep_cover(track: Track, drawn: bytes) -> None:
    """Under a name that its content gives, so that it may be cached for ever."""
    name = f"{track.pk.hex}-{hashlib.sha256(drawn).hexdigest()[:16]}.webp"
    if track.cover.name != f"{COVERS}/{name}":
        keep(track.cover, name, ContentFile(drawn))


def remove_later(name: str) -> None:
    # robust: that it is still there is the sweep's business, not a failure of what was done.
    transaction.on_commit(functools.partial(default_storage.delete, name), robust=True)


# --- the graph -----------------------------------------------------------------------------------------------------


def remember(track: Track, tags: list[str] | None) -> None:
    """`tags` None leaves those as they are."""
    know(
        id=track.pk,
        type=EntityType.MEDIA_ASSET,
        name=track.title,
        owner_id=track.owner_id,
        status=Status.PUBLISHED if track.status == Track.Status.PUBLISHED else Status.DRAFT,
        properties={
            "kind": "track",
            "artist": track.artist,
            "genre": track.genre,
            "description": track.description[:500],
            "format": track.format,
            "duration_ms": track.duration_ms,
            **({} if tags is None else {"tags": tags}),
        },
    )


def tell(track: Track, what: str, event: EventType) -> None:
    # A draft is nobody's business yet, in the history too.
    is_private = track.status != Track.Status.PUBLISHED
    log(type=event, actor_id=track.owner_id, target_id=track.pk, metadata={"what": what}, is_private=is_private)


def retag(track: Track, tags: list[str] | None, *, before: Counter[str]) -> None:
    """Genre and tags as tags of its entity. `tags` None leaves those as they are."""
    set_tags(track, "genre", [track.genre] if track.genre else [])
    if tags is not None:
        set_tags(track, "tag", tags)
    recount(before, counted_words(track))


def set_tags(track: Track, key: str, wanted: list[str]) -> None:
    rows = Tag.objects.filter(entity=track.pk, key=key)
    rows.exclude(value__in=wanted).delete()
    there = set(rows.values_list("value", flat=True))
    Tag.objects.bulk_create(Tag(entity_id=track.pk, key=key, value=word) for word in wanted if word not in there)


def counted_words(track: Track) -> Counter[str]:
    """The words that it adds to the suggestions: none while it is a draft."""
    if track.status != Track.Status.PUBLISHED:
        return Counter()
    return Counter(Tag.objects.filter(entity=track.pk).values_list("value", flat=True))


def recount(before: Counter[str], after: Counter[str]) -> None:
    if more := after - before:
        count_tag_use(more.elements())
    if fewer := before - after:
        count_tag_use(fewer.elements(), -1)


# --- who may -------------------------------------------------------------------------------------------------------


def editable_track(track_id: object, *, by: Any, locked: bool = False) -> Track:
    rows = Track.objects.select_for_update(of=("self",), no_key=True) if locked else Track.objects.all()
    track = rows.visible_to(by).filter(pk=lookup_id(track_id)).first()
    if track is None:
        raise NotFound("Track not found")
    if not by.is_staff and track.owner_id != by.pk:
        raise Forbidden("Only its owner may change a track")
    return track


# --- what jobs do --------------------------------------------------------------------------------------------------


def sweep_sounds() -> int:
    """Remove what was deleted TRACK_KEEP_DELETED_DAYS ago, and files that no row names. Returns how many there were."""
    due = now() - dt.timedelta(days=settings.TRACK_KEEP_DELETED_DAYS)
    gone = Track.objects.filter(deleted_at__lte=due)
    removed = 0
    for track in gone.exclude(file="").only("pk", "file", "cover"):
        Track.objects.filter(pk=track.pk).update(file="", cover="", waveform=[])
        for name in filter(None, (track.file.name, track.cover.name)):
            default_storage.delete(name)
            removed += 1
    return removed + unnamed(Track._meta.get_field("file"), SOUNDS) + unnamed(Track._meta.get_field("cover"), COVERS)


def unnamed(field: Any, folder: str) -> int:
    """Remove the files of the folder that no row names in `field`, but for new ones: their row may be on its way."""
    old, removed = (now() - UNCLAIMED).timestamp(), 0
    for path in Path(settings.MEDIA_ROOT, folder).glob("*"):
        key = id_in(path.name)
        if key is None or path.stat().st_mtime >= old:
            continue
        if not Track.objects.filter(pk=key, **{field.name: f"{folder}/{path.name}"}).exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def id_in(name: str) -> UUID | None:
    """The track that a file of ours is named after."""
    with contextlib.suppress(ValueError):
        return UUID(hex=name[:32])
    return None
