"""Telling everybody who follows somebody: each once, however often the job runs."""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from conversations.models import Notification
from conversations.verbs.notifications import notify
from ontology.models import Connection, ConnectionType

AT_ONCE = 200


def tell_each_follower(*, of: UUID, key: str, title: str, text: str, url: str) -> int:
    """Notify those who were not told under this key yet; it ends with `of`, whose doing it is. How many were told just now."""
    people = followers_to_tell(of=of, key=key)
    for start in range(0, len(people), AT_ONCE):
        with transaction.atomic():
            for user_id in people[start : start + AT_ONCE]:
                notify(user_id=user_id, key=key, title=title, text=text, url=url, about_id=of)
    return len(people)


def followers_to_tell(*, of: UUID, key: str) -> list[Any]:
    """Active people who follow them and were not told under this key yet."""
    follows = Connection.objects.filter(to_entity=of, relationship_type=ConnectionType.FOLLOWING, deleted_at=None)
    people = User.objects.filter(pk__in=follows.values("from_entity"), is_active=True).exclude(pk=of)
    told = Notification.objects.filter(key=key).values("user")
    return list(people.exclude(pk__in=told).order_by("pk").values_list("pk", flat=True))
