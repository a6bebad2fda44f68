"""Who has which conversation open with a socket somewhere."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.timezone import now

from accounts.models import User
from conversations.models import Conversation, Presence

Place = tuple[UUID, UUID]
"""(conversation, user)"""


def note_present(*, places: Iterable[Place]) -> None:
    """They are there now; said on joining and every 20 s. What is gone meanwhile is passed over."""
    moment, wanted = now(), set(places)
    rooms = set(Conversation.objects.filter(pk__in={room for room, _ in wanted}).values_list("pk", flat=True))
    people = set(User.objects.filter(pk__in={user for _, user in wanted}).values_list("pk", flat=True))
    known = sorted((room, user) for room, user in wanted if room in rooms and user in people)
    Presence.objects.bulk_create(
        [Presence(conversation_id=room, user_id=user, seen_at=moment) for room, user in known],
        update_conflicts=True,
        unique_fields=["conversation", "user"],
        update_fields=["seen_at"],
    )


def note_absent(*, conversation_ids: Iterable[UUID], user_id: UUID) -> None:
    """Their last socket of this process has left. Where another process still has one, that says so again at once."""
    Presence.objects.filter(conversation__in=tuple(conversation_ids), user=user_id).delete()
