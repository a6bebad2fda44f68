"""When somebody leaves for good: rooms that others use go on without them."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from conversations.models import ClientThread, Conversation, Participant
from conversations.verbs.client_threads import remember_client
from conversations.verbs.conversations import remember
from conversations.verbs.participants import remove_participant

GOES_ON = (Conversation.Kind.ROOM, Conversation.Kind.CLIENT)


@transaction.atomic
def hand_over_rooms(*, user_id: UUID) -> None:
    """Leave the rooms that others are in, and pass what they opened to whoever owns it now.

    What nobody else is in stays theirs, to be erased with them, and nobody is told of it. In the order of their ids, as each is locked until
    the transaction ends.
    """
    user = User.objects.get(pk=user_id)
    live = Conversation.objects.filter(deleted_at=None, kind__in=GOES_ON).order_by("pk")
    others = Participant.objects.live().filter(conversation=OuterRef("pk")).exclude(user=user)
    mine = Participant.objects.live().filter(conversation=OuterRef("pk"), user=user)
    for key in list(live.filter(Exists(others), Exists(mine)).values_list("pk", flat=True)):
        remove_participant(conversation_id=key, user_id=user.pk, by=user)
    for conversation in live.filter(created_by=user):
        pass_to_the_next(conversation)


def pass_to_the_next(conversation: Conversation) -> None:
    others = conversation.memberships.live().exclude(user=conversation.created_by_id)
    heir = others.order_by("-role", "joined_at", "id").first()  # an owner before members
    if heir is None:
        return
    conversation.created_by_id = heir.user_id
    conversation.save(update_fields=["created_by", "updated_at"])
    remember(conversation)
    if thread := ClientThread.objects.filter(pk=conversation.pk).select_related("conversation").first():
        remember_client(thread)
