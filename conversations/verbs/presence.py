"""Who has a socket open somewhere."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.timezone import now

from accounts.models import User
from conversations.models import Presence


def note_present(*, user_ids: Iterable[UUID]) -> None:
    """They are here now; said on arrival and every 20 s."""
    moment = now()
    known = User.objects.filter(pk__in=tuple(user_ids)).values_list("pk", flat=True)
    Presence.objects.bulk_create(
        [Presence(user_id=user_id, seen_at=moment) for user_id in known],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["seen_at"],
    )


def note_absent(*, user_id: UUID) -> None:
    """Their last socket of this process has gone. Where another process still has one, that says so again at once."""
    Presence.objects.filter(user=user_id).delete()
