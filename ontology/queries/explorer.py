"""Questions the graph's pages ask: what there is, what stands around one entity, what happened to it."""

from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Value

from config.ids import parse_id
from config.paging import Page, keyset, page_of
from ontology.models import Connection, Entity, Event, Tag
from ontology.queries.search import search_entities, with_tag

ROW = ("id", "type", "name", "status", "created_at")
MOST_NEIGHBOURS = 60
MOST_KEYS, MOST_VALUES, MOST_TAGS = 16, 24, 100
EVENT = ("id", "type", "timestamp", "metadata", "actor_id", "target_id")
WAYS = {"out": ("from_entity", "to_entity"), "in": ("to_entity", "from_entity")}
"""Which end of a connection the entity is, and which its neighbour, by the way the connection goes."""


def browse(
    *,
    user: Any,
    type: str = "",
    words: str = "",
    tag: tuple[str, str] | None = None,
    cursor: str | None = None,
    limit: int = 24,
) -> Page:
    """Entities that `user` may see, as rows of ROW: newest first, or where there are words as full-text search finds them.
    A `tag` without a value is any of its key."""
    if words:
        return search_entities(user=user, words=words, type=type, tag=tag, cursor=cursor, limit=limit, fields=ROW)
    rows: QuerySet[Entity] = Entity.objects.visible_to(user)
    if type:
        rows = rows.filter(type=type)
    if tag:
        rows = with_tag(rows, *tag)
    return page_of(keyset(rows.values(*ROW), cursor=cursor, limit=limit), limit=limit)


def kinds(*, user: Any, tag: tuple[str, str] | None = None) -> dict[str, int]:
    """How many there are of each type, of those that carry the tag where one is given."""
    rows: QuerySet[Entity] = Entity.objects.visible_to(user)
    if tag:
        rows = with_tag(rows, *tag)
    return dict(rows.order_by().values_list("type").annotate(count=Count("id")))


def tag_keys(*, user: Any, type: str = "") -> list[tuple[str, int]]:
    """The keys that visible entities are tagged with and on how many, most used first."""
    rows = _tags(user, type).values_list("key").annotate(count=Count("entity", distinct=True))
    return list(rows.order_by("-count", "key")[:MOST_KEYS])


def tag_values(*, user: Any, key: str, type: str = "") -> list[tuple[str, int]]:
    """The values of one key, most used first."""
    rows = _tags(user, type).filter(key=key).values_list("value").annotate(count=Count("id"))
    return list(rows.order_by("-count", "value")[:MOST_VALUES])


def _tags(user: Any, type: str) -> "QuerySet[Tag]":
    seen = Entity.objects.visible_to(user).order_by()
    return Tag.objects.order_by().filter(entity__in=seen.filter(type=type) if type else seen)


def tags_of(entity_id: UUID) -> list[dict[str, Any]]:
    return [dict(row) for row in Tag.objects.filter(entity=entity_id).values("id", "key", "value")[:MOST_TAGS]]


def find(*, user: Any, entity_id: object) -> Entity | None:
    key = parse_id(entity_id)
    return Entity.objects.visible_to(user).select_related("owner").filter(pk=key).first() if key else None


def neighbours(*, user: Any, entity_id: UUID) -> list[dict[str, Any]]:
    """What the entity is connected to, newest first, at most MOST_NEIGHBOURS: rows of `around`."""
    found = [
        row for way in WAYS for row in _around(user, entity_id, way).order_by("-created_at", "-id")[:MOST_NEIGHBOURS]
    ]
    found.sort(key=lambda row: row["created_at"], reverse=True)
    return found[:MOST_NEIGHBOURS]


def around(*, user: Any, entity_id: UUID, relation: str, way: str, cursor: str | None, limit: int = 30) -> Page:
    """The neighbours by one relationship in one direction, newest first:
    `{id, entity_id, name, type, relation, outward, is_kept, created_at}`, where `id` is the connection's."""
    rows = _around(user, entity_id, way).filter(relationship_type=relation)
    return page_of(keyset(rows, cursor=cursor, limit=limit), limit=limit)


def _around(user: Any, entity_id: UUID, way: str) -> "QuerySet[Any, Any]":
    here, there = WAYS[way]
    rows = Connection.objects.visible_to(user).filter(**{here: entity_id})
    return rows.values(
        "id",
        "created_at",
        "is_kept",
        relation=F("relationship_type"),
        outward=Value(way == "out"),
        entity_id=F(f"{there}__id"),
        name=F(f"{there}__name"),
        type=F(f"{there}__type"),
    )


def relations(*, user: Any, entity_id: UUID) -> dict[tuple[str, bool], int]:
    """How many neighbours there are by each (relationship, whether it goes outward)."""
    found: dict[tuple[str, bool], int] = {}
    for way, (here, _) in WAYS.items():
        rows = Connection.objects.visible_to(user).filter(**{here: entity_id}).order_by()
        counts = rows.values_list("relationship_type").annotate(count=Count("id"))
        found |= {(relation, way == "out"): count for relation, count in counts}
    return found


def connected(*, user: Any, entity_id: UUID, relation: str) -> set[UUID]:
    """Whom the entity is already connected to by this relationship; the first thousand are enough to mark a page."""
    rows = Connection.objects.visible_to(user).filter(from_entity=entity_id, relationship_type=relation)
    return set(rows.values_list("to_entity_id", flat=True)[:1000])


def history(*, user: Any, entity_id: UUID, limit: int = 20) -> list[dict[str, Any]]:
    """The latest events the entity took part in: EVENT, and `actor_name` and `target_name`."""
    return list(_events(user, entity_id).order_by("-timestamp", "-id")[:limit])


def history_page(*, user: Any, entity_id: UUID, cursor: str | None, limit: int = 20) -> Page:
    """The same, page by page."""
    rows = keyset(_events(user, entity_id), cursor=cursor, limit=limit, by="timestamp")
    return page_of(rows, limit=limit, by="timestamp")


def _events(user: Any, entity_id: UUID) -> "QuerySet[Any, Any]":
    rows = Event.objects.visible_to(user).filter(Q(actor=entity_id) | Q(target=entity_id))
    return rows.values(*EVENT, actor_name=F("actor__name"), target_name=F("target__name"))
