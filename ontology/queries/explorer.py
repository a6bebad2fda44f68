"""Questions the graph's pages ask: what there is, what stands around one entity, what happened to it."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import RowNumber

from config.ids import parse_id
from config.paging import Page, keyset, page_of
from ontology.models import Connection, Entity, Event, Tag
from ontology.models.entities import PUBLIC
from ontology.queries.search import search_entities, search_types, with_tag

ROW = ("id", "type", "name", "status", "created_at", "properties__content_type")
OF_EACH_RELATION = 20
MOST_KEYS, MOST_VALUES, MOST_TAGS = 16, 24, 100
MOST_ASKED = 200  # keys or values of which a part of them is put together
MOST_COUNTED = 1000
KEPT = 60  # seconds
EVENT = ("id", "type", "timestamp", "metadata", "actor_id", "target_id", "is_kept")
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
    """How many there are of each type, of those that carry the tag where one is given; as they were KEPT seconds ago at most."""
    return dict(_counted(user, ["kinds", *(tag or ())], lambda seen: _types(with_tag(seen, *tag) if tag else seen)))


def kinds_found(*, user: Any, words: str, tag: tuple[str, str] | None = None) -> tuple[dict[str, int], bool]:
    """How many of each type say the words, and whether there are more than were counted, which is MOST_COUNTED."""
    return search_types(user=user, words=words, tag=tag, most=MOST_COUNTED)


def tag_keys(*, user: Any, type: str = "") -> list[tuple[str, int]]:
    """The keys that visible entities are tagged with and on how many, most used first; of KEPT seconds ago at most."""
    return _counted(user, ["keys", type], lambda seen: _used(_tags(seen, type), "key", "entity"))[:MOST_KEYS]


def tag_values(*, user: Any, key: str, type: str = "") -> list[tuple[str, int]]:
    """The values of one key, most used first; of KEPT seconds ago at most."""
    return _counted(user, ["values", type, key], lambda seen: _used(_tags(seen, type).filter(key=key), "value", "id"))[
        :MOST_VALUES
    ]


def _types(seen: "QuerySet[Entity]") -> "QuerySet[Any, Any]":
    return seen.order_by().values_list("type").annotate(count=Count("id"))


def _tags(seen: "QuerySet[Entity]", type: str) -> "QuerySet[Tag]":
    return Tag.objects.order_by().filter(entity__in=seen.filter(type=type) if type else seen)


def _used(rows: "QuerySet[Tag]", what: str, of: str) -> "QuerySet[Any, Any]":
    counts = rows.values_list(what).annotate(count=Count(of, distinct=True))
    return counts.order_by("-count", what)[:MOST_ASKED]


def _counted(
    user: Any, what: list[str], ask: "Callable[[QuerySet[Entity]], QuerySet[Any, Any]]"
) -> list[tuple[str, int]]:
    """What `ask` counts among the entities that `user` may see, most first. Counting reads every row, so that what all
    may see is counted once in KEPT seconds for everybody, and once for each what only they may."""
    live = Entity.objects.filter(deleted_at=None).order_by()
    public = Q(status__in=PUBLIC, is_private=False)
    if user.is_staff:
        parts = [("staff", live)]
    else:
        parts = [("all", live.filter(public)), (f"of {user.pk}", live.filter(owner=user.pk).exclude(public))]
    total: Counter[str] = Counter()
    for whose, seen in parts:
        name = hashlib.sha256(orjson.dumps([whose, *what])).hexdigest()
        total.update(dict(cache.get_or_set(f"graph-counts:{name}", lambda seen=seen: list(ask(seen)), KEPT) or []))
    return sorted(total.items(), key=lambda row: (-row[1], row[0]))


def tags_of(entity_id: UUID) -> list[dict[str, Any]]:
    return [dict(row) for row in Tag.objects.filter(entity=entity_id).values("id", "key", "value")[:MOST_TAGS]]


def find(*, user: Any, entity_id: object) -> Entity | None:
    key = parse_id(entity_id)
    return Entity.objects.visible_to(user).select_related("owner").filter(pk=key).first() if key else None


def neighbours(*, user: Any, entity_id: UUID) -> list[dict[str, Any]]:
    """What the entity is connected to, newest first: rows of `around`, at most OF_EACH_RELATION of each relationship in
    each direction, so that a busy one hides no other."""
    place = Window(RowNumber(), partition_by="relationship_type", order_by=("-created_at", "-id"))
    found: list[dict[str, Any]] = []
    for way, (here, _) in WAYS.items():
        seen = Connection.objects.visible_to(user).filter(**{here: entity_id}).order_by()
        first = seen.annotate(place=place).filter(place__lte=OF_EACH_RELATION).values_list("pk", flat=True)
        found += _around(user, entity_id, way).filter(pk__in=list(first)).order_by()
    return sorted(found, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def around(*, user: Any, entity_id: UUID, relation: str, way: str, cursor: str | None, limit: int = 30) -> Page:
    """The neighbours by one relationship in one direction, newest first:
    `{id, entity_id, name, type, content_type, relation, outward, is_kept, created_at}`, where `id` is the connection's."""
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
        content_type=KeyTextTransform("content_type", f"{there}__properties"),
    )


def outgoing(*, user: Any, entity_id: UUID, connection_id: UUID) -> dict[str, Any] | None:
    """One connection that goes out from the entity, as a row of `around`."""
    return _around(user, entity_id, "out").filter(pk=connection_id).first()


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
    """What Stoa saw happen, and what the owner noted; what others note about it is not put on its page."""
    rows = Event.objects.visible_to(user).filter(Q(actor=entity_id) | Q(target=entity_id))
    rows = rows.filter(Q(is_kept=True) | Q(target=None) | Q(actor__owner=F("target__owner")))
    return rows.values(*EVENT, actor_name=F("actor__name"), target_name=F("target__name"))
