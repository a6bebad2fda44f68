"""Who is in a conversation: owners add and remove, everyone may leave."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, NotFound
from config.ids import parse_id
from conversations.facts import AccessRevoked
from conversations.models import Conversation, Participant
from conversations.verbs.conversations import announce, locked, log_change, owned, refuse_direct, seat
from ontology.changes import publish
from ontology.models import ConnectionType
from ontology.verbs.memory import unlink

MOST_PARTICIPANTS = 500


@transaction.atomic
def add_participant(*, conversation_id: Any, user_id: Any, by: User) -> Participant:
    """Give someone a place. Whoever is in already keeps the one they have."""
    conversation = owned(conversation_id, by=by)
    refuse_direct(conversation)
    key = parse_id(user_id)
    user = User.objects.visible_to(by).filter(pk=key, is_active=True).first() if key else None
    if user is None:
        raise NotFound("User not found")
    if there := conversation.memberships.live().filter(user=user).first():
        return there
    if conversation.memberships.live().count() >= MOST_PARTICIPANTS:
        raise Conflict(f"A conversation has at most {MOST_PARTICIPANTS} people", code="conversation_full")
    participant = seat(conversation, user)
    log_change(conversation, "participant_added", by=by, user_id=str(user.pk))
    announce(conversation, "participant_added")
    return participant


@transaction.atomic
def remove_participant(*, conversation_id: Any, user_id: Any, by: User) -> Participant:
    """Take someone's place away, or give up one's own. Their sockets leave the conversation at once."""
    conversation = locked(conversation_id, by=by)
    refuse_direct(conversation)
    key = parse_id(user_id)
    if key != by.pk and not conversation.memberships.live().filter(user=by, role=Participant.Role.OWNER).exists():
        raise Forbidden("Only its owner can remove other people")
    participant = conversation.memberships.live().filter(user=key).first()
    if participant is None:
        raise NotFound("This person is not in the conversation")
    participant.left_at = now()
    participant.save(update_fields=["left_at"])
    if participant.role == Participant.Role.OWNER:
        pass_on(conversation)
    unlink(from_id=participant.user_id, to_id=conversation.pk, type=ConnectionType.PARTICIPATED_IN)
    log_change(conversation, "participant_removed", by=by, user_id=str(participant.user_id))
    announce(conversation, "participant_removed", also=[participant.user_id])
    publish(AccessRevoked(conversation_id=conversation.pk, user_id=participant.user_id))
    return participant


def pass_on(conversation: Conversation) -> None:
    """An owner left: where no other owner is there, whoever came first takes over."""
    places = conversation.memberships.live()
    if not places.filter(role=Participant.Role.OWNER).exists() and (
        first := places.order_by("joined_at", "id").first()
    ):
        first.role = Participant.Role.OWNER
        first.save(update_fields=["role"])
