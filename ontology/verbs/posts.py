from typing import Any

from django.db import transaction
from django.utils.timezone import now

from config.errors import Forbidden, Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import PostPublished, PostRemoved
from ontology.models import LONGEST_POST, ConnectionType, EntityType, EventType, Post, Status, Track
from ontology.verbs.attention import locked
from ontology.verbs.comments import BEGINNING, said
from ontology.verbs.heat import first_heat
from ontology.verbs.memory import forget, know, link, log

LONGEST_NAME = 80


@transaction.atomic
def create_post(*, content: str, by: Any, track_id: object | None = None) -> Post:
    """Say something to everybody who follows; it may show a published track. Source: veza.txt, POST /social/posts."""
    text = said(content, most=LONGEST_POST)
    track = None if track_id in (None, "") else _shown_track(track_id, by=by)
    moment = now()
    post = Post.objects.create(
        author_id=by.pk, content=text, track_id=track.pk if track else None, created_at=moment, heat=first_heat(moment)
    )
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
    if Post.objects.live().filter(pk=post.pk).update(deleted_at=post.deleted_at):
        forget(id=post.pk)
        log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=post.pk, metadata={"what": "post_removed"})
        publish(PostRemoved(post_id=post.pk, author_id=post.author_id))
    return post


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
