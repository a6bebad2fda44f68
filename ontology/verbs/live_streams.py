"""Places to broadcast from: announcing one, changing it, its key. Who may go on air is in verbs/ingest.py."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from config.errors import Forbidden, Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import StreamChanged, StreamEnded
from ontology.models import ConnectionType, EntityType, EventType, LiveStream, Status
from ontology.verbs.attention import locked
from ontology.verbs.creators import become_creator
from ontology.verbs.memory import forget, know, link, log
from ontology.verbs.tag_names import count_tag_use

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_CATEGORY, LONGEST_TAG = 200, 5000, 64, 64
MOST_TAGS = 20
MOST_STREAMS = 500
UNTITLED = "Untitled stream"


@transaction.atomic
def create_stream(
    *, title: str, description: str = "", category: str = "", tags: Iterable[str] = (), by: Any
) -> tuple[LiveStream, bool]:
    """Announce a stream; it is off air until its key is used. Source: veza.txt, POST /live/streams.

    Returns it, and whether this first publication made its owner a creator.
    """
    locked(by.pk)
    given = checked({"title": title, "description": description, "category": category, "tags": tags})
    stream = _made(by=by, status=LiveStream.Status.READY, **given)
    count_tag_use(stream.tags)
    return stream, become_creator(user_id=by.pk)


@transaction.atomic
def stream_for_key(*, stream_id: object | None = None, by: Any) -> LiveStream:
    """The stream whose key `by` asks for: the one they name or their newest; a draft is made where they have none.

    Source: veza.txt, GET /live/streams/me/key.
    """
    locked(by.pk)  # one after the other, so that two requests at once make one draft
    rows = LiveStream.objects.filter(owner=by.pk, deleted_at=None)
    if stream_id not in (None, ""):
        stream = rows.filter(pk=lookup_id(stream_id)).first()
        if stream is None:
            raise NotFound("Stream not found")
        return stream
    return rows.order_by("-created_at", "-id").first() or _made(by=by, title=UNTITLED, status=LiveStream.Status.DRAFT)


@transaction.atomic
def regenerate_key(*, stream_id: object | None = None, by: Any) -> LiveStream:
    """Make the old key worthless at once. Who is on air with it is taken off air here; the ingest server closes their
    connection when its next call is refused. Source: veza.txt, POST /live/streams/me/key/regenerate."""
    stream = locked_stream(stream_for_key(stream_id=stream_id, by=by).pk)
    stream.key_version += 1
    stream.save(update_fields=["key_version", "updated_at"])
    take_off_air(stream, why="new_key")
    log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=stream.pk, metadata={"what": "stream_new_key"})
    _tell(stream, "new_key")
    return stream


@transaction.atomic
def update_stream(*, stream_id: object, by: Any, **changes: Any) -> LiveStream:
    """Change what is given; a draft that is given a title is announced by it. Source: veza.txt, PUT /live/streams/:id."""
    stream = editable(stream_id, by=by)
    given = checked(changes)
    before = set() if stream.status == LiveStream.Status.DRAFT else set(stream.tags)
    for name, value in given.items():
        setattr(stream, name, value)
    if stream.status == LiveStream.Status.DRAFT and "title" in given:
        stream.status = LiveStream.Status.READY
        become_creator(user_id=stream.owner_id)
    stream.save()
    after = set() if stream.status == LiveStream.Status.DRAFT else set(stream.tags)
    count_tag_use(before - after, -1)
    count_tag_use(after - before)
    remember(stream)
    log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=stream.pk, metadata={"what": "stream_changed"})
    _tell(stream, "changed")
    return stream


@transaction.atomic
def delete_stream(*, stream_id: object, by: Any) -> LiveStream:
    """Take it away with its comments, and off air; its key opens nothing any more. Its recordings stay."""
    stream = editable(stream_id, by=by)
    take_off_air(stream, why="deleted")
    stream.deleted_at = now()
    stream.save(update_fields=["deleted_at", "updated_at"])
    if stream.status != LiveStream.Status.DRAFT:
        count_tag_use(stream.tags, -1)
    log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=stream.pk, metadata={"what": "stream_deleted"})
    forget(id=stream.pk)
    _tell(stream, "deleted")
    return stream


# --- what they share -----------------------------------------------------------------------------------------------


def editable(stream_id: object, *, by: Any) -> LiveStream:
    """The stream, locked, if `by` may change it. Forbidden where they may only see it, otherwise NotFound."""
    key = lookup_id(stream_id)
    if not LiveStream.objects.visible_to(by).filter(pk=key).exists():
        raise NotFound("Stream not found")
    if not LiveStream.objects.editable_by(by).filter(pk=key).exists():
        raise Forbidden("Only its owner may change a stream")
    return locked_stream(key)


def locked_stream(stream_id: UUID) -> LiveStream:
    stream = LiveStream.objects.select_for_update(of=("self",), no_key=True).filter(pk=stream_id, deleted_at=None)
    if found := stream.select_related("owner").first():
        return found
    raise NotFound("Stream not found")


def remember(stream: LiveStream) -> None:
    """The entity as the stream is now: for all from its announcement on."""
    know(
        id=stream.pk,
        type=EntityType.LIVESTREAM,
        name=stream.title,
        owner_id=stream.owner_id,
        status=Status.DRAFT if stream.status == LiveStream.Status.DRAFT else Status.PUBLISHED,
        properties={
            "description": stream.description,
            "category": stream.category,
            "tags": stream.tags,
            "isLive": stream.is_live,
        },
    )


def take_off_air(stream: LiveStream, *, why: str, at: Any = None) -> bool:
    """End the broadcast of a locked stream, once. Returns whether there was one."""
    if not stream.is_live:
        return False
    stream.is_live, stream.status, stream.ended_at = False, LiveStream.Status.ENDED, at or now()
    stream.viewer_count = 0
    stream.save()
    remember(stream)
    known = {"what": "stream_ended", "status": stream.status, "why": why}
    log(type=EventType.LIVESTREAM_STATUS_CHANGED, actor_id=stream.owner_id, target_id=stream.pk, metadata=known)
    publish(StreamEnded(entity_id=stream.pk, owner_id=stream.owner_id, title=stream.title, why=why))
    return True


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are kept: without blanks around them, each tag once. Invalid where one is too long or no text."""
    most = {"title": LONGEST_TITLE, "description": LONGEST_DESCRIPTION, "category": LONGEST_CATEGORY}
    kept = {name: text_of(given[name], name, most[name]) for name in most if name in given}
    if "title" in kept and not kept["title"]:
        raise Invalid("A stream needs a title", details={"title": ["This may not be blank."]})
    if "tags" in given:
        kept["tags"] = tags_of(given["tags"])
    return kept


