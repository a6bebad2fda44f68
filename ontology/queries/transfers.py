"""Imports and exports of the graph: where their files lie, and the lines of an export."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from ontology.models import Connection, Entity, Event, GraphTransfer, Tag

AT_ONCE = 2000
MOST_SHOWN = 20
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MILLISECOND = dt.timedelta(milliseconds=1)
# From the wire's key to the column, for each kind in the order in which a file has them.
SHAPES: dict[str, dict[str, str]] = {
    "entity": {
        "_id": "id", "type": "type", "name": "name", "properties": "properties", "status": "status",
        "createdAt": "created_at", "updatedAt": "updated_at", "isPrivate": "is_private",
    },
    "tag": {"_id": "id", "entityId": "entity_id", "key": "key", "value": "value"},
    "connection": {
        "_id": "id", "fromEntityId": "from_entity_id", "toEntityId": "to_entity_id",
        "relationshipType": "relationship_type", "metadata": "metadata", "createdAt": "created_at",
        "isPrivate": "is_private",
    },
    "event": {
        "_id": "id", "type": "type", "actorId": "actor_id", "targetId": "target_id", "timestamp": "timestamp",
        "metadata": "metadata", "isPrivate": "is_private",
    },
}  # fmt: skip


def folder() -> Path:
    """Where the files lie: beside the media, which anybody may read, never among it."""
    return Path(settings.DATA_DIR) / "transfers"


def file_of(transfer: GraphTransfer) -> Path:
    return folder() / transfer.path


def transfers_of(user: Any) -> "QuerySet[GraphTransfer]":
    """Newest first, MOST_SHOWN at most."""
    return GraphTransfer.objects.filter(user=user.pk).order_by("-created_at", "-id")[:MOST_SHOWN]


def rows_of(user: Any | None) -> dict[str, "QuerySet[Any]"]:
    """What an export tells, by kind: all that `user` owns and that begins there, or without one the whole graph.

    What is deleted is in none, and of somebody's only what they may see themselves.
    """
    ends = Q(from_entity__deleted_at=None, to_entity__deleted_at=None)
    whole: dict[str, QuerySet[Any]] = {
        "entity": Entity.objects.filter(deleted_at=None),
        "tag": Tag.objects.filter(entity__deleted_at=None),
        "connection": Connection.objects.filter(ends, deleted_at=None),
        "event": Event.objects.filter(Q(target=None) | Q(target__deleted_at=None), actor__deleted_at=None),
    }
    if user is None:
        return whole
    return {
        "entity": whole["entity"].filter(owner=user.pk),
        "tag": whole["tag"].filter(entity__owner=user.pk),
        "connection": Connection.objects.visible_to(user).filter(from_entity__owner=user.pk),
        "event": Event.objects.visible_to(user).filter(actor__owner=user.pk),
    }


def size_of(user: Any | None) -> int:
    """How many lines an export has now."""
    return sum(rows.count() for rows in rows_of(user).values())


def lines_of(user: Any | None) -> Iterator[dict[str, Any]]:
    """The objects of an export: entities, then their tags, connections and events, each in the order of their ids."""
    for kind, rows in rows_of(user).items():
        shape = SHAPES[kind]
        for row in rows.order_by("id").values(*shape.values()).iterator(chunk_size=AT_ONCE):
            yield {"kind": kind} | {key: _spelt(row[column]) for key, column in shape.items()}


def _spelt(value: Any) -> Any:
    return (value - EPOCH) // MILLISECOND if isinstance(value, dt.datetime) else value
