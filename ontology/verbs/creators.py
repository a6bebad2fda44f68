"""Becoming a creator: the first thing someone publishes or sells changes what their entity is (decisions.md §6)."""

from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from ontology.models import Entity, EntityType, EventType
from ontology.verbs.memory import log


@transaction.atomic
def become_creator(*, user_id: UUID) -> bool:
    """Make the account's entity a creator's. Returns whether it became one just now."""
    changed = Entity.objects.filter(pk=user_id, type=EntityType.AUDIENCE_MEMBER, deleted_at=None).update(
        type=EntityType.CREATOR, updated_at=now()
    )
    if changed:
        log(type=EventType.CREATOR_CREATED, actor_id=user_id, target_id=user_id)
    return bool(changed)
