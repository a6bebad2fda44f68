from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.timezone import now

from config.errors import Forbidden, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.models import Connection, ConnectionType, Entity
from ontology.verbs.entities import KEPT, changed_as, editable
from ontology.verbs.follows import follow, unfollow
from ontology.verbs.memory import link, log
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
    type = ConnectionType(relationship_type)
    ends = {"from_entity": start.pk, "to_entity": end.pk, "relationship_type": type}
    is_new = not Connection.objects.filter(**ends, deleted_at=None).exists()
    if _is_following(start, end, type, by):
        follow(user_id=end.pk, by=by)
    connection = link(from_id=start.pk, to_id=end.pk, type=type, metadata=metadata, is_kept=False)
    if is_new:
        _log(start, end, type, "connected", by)
    publish(EntityChanged(entity_id=start.pk, type=start.type, what="connected"))
    return connection


@transaction.atomic
def delete_connection(*, connection_id: object, by: Any) -> Connection:
    """Soft-delete; only for the owner of the entity it starts at, and staff. Source: one.txt /connections/delete."""
    key = lookup_id(connection_id)
    found = (
        Connection.objects.visible_to(by).select_related("from_entity", "to_entity").filter(pk=key).first()
        if key
        else None
    )
    if found is None:
        raise NotFound("Connection not found")
    if not by.is_staff and found.from_entity.owner_id != by.pk:
        raise Forbidden("Only the owner of the first entity may remove this connection")
    if found.is_kept:
        raise Forbidden(KEPT, code="kept_elsewhere")
    type = ConnectionType(found.relationship_type)
    if _is_following(found.from_entity, found.to_entity, type, by):
        unfollow(user_id=found.to_entity_id, by=by)
    Connection.objects.filter(pk=found.pk, deleted_at=None).update(deleted_at=now())
    _log(found.from_entity, found.to_entity, type, "disconnected", by)
    publish(EntityChanged(entity_id=found.from_entity_id, type=found.from_entity.type, what="disconnected"))
    return found


def _is_following(start: Entity, end: Entity, type: ConnectionType, by: Any) -> bool:
    """Whether this is one account following another, which has a rule of its own."""
    is_person = end.pk == end.owner_id and get_user_model()._default_manager.filter(pk=end.pk, is_active=True).exists()
    return type == ConnectionType.FOLLOWING and start.pk == by.pk and is_person


def _log(start: Entity, end: Entity, type: ConnectionType, action: str, by: Any) -> None:
    """The history of the first; what it has to do with something hidden is told to its owner alone."""
    if type == ConnectionType.FOLLOWING and _is_following(start, end, type, by):
        return  # told by its own verb
    about = {"action": action, "relationship_type": type.value, "to_entity_id": str(end.pk)}
    is_private = not (start.is_open and end.is_open)
    log(type=changed_as(start), actor_id=by.pk, target_id=start.pk, metadata=about, is_private=is_private)
