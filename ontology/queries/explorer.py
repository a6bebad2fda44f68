"""Questions the graph's pages ask: what there is, what stands around one entity, what happened to it."""

from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from config.ids import parse_id
from config.paging import Page, keyset, page_of
from ontology.models import Connection, Entity, Event

ROW = ("id", "type", "name", "status", "created_at")
MOST_NEIGHBOURS = 60


def browse(
    *,
    user: Any,
    type: str = "",
    words: str = "",
    tag: tuple[str, str] | None = None,
    cursor: str | None = None,
    limit: int = 24,
) -> Page:
    """Entities that `user` may see, newest first, as rows of ROW."""
    rows = Entity.objects.visible_to(user)
    if type:
        rows = rows.filter(type=type)
    if words:
        rows = rows.filter(name__icontains=words)
    if tag:
        rows = rows.filter(tags__key=tag[0], tags__value=tag[1])
    return page_of(keyset(rows.values(*ROW), cursor=cursor, limit=limit), limit=limit)


def kinds(*, user: Any) -> list[dict[str, Any]]:
    """The types there are, with how many of each: `{type, count}`, most first."""
    rows = Entity.objects.visible_to(user).values("type").annotate(count=Count("id")).order_by("-count", "type")
    return [dict(row) for row in rows]


def find(*, user: Any, entity_id: object) -> Entity | None:
    key = parse_id(entity_id)
    return Entity.objects.visible_to(user).select_related("owner").filter(pk=key).first() if key else None


def neighbours(*, user: Any, entity_id: UUID) -> list[dict[str, Any]]:
    """What the entity is connected to, newest first: `{id, name, type, relation, outward, created_at}`."""
    seen = Connection.objects.visible_to(user)
    sides = (("from_entity", "to_entity", True), ("to_entity", "from_entity", False))
    found: list[dict[str, Any]] = []
    for here, there, outward in sides:
        other = {key: F(f"{there}__{key}") for key in ("name", "type")}
        rows = seen.filter(**{here: entity_id}).order_by("-created_at", "-id")
        found_rows = rows.values("created_at", relation=F("relationship_type"), entity_id=F(f"{there}__id"), **other)
        found += [{**row, "outward": outward} for row in found_rows[:MOST_NEIGHBOURS]]
    found.sort(key=lambda row: row["created_at"], reverse=True)
    return found[:MOST_NEIGHBOURS]


def history(*, user: Any, entity_id: UUID, limit: int = 20) -> list[dict[str, Any]]:
    """The latest events the entity took part in: `{type, timestamp, metadata, actor_id, target_id,
    actor_name, target_name}`."""
    around = (
        Event.objects.visible_to(user).filter(Q(actor=entity_id) | Q(target=entity_id)).order_by("-timestamp", "-id")
    )
    rows = around.values(
        "type",
        "timestamp",
        "metadata",
        "actor_id",
        "target_id",
        actor_name=F("actor__name"),
        target_name=F("target__name"),
    )
    return [dict(row) for row in rows[:limit]]
