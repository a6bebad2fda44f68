"""The platform speaking to one person."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Invalid
from config.ids import parse_id
from config.moments import iso
from conversations.facts import NotificationsRead, Notified
from conversations.models import Notification
from ontology.changes import publish

LONGEST = {"title": 120, "text": 500, "url": 300, "key": 120}
MOST_AT_ONCE = 100


@transaction.atomic
def notify(
    *,
    user_id: UUID,
    key: str,
    title: str,
    text: str = "",
    url: str = "",
    kind: str = Notification.Kind.INFO,
    about_id: UUID | None = None,
    is_system: bool = False,
) -> Notification:
    """Tell them once: what was told under this `key` before is the answer. `url` is a place in Stoa, such as `/orders/`.

    `about_id`: whose doing is told; `key` ends with it, so that it can be forgotten when they leave. `is_system` for
    announcements, warnings, finished exports, subscriptions and held payouts: Dana's sockets hear those too.
    """
    about = {name: value[: LONGEST[name]] for name, value in {"title": title, "text": text, "url": url}.items()}
    notification, is_new = Notification.objects.get_or_create(
        user_id=user_id, key=key[: LONGEST["key"]], defaults={**about, "kind": kind}
    )
    if is_new:
        publish(
            Notified(
                notification_id=notification.pk,
                user_id=user_id,
                kind=notification.kind,
                title=notification.title,
                text=notification.text,
                url=notification.url,
                created_at=iso(notification.created_at),
                is_system=is_system,
                about_id=about_id,
            )
        )
    return notification


@transaction.atomic
def mark_read(*, ids: Iterable[Any] | None = None, by: User) -> int:
    """Note that these were read, or with `ids` None all; other people's and unknown ones are passed over. How many were news."""
    unread = Notification.objects.visible_to(by).unread()
    if ids is not None:
        keys = list(ids)
        if len(keys) > MOST_AT_ONCE:
            raise Invalid(details={"ids": [f"At most {MOST_AT_ONCE} at once."]})
        unread = unread.filter(pk__in=[key for key in map(parse_id, keys) if key])
    count = unread.update(read_at=now())
    if count:
        publish(NotificationsRead(user_id=by.pk))
    return count


def forget_what_was_told_of(*, user_id: UUID) -> None:
    """What others were told of somebody's doing, which names them: gone when they leave."""
    Notification.objects.filter(key__endswith=f":{user_id}").delete()