def text_of(text: str, name: str, most: int) -> Any:
    kept = text.replace("\r\n", "\n").strip()
    if "\0" in kept or len(kept) > most:
        raise Invalid(f"The {name} is longer than {most} characters, or no text", details={name: [f"At most {most}."]})
    return kept


def tags_of(tags: Iterable[str]) -> list[str]:
    kept = list(dict.fromkeys(tag for each in tags if (tag := text_of(each, "tags", LONGEST_TAG))))
    if len(kept) > MOST_TAGS:
        raise Invalid(f"A stream has at most {MOST_TAGS} tags", details={"tags": [f"At most {MOST_TAGS}."]})
    return kept


def _made(*, by: Any, title: str, status: str, **given: Any) -> LiveStream:
    if LiveStream.objects.filter(owner=by.pk, deleted_at=None).count() >= MOST_STREAMS:
        raise Invalid(f"Nobody has more than {MOST_STREAMS} streams. Delete one first.", code="too_many_streams")
    stream = LiveStream.objects.create(owner_id=by.pk, title=title, status=status, **given)
    remember(stream)
    link(from_id=stream.pk, to_id=by.pk, type=ConnectionType.CREATED_BY)
    log(
        type=EventType.CONTENT_UPLOADED,
        actor_id=by.pk,
        target_id=stream.pk,
        metadata={"what": "stream_created"},
        is_private=status == LiveStream.Status.DRAFT,
    )
    _tell(stream, "created")
    return stream


def _tell(stream: LiveStream, what: str) -> None:
    publish(StreamChanged(entity_id=stream.pk, owner_id=stream.owner_id, title=stream.title, what=what))
