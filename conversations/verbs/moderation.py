"""Taking away what somebody said, where the house must. Nobody reads a room for it: a report names the message."""

from typing import Any

from django.db import transaction

from accounts.models import User
from config.errors import Forbidden, NotFound
from config.ids import lookup_id
from conversations.facts import MessageChanged
from conversations.models import Conversation, Message
from conversations.verbs.conversations import wait_for_turn
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

TOMBSTONE = "This message was removed by the house."


@transaction.atomic
def remove_message(*, message_id: Any, by: User) -> Message:
    """Its words are gone for everybody; its place and its number stay, as others have answered."""
    if not by.is_admin:
        raise Forbidden("Only administrators may remove somebody's message")
    found = Message.objects.filter(pk=lookup_id(message_id)).values_list("conversation_id", flat=True).first()
    if found is None:
        raise NotFound("Message not found")
    wait_for_turn(found)
    Conversation.objects.select_for_update(no_key=True).get(pk=found)
    message = Message.objects.get(pk=lookup_id(message_id))
    if message.metadata.get("removed"):
        raise NotFound("This message was removed already")
    message.content, message.metadata = TOMBSTONE, {"removed": True}
    message.save(update_fields=["content", "metadata"])
    about = {"what": "message_removed", "message_id": str(message.pk), "seq": message.seq}
    log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=found, metadata=about, is_private=True)
    publish(
        MessageChanged(
            message_id=message.pk,
            conversation_id=found,
            seq=message.seq,
            what="deleted",
            content=TOMBSTONE,
        )
    )
    return message
