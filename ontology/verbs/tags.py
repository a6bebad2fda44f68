from typing import Any

from django.db import transaction

from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.models import Tag
from ontology.verbs.entities import editable


@transaction.atomic
def create_tag(*, entity_id: object, key: str, value: str, by: Any) -> Tag:
    """Tag an entity of the caller's; the same tag twice is the same tag. Source: one.txt /tags/create."""
    entity = editable(entity_id, by=by)
    tag, _ = Tag.objects.get_or_create(entity=entity, key=key, value=value)
    publish(EntityChanged(entity_id=entity.pk, type=entity.type, what="tagged"))
    return tag
