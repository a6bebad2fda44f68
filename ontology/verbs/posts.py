import contextlib
import datetime as dt
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import now

from config.errors import DomainError, Forbidden, Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import EntityChanged, PostPublished, PostRemoved
from ontology.models import LONGEST_ALT, LONGEST_POST, ConnectionType, EntityType, EventType, Post, Status, Track
from ontology.verbs.attention import locked
from ontology.verbs.comments import BEGINNING, said
from ontology.verbs.covers import draw_again
from ontology.verbs.heat import first_heat
from ontology.verbs.memory import forget, know, link, log

LONGEST_NAME = 80
PICTURES = "posts"
UNCLAIMED = dt.timedelta(days=1)


def create_post(
    *, content: str, by: Any, track_id: object | None = None, image: bytes | None = None, image_alt: str = ""
) -> Post:
    """Say something to everybody who follows; it may show a published track and a picture, which is drawn anew.
    Source: veza.txt, POST /social/posts."""
    text, alt = said(content, most=LONGEST_POST), said_of(image_alt)
    drawn = drawn_for_post(image) if image else None
    moment = now()
    post = Post(author_id=by.pk, content=text, created_at=moment, heat=first_heat(moment))
    with picture_of(post, drawn, alt), transaction.atomic():
        track = None if track_id in (None, "") else _shown_track(track_id, by=by)
        post.track_id = track.pk if track else None
        post.save(force_insert=True)
        know(
            id=post.pk,
            type=EntityType.SOCIAL_POST,
            name=name_of(text),
            owner_id=by.pk,
            status=Status.PUBLISHED,
            properties={"content": text, **({"track_id": str(track.pk)} if track else {})},
        )
        link(from_id=by.pk, to_id=post.pk, type=ConnectionType.AUTHORED)
        if track:
            link(from_id=post.pk, to_id=track.pk, type=ConnectionType.REFERENCES)
        log(type=EventType.UGC_CREATED, actor_id=by.pk, target_id=post.pk, metadata={"what": "post_published"})
        publish(
            PostPublished(post_id=post.pk, author_id=by.pk, author_name=by.display_name, text=text[:BEGINNING]),
        )
    return post


def edit_post(
    *,
    post_id: object,
    by: Any,
    content: str,
    image: bytes | None = None,
    image_alt: str = "",
    without_image: bool = False,
) -> Post:
    """Say it otherwise, with the picture it has, another or none; for its author alone. Whoever reads it sees that it was
    changed, and nobody is told of it again."""
    text, alt = said(content, most=LONGEST_POST), said_of(image_alt)
    drawn = drawn_for_post(image) if image else None
    post = editable_post(post_id, by=by)
    with picture_of(post, drawn, alt), transaction.atomic():
        locked(post.pk)
        now_there = editable_post(post.pk, by=by)
        before = (now_there.content, now_there.image.name, now_there.image_alt)
        if not drawn:
            post.image = "" if without_image else before[1]
        post.content, post.image_alt = text, alt if post.image else ""
        if (post.content, post.image.name, post.image_alt) == before:
            return post
        post.edited_at = now()
        post.save(update_fields=["content", "image", "image_alt", "edited_at", "updated_at"])
        know(
            id=post.pk,
            type=EntityType.SOCIAL_POST,
            name=name_of(text),
            owner_id=by.pk,
            status=Status.PUBLISHED,
            properties={"content": text},
        )
        log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=post.pk, metadata={"what": "post_edited"})
        publish(EntityChanged(entity_id=post.pk, type=EntityType.SOCIAL_POST, what="updated"))
        if before[1] != post.image.name:
            remove_later(before[1] or "")
    return post


def editable_post(post_id: object, *, by: Any) -> Post:
    """A post of `by`'s own: NotFound where there is none, Forbidden where it is another's, also for staff."""
    post = Post.objects.visible_to(by).filter(pk=lookup_id(post_id)).first()
    if post is None:
        raise NotFound("Post not found")
    if post.author_id != by.pk:
        raise Forbidden("Only its author may edit a post")
    return post


@transaction.atomic
def delete_post(*, post_id: object, by: Any) -> Post:
    """Take it away with its comments; for its author and staff. Everybody else may see it, so they are Forbidden."""
    post = Post.objects.visible_to(by).filter(pk=lookup_id(post_id)).first()
    if post is None:
        raise NotFound("Post not found")
    if not by.is_staff and post.author_id != by.pk:
        raise Forbidden("Only its author may delete a post")
    locked(post.pk)
    post.deleted_at = now()
    picture = Post.objects.filter(pk=post.pk).values_list("image", flat=True).get()
    if Post.objects.live().filter(pk=post.pk).update(deleted_at=post.deleted_at, image="", image_alt=""):
        remove_later(picture)
        forget(id=post.pk)
        log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=post.pk, metadata={"what": "post_removed"})
        publish(PostRemoved(post_id=post.pk, author_id=post.author_id))
    return post


# --- pictures ------------------------------------------------------------------------------------------------------


def drawn_for_post(content: bytes) -> bytes:
    """The picture as it is kept. Invalid or TooLarge, with details for `image`, where it cannot be."""
    try:
        return draw_again(content)
    except DomainError as error:
        if isinstance(error.details, dict) and "cover" in error.details:
            error.details = {"image": error.details["cover"]}
        raise


def said_of(alt: object) -> str:
    text = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(text) > LONGEST_ALT or "\0" in text:
        raise Invalid(
            f"Say in at most {LONGEST_ALT} characters what the picture shows",
            details={"image_alt": [f"Must be at most {LONGEST_ALT} characters."]},
        )
    return text


@contextlib.contextmanager
def picture_of(post: Post, drawn: bytes | None, alt: str) -> Iterator[None]:
    """Put the picture in its place, under a name that its content gives; it goes again where no row came to name it."""
    name = f"{PICTURES}/{post.pk.hex}-{hashlib.sha256(drawn).hexdigest()[:16]}.webp" if drawn else ""
    is_new = bool(drawn) and post.image.name != name
    try:
        if drawn and is_new:
            post.image.save(Path(name).name, ContentFile(drawn), save=False)
        post.image_alt = alt if post.image else ""
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            if is_new and post.image.name and not Post.objects.filter(image=post.image.name).exists():
                default_storage.delete(post.image.name)
        raise


def remove_later(name: str) -> None:
    if name:
        # robust: that it is still there is the sweep's business, not a failure of what was done.
        transaction.on_commit(functools.partial(default_storage.delete, name), robust=True)


def sweep_pictures() -> int:
    """Remove the pictures that no post names any more, but for new ones: their row may be on its way."""
    old, removed = (now() - UNCLAIMED).timestamp(), 0
    for path in Path(settings.MEDIA_ROOT, PICTURES).glob("*"):
        if path.stat().st_mtime < old and not Post.objects.filter(image=f"{PICTURES}/{path.name}").exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


# --- what they share -----------------------------------------------------------------------------------------------


def name_of(text: str) -> str:
    """What the graph calls a post: how it begins, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1].rstrip() + "…"


def _shown_track(track_id: object, *, by: Any) -> Track:
    published = Track.objects.visible_to(by).filter(status=Track.Status.PUBLISHED)
    track = published.filter(pk=lookup_id(track_id)).first()
    if track is None:
        raise Invalid("There is no such track", details={"track_id": ["Must be the id of a published track."]})
    return track
