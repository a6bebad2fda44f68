"""Being a creator can be undone (decisions.md §6); it comes back with the next thing that is published."""

from django.db import transaction

from accounts.models import User
from accounts.verbs.registration import profile_of
from config.errors import Conflict
from ontology.models import EntityType, EventType
from ontology.verbs.memory import know, log


def is_creator(user: User) -> bool:
    return user.entities.filter(pk=user.pk, type=EntityType.CREATOR).exists()


@transaction.atomic
def become_audience_member(*, user: User) -> None:
    """Only the entity's type changes back; what was published stays where it is. Conflict for who is no creator."""
    if not is_creator(user):
        raise Conflict("You are an audience member already", code="not_a_creator")
    know(
        id=user.pk,
        type=EntityType.AUDIENCE_MEMBER,
        name=user.display_name,
        owner_id=user.pk,
        properties=profile_of(user),
    )
    log(type=EventType.CREATOR_UPDATED, actor_id=user.pk, target_id=user.pk, metadata={"type": "audience_member"})
