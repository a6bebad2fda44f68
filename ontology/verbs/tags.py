from typing import Any

from django.db import transaction

from config.errors import NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.models import Entity, Tag
from ontology.verbs.entities import changed_as, editable
from ontology.verbs.memory import log
from ontology.verbs.tag_names import count_tag_use


@transaction.atomic
def create_tag(*, entity_id: object, key: str, value: str, by: Any) -> Tag:
    """Tag an entity of the caller's; the same tag twice is the same tag. Source: one.txt /tags/create."""
    entity = editable(entity_id, by=by)
    tag, is_new = Tag.objects.get_or_create(entity=entity, key=key, value=value)
    if is_new:
        if entity.is_open:
            count_tag_use([value])
        _log(entity, tag, "tagged", by)
    publish(EntityChanged(entity_id=entity.pk, type=entity.type, what="tagged"))
    return tag


@transaction.atomic
def delete_tag(*, entity_id: object, tag_id: object, by: Any) -> None:
    """Take a tag off an entity of the caller's. NotFound where it does not carry it."""
    entity = editable(entity_id, by=by)
    tag = Tag.objects.filter(entity=entity, pk=lookup_id(tag_id)).first()
    if tag is None:
        raise NotFound("Tag not found")
    tag.delete()
    if entity.is_open:
        count_tag_use([tag.value], -1)
    _log(entity, tag, "untagged", by)
    publish(EntityChanged(entity_id=entity.pk, type=entity.type, what="untagged"))


def _log(entity: Entity, tag: Tag, action: str, by: Any) -> None:
    about = {"action": action, "key": tag.key, "value": tag.value}
    log(type=changed_as(entity), actor_id=by.pk, target_id=entity.pk, metadata=about, is_private=not entity.is_open)
