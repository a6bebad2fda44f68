"""How every other verb writes the graph, in its own transaction: `know` a thing, `link` two, `log` what happened.

These ask for no permission: the verb that calls them has decided. What an API caller may do by hand is in
`entities`, `connections`, `events` and `tags` beside this file.
"""

import json
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from config.errors import Invalid
from ontology.models import Connection, ConnectionType, Entity, EntityType, Event, EventType, Status
from ontology.verbs.tag_names import count_tag_use

MOST_JSON = 128 * 1024


def know(
    *,
    id: UUID,
    type: EntityType,
    name: str,
    owner_id: UUID | None,
    properties: dict[str, Any] | None = None,
    status: Status = Status.ACTIVE,
    is_private: bool = False,
) -> Entity:
    """The entity with this id as it now is: made where new, otherwise brought up to date (properties are merged)."""
    entity = Entity.objects.filter(pk=id).first() or Entity(pk=id)
    was_open = not entity._state.adding and entity.is_open
    entity.type, entity.name, entity.owner_id = type, name[:255], owner_id
    entity.properties = {**entity.properties, **(properties or {})}
    entity.status, entity.is_private, entity.is_kept, entity.deleted_at = status, is_private, True, None
    entity.save()
    count_tags_of(entity, was_open=was_open)
    return entity


def count_tags_of(entity: Entity, *, was_open: bool) -> None:
    """What everybody sees counts in the use of its tags, and what nobody sees any more is suggested to nobody."""
    if was_open != entity.is_open and entity.type != EntityType.MEDIA_ASSET:  # a track counts its words itself
        count_tag_use(list(entity.tags.values_list("value", flat=True)), 1 if entity.is_open else -1)


def merge(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """`given` laid over `kept`; a null removes its key. What results is bounded, however many small updates it took."""
    merged = {key: value for key, value in {**kept, **given}.items() if value is not None}
    if len(json.dumps(merged)) > MOST_JSON:
        raise Invalid(details={"properties": ["Together this is more than 128 KiB of JSON."]})
    return merged


def forget(*, id: UUID) -> None:
    """Soft-delete the entity; its connections and events vanish from every read with it."""
    entity = Entity.objects.filter(pk=id, deleted_at=None).first()
    if entity and Entity.objects.filter(pk=id, deleted_at=None).update(deleted_at=now(), updated_at=now()):
        was_open, entity.deleted_at = entity.is_open, now()
        count_tags_of(entity, was_open=was_open)


def link(
    *,
    from_id: UUID,
    to_id: UUID,
    type: ConnectionType,
    metadata: dict[str, Any] | None = None,
    is_private: bool = False,
    is_kept: bool = True,
) -> Connection:
    """The one live connection of this type between the two; a second call brings its metadata up to date.

    One that a verb keeps (`is_kept`) is never changed by hand: there the second call answers it as it is.
    """
    with transaction.atomic():
        connection, is_new = Connection.objects.get_or_create(
            from_entity_id=from_id,
            to_entity_id=to_id,
            relationship_type=type,
            deleted_at=None,
            defaults={"metadata": metadata or {}, "is_private": is_private, "is_kept": is_kept},
        )
        if not is_new and (is_kept or not connection.is_kept):
            connection.metadata = merge(connection.metadata, metadata or {})
            connection.is_private, connection.is_kept = is_private, is_kept
            connection.save(update_fields=["metadata", "is_private", "is_kept"])
    return connection


def unlink(*, from_id: UUID, to_id: UUID, type: ConnectionType) -> None:
    Connection.objects.filter(from_entity=from_id, to_entity=to_id, relationship_type=type, deleted_at=None).update(
        deleted_at=now()
    )


def log(
    *,
    type: EventType,
    actor_id: UUID,
    target_id: UUID | None = None,
    metadata: dict[str, Any] | None = None,
    is_private: bool = False,
    is_kept: bool = True,
) -> Event:
    return Event.objects.create(
        type=type,
        actor_id=actor_id,
        target_id=target_id,
        metadata=metadata or {},
        is_private=is_private,
        is_kept=is_kept,
    )
