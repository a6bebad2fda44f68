"""Telling everybody who follows somebody that they are on air."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.ids import lookup_id
from conversations.models import Notification
from conversations.verbs.notifications import notify
from ontology.models import Connection, ConnectionType, LiveStream

AT_ONCE = 200
# Who follows later, or was missed by a job that was killed, is told within this time.
SWEPT_FOR = dt.timedelta(hours=1)


def tell_followers(*, stream_id: Any) -> int:
    """Notify each follower once for this broadcast, however often it is called; how many were told just now."""
    stream = LiveStream.objects.select_related("owner").filter(pk=lookup_id(stream_id), is_live=True).first()
    if stream is None or stream.started_at is None:
        return 0
    key = f"live:{stream.pk}:{stream.started_at:%Y%m%d%H%M%S}:{stream.owner_id}"
    title, people = f"{stream.owner.display_name} is on air", followers_to_tell(stream, key)
    for start in range(0, len(people), AT_ONCE):
        with transaction.atomic():
            for user_id in people[start : start + AT_ONCE]:
                notify(
                    user_id=user_id,
                    key=key,
                    title=title,
                    text=stream.title,
                    url=stream.get_absolute_url(),
                    about_id=stream.owner_id,
                )
    return len(people)


def followers_to_tell(stream: LiveStream, key: str) -> list[Any]:
    """Active people who follow the owner and were not told under this key yet."""
    follows = Connection.objects.filter(
        to_entity=stream.owner_id, relationship_type=ConnectionType.FOLLOWING, deleted_at=None
    )
    people = User.objects.filter(pk__in=follows.values("from_entity"), is_active=True).exclude(pk=stream.owner_id)
    told = Notification.objects.filter(key=key).values("user")
    return list(people.exclude(pk__in=told).order_by("pk").values_list("pk", flat=True))


def streams_to_sweep() -> list[Any]:
    recent = LiveStream.objects.filter(is_live=True, deleted_at=None, started_at__gt=now() - SWEPT_FOR)
    return list(recent.values_list("pk", flat=True))
