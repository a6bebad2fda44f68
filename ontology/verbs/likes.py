"""Liking any entity that one may see: a track, a post, a stream, a product."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from ontology.changes import publish
from ontology.facts import Liked, LikeTakenBack
from ontology.models import Entity, EntityType, EventType, Like
from ontology.verbs.attention import count, locked, thing_for
from ontology.verbs.heat import LIKED, cool, warm
from ontology.verbs.memory import log


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the caller likes it now, and how many do."""

    is_liked: bool
    like_count: int


@transaction.atomic
def toggle_like(*, entity_id: object, by: Any, type: EntityType | None = None) -> Standing:
    """Like it, or take that back. With `type`, a thing of another one is NotFound. Source: veza.txt, POST /social/like."""
    thing = thing_for(entity_id, by=by, type=type)
    is_liked = Like.objects.filter(entity=thing, user=by.pk).exists()
    return _take_back(thing, by=by) if is_liked else _give(thing, by=by)


@transaction.atomic
def like(*, entity_id: object, by: Any, type: EntityType | None = None) -> Standing:
    """Like it; twice is once."""
    return _give(thing_for(entity_id, by=by, type=type), by=by)


@transaction.atomic
def unlike(*, entity_id: object, by: Any, type: EntityType | None = None) -> Standing:
    """Take a like back, where there is one."""
    return _take_back(thing_for(entity_id, by=by, type=type), by=by)


@transaction.atomic
def take_back_all_likes(*, user_id: UUID) -> None:
    """For somebody who leaves for good, so that no counter goes on counting them."""
    for row in Like.objects.filter(user=user_id).order_by("entity").select_related("user").iterator():
        _take_back(locked(row.entity_id), by=row.user)


def _give(thing: Entity, *, by: Any) -> Standing:
    row, is_new = Like.objects.get_or_create(entity=thing, user_id=by.pk)
    counts = count(thing, likes=int(is_new))
    if is_new:
        warm(thing, LIKED, row.created_at)
        log(type=EventType.CONTENT_INTERACTED, actor_id=by.pk, target_id=thing.pk, metadata={"what": "liked"})
        publish(
            Liked(
                entity_id=thing.pk,
                type=thing.type,
                name=thing.name,
                user_id=by.pk,
                user_name=by.display_name,
                owner_id=thing.owner_id,
                like_count=counts.like_count,
            )
        )
    return Standing(True, counts.like_count)


def _take_back(thing: Entity, *, by: Any) -> Standing:
    row = Like.objects.filter(entity=thing, user=by.pk).first()
    if row is None:
        return Standing(False, count(thing).like_count)
    Like.objects.filter(pk=row.pk).delete()
    counts = count(thing, likes=-1)
    cool(thing, LIKED, row.created_at)
    log(type=EventType.CONTENT_INTERACTED, actor_id=by.pk, target_id=thing.pk, metadata={"what": "like_taken_back"})
    publish(
        LikeTakenBack(
            entity_id=thing.pk,
            type=thing.type,
            user_id=by.pk,
            owner_id=thing.owner_id,
            like_count=counts.like_count,
        )
    )
    return Standing(False, counts.like_count)
