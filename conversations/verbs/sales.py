"""What the store says in the thread of a buyer and a seller."""

from uuid import UUID

from accounts.models import User
from conversations.models import Message
from conversations.verbs.conversations import open_direct
from conversations.verbs.messages import append_message


def note_between(*, one_id: UUID, other_id: UUID, text: str) -> Message | None:
    """A system message in their direct conversation, opened where it is new. None where one of them has left."""
    people = {user.pk: user for user in User.objects.filter(pk__in=(one_id, other_id), is_active=True)}
    if len(people) < 2:
        return None
    conversation = open_direct(with_whom=[people[other_id]], by=people[one_id])
    return append_message(conversation=conversation, role=Message.Role.SYSTEM, content=text)
