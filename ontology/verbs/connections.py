from typing import Any

from django.db import transaction
from django.utils.timezone import now

from config.errors import Forbidden, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.models import Connection, ConnectionType, Entity
from ontology.verbs.entities import KEPT, editable
from ontology.verbs.memory import link
from ontology.verbs.schemas import check_connection_metadata


@transaction.atomic
def create_connection(
    *,
    from_entity_id: object,
    to_entity_id: object,
    relationship_type: str,
    metadata: dict[str, Any] | None = None,
    by: Any,
) -> Connection:
    """Connect two entities; the first must be the caller's. Source: one.txt /connections/create."""
    check_connection_metadata(relationship_type, metadata or {})
    start = editable(from_entity_id, by=by)
    end = Entity.objects.visible_to(by).filter(pk=lookup_id(to_entity_id)).first()
    if end is None:
        raise NotFound("Entity not found")
    connection = link(
        from_id=start.pk, to_id=end.pk, type=ConnectionType(relationship_type), metadata=metadata, is_kept=False
    )
    publish(EntityChanged(entity_id=start.pk, type=start.type, what="connected"))
    return connection


@transaction.atomic
def delete_connection(*, connection_id: object, by: Any) -> Connection:
    """Soft-delete; only for the owner of the entity it starts at, and staff. Source: one.txt /connections/delete."""
    key = lookup_id(connection_id)
    found = Connection.objects.visible_to(by).select_related("from_entity").filter(pk=key).first() if key else None
    if found is None:
        raise NotFound("Connection not found")
    if not by.is_staff and found.from_entity.owner_id != by.pk:
        raise Forbidden("Only the owner of the first entity may remove this connection")
    if found.is_kept:
        raise Forbidden(KEPT, code="kept_elsewhere")
    Connection.objects.filter(pk=found.pk).update(deleted_at=now())
    publish(EntityChanged(entity_id=found.from_entity_id, type=found.from_entity.type, what="disconnected"))
    return found
