from typing import Any

from django.db import transaction
from django.utils.timezone import now

from config.errors import Forbidden, Invalid, NotFound
from config.ids import parse_id
from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.models import ConnectionType, Entity, EventType, Status
from ontology.models.vocabulary import EntityType
from ontology.verbs.memory import count_tags_of, link, log, merge
from ontology.verbs.schemas import check_properties

CONTENT = {"blog_post", "video", "podcast", "social_post", "email", "course", "lesson", "media_asset", "recording"}
PROFILE = {"username", "bio"}
KEPT = "Another part of Stoa keeps this: change it there, and the graph follows"
KEPT_PROFILE = "A name, a username and what is said about you are changed in your profile"
BIRTHS = {"creator": EventType.CREATOR_CREATED, "ai_clone": EventType.CLONE_CREATED, "course": EventType.COURSE_CREATED}


def editable(entity_id: object, *, by: Any) -> Entity:
    """The entity, locked, if `by` may change it. Forbidden where they may see it, NotFound where they may not."""
    key = parse_id(entity_id)
    entity = Entity.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=key).first() if key else None
    if entity is None:
        raise NotFound("Entity not found")
    if not by.is_staff and entity.owner_id != by.pk:
        raise Forbidden("Only the owner may change this entity")
    return entity


@transaction.atomic
def create_entity(
    *, type: str, name: str, properties: dict[str, Any] | None = None, status: str = Status.ACTIVE, by: Any
) -> Entity:
    """A new entity owned by `by`. Source: one.txt /entities/create."""
    check_properties(type, properties or {})
    entity = Entity.objects.create(type=type, name=name, properties=properties or {}, status=status, owner=by)
    link(from_id=by.pk, to_id=entity.pk, type=ConnectionType.OWNS)
    log(type=birth_of(type), actor_id=by.pk, target_id=entity.pk, metadata={"action": "created"})
    publish(EntityChanged(entity_id=entity.pk, type=type, what="created"))
    return entity


def birth_of(type: str) -> EventType:
    """Which of the document's event types tells that an entity of `type` came to be."""
    if type.endswith("_agent"):
        return EventType.AGENT_CREATED
    if type in BIRTHS:
        return BIRTHS[type]
    return EventType.CONTENT_UPLOADED if type in CONTENT else EventType.CONTENT_CHANGED


@transaction.atomic
def update_entity(
    *,
    entity_id: object,
    name: str | None = None,
    properties: dict[str, Any] | None = None,
    status: str | None = None,
    by: Any,
) -> Entity:
    """Change what is given; `properties` are merged, a null removes its key. Source: one.txt /entities/update.

    Of an account's own entity only the properties are changed here, and not those its profile keeps.
    """
    entity = editable(entity_id, by=by)
    is_profile = entity.pk == entity.owner_id
    if entity.is_kept and not (is_profile and name is None and status is None and not PROFILE & set(properties or {})):
        raise Forbidden(KEPT_PROFILE if is_profile else KEPT, code="kept_elsewhere")
    was_open = entity.is_open
    if name is not None:
        entity.name = name
    if status is not None:
        entity.status = status
    if properties is not None:
        check_properties(entity.type, properties)
        entity.properties = merge(entity.properties, properties)
    entity.save()
    count_tags_of(entity, was_open=was_open)
    log(type=changed_as(entity), actor_id=by.pk, target_id=entity.pk, metadata={"action": "updated"})
    publish(EntityChanged(entity_id=entity.pk, type=entity.type, what="updated"))
    return entity


def changed_as(entity: Entity) -> EventType:
    return EventType.CREATOR_UPDATED if entity.type == EntityType.CREATOR else EventType.CONTENT_CHANGED


@transaction.atomic
def delete_entity(*, entity_id: object, by: Any) -> Entity:
    """Soft-delete. An account's own entity goes only with the account. Source: one.txt /entities/delete."""
    entity = editable(entity_id, by=by)
    if entity.pk == entity.owner_id:
        raise Invalid("An account's own entity cannot be deleted; delete the account instead")
    if entity.is_kept:
        raise Forbidden(KEPT, code="kept_elsewhere")
    was_open, entity.deleted_at = entity.is_open, now()
    entity.save(update_fields=["deleted_at", "updated_at"])
    count_tags_of(entity, was_open=was_open)
    log(type=changed_as(entity), actor_id=by.pk, target_id=entity.pk, metadata={"action": "deleted"})
    publish(EntityChanged(entity_id=entity.pk, type=entity.type, what="deleted"))
    return entity
