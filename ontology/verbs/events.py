from typing import Any

from django.db import transaction

from config.errors import Forbidden, NotFound
from config.ids import parse_id
from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.models import Entity, Event, EventType
from ontology.verbs.memory import log
from ontology.verbs.schemas import check_event_metadata


@transaction.atomic
def log_event(
    *, type: str, actor_id: object, target_id: object | None = None, metadata: dict[str, Any] | None = None, by: Any
) -> Event:
    """Add to history; the actor must be the caller's own entity. Source: one.txt /events/log."""
    check_event_metadata(type, metadata or {})
    actor = _visible(actor_id, by=by)
    if not by.is_staff and actor.owner_id != by.pk:
        raise Forbidden("An event's actor must be your own entity")
    target = None if target_id is None else _visible(target_id, by=by)
    target_id = target.pk if target else None
    event = log(type=EventType(type), actor_id=actor.pk, target_id=target_id, metadata=metadata, is_kept=False)
    publish(EntityChanged(entity_id=(target or actor).pk, type=(target or actor).type, what="event"))
    return event


def _visible(entity_id: object, *, by: Any) -> Entity:
    key = parse_id(entity_id)
    found = Entity.objects.visible_to(by).filter(pk=key).first() if key else None
    if found is None:
        raise NotFound("Entity not found")
    return found
