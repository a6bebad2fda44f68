"""How ONE spells the graph: rows of `.values()` to the document's schemas Entity, Connection, Event and Tag."""

from typing import Any

from config.dialects.fields import epoch_ms

ENTITY = ("id", "type", "name", "properties", "status", "created_at", "updated_at")
CONNECTION = ("id", "from_entity_id", "to_entity_id", "relationship_type", "metadata", "created_at")
EVENT = ("id", "type", "actor_id", "target_id", "timestamp", "metadata")
TAG = ("id", "entity_id", "key", "value")


def entity_out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "_id": row["id"],
        "type": row["type"],
        "name": row["name"],
        "properties": row["properties"],
        "status": row["status"],
        "createdAt": epoch_ms(row["created_at"]),
        "updatedAt": epoch_ms(row["updated_at"]),
    }


def connection_out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "_id": row["id"],
        "fromEntityId": row["from_entity_id"],
        "toEntityId": row["to_entity_id"],
        "relationshipType": row["relationship_type"],
        "metadata": row["metadata"],
        "createdAt": epoch_ms(row["created_at"]),
    }


def event_out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "_id": row["id"],
        "type": row["type"],
        "actorId": row["actor_id"],
        "targetId": row["target_id"],
        "timestamp": epoch_ms(row["timestamp"]),
        "metadata": row["metadata"],
    }


def tag_out(row: dict[str, Any]) -> dict[str, Any]:
    return {"_id": row["id"], "entityId": row["entity_id"], "key": row["key"], "value": row["value"]}
