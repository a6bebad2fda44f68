"""Telling everybody who follows somebody that they are on air."""

import datetime as dt
from typing import Any

from django.utils.timezone import now

from config.ids import lookup_id
from conversations.verbs.followers import tell_each_follower
from ontology.models import LiveStream

# Who follows later, or was missed by a job that was killed, is told within this time.
SWEPT_FOR = dt.timedelta(hours=1)
# An encoder whose line fails comes back as a broadcast of its own, and its followers know of it already.
SAME_BROADCAST = dt.timedelta(minutes=10)


def tell_followers(*, stream_id: Any) -> int:
    """Notify each follower once for this broadcast, however often it is called; how many were told just now.

    One that began within SAME_BROADCAST of the last one's end is passed over.
    """
    stream = LiveStream.objects.select_related("owner").filter(pk=lookup_id(stream_id), is_live=True).first()
    if stream is None or stream.started_at is None:
        return 0
    if stream.ended_at is not None and stream.started_at - stream.ended_at < SAME_BROADCAST:
        return 0
    return tell_each_follower(
        of=stream.owner_id,
        key=f"live:{stream.pk}:{stream.started_at:%Y%m%d%H%M%S}:{stream.owner_id}",
        title=f"{stream.owner.display_name} is on air",
        text=stream.title,
        url=stream.get_absolute_url(),
    )


def streams_to_sweep() -> list[Any]:
    recent = LiveStream.objects.filter(is_live=True, deleted_at=None, started_at__gt=now() - SWEPT_FOR)
    return list(recent.values_list("pk", flat=True))
