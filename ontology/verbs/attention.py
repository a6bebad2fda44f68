"""What likes and comments share: the thing, locked; its counters; the heat of a post.

Whoever changes what a thing's counters are made of holds its entity's row until the end of the transaction, so that the
counters, the rows they count and what is told of them agree, however many act at once.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from config.errors import NotFound
from config.ids import parse_id
from ontology.models import Entity, EntityType, Post, Track

COUNTED: dict[str, type[models.Model]] = {EntityType.SOCIAL_POST: Post, EntityType.MEDIA_ASSET: Track}
"""Which of the things keep their own counters, by the type of their entity."""

NAMES: dict[str, str] = {
    EntityType.SOCIAL_POST: "Post",
    EntityType.MEDIA_ASSET: "Track",
    EntityType.LIVESTREAM: "Stream",
}


@dataclass(frozen=True, slots=True)
class Counts:
    like_count: int
    comment_count: int


def thing_for(entity_id: object, *, by: Any, type: EntityType | None = None) -> Entity:
    """The entity, locked, if `by` may see it, whoever owns it is still active and it is of `type`. NotFound otherwise."""
    key = parse_id(entity_id)
    active = Q(owner=None) | Q(owner__is_active=True)
    rows = Entity.objects.visible_to(by).filter(active).select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=key).first() if key else None
    if found is None or (type is not None and found.type != type):
        raise NotFound(f"{NAMES.get(type or '', 'Entity')} not found")
    return found


def locked(entity_id: UUID) -> Entity:
    """The entity as it is, also a deleted one, locked."""
    return Entity.objects.select_for_update(of=("self",), no_key=True).get(pk=entity_id)


def count(thing: Entity, *, likes: int = 0, comments: int = 0) -> Counts:
    """Move the thing's own counters by so many, where it keeps any. Returns how many there are now."""
    model = COUNTED.get(thing.type)
    rows = None if model is None else model._default_manager.filter(pk=thing.pk)
    if rows is not None:
        enough = {"like_count__gte": max(-likes, 0), "comment_count__gte": max(-comments, 0)}
        moved = {"like_count": F("like_count") + likes, "comment_count": F("comment_count") + comments}
        rows.filter(**enough).update(**moved)
        if kept := rows.values("like_count", "comment_count").first():
            return Counts(**kept)
    return Counts(thing.likes.count(), thing.comments.filter(deleted_at=None).count())
