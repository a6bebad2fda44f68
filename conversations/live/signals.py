"""What is over in seconds: who is writing, who is here. Nobody catches up on it.

Decision: with Redis it is one message to all processes. Without Redis (or while that is away) it is a `Change` row, which
every process hears as it hears everything else, and which the next signal removes once it is ten seconds old. Context: the
embedded default is one web process, but nothing forbids a second one on the same file, and a process cannot know whether
it has sisters. Consequence: one path, one order, and a small write each three seconds for someone who types.
"""

import datetime as dt
import functools
import logging
from dataclasses import asdict

import orjson
import redis
from django.conf import settings
from django.utils.timezone import now

from conversations.facts import PresenceChanged, Typing
from conversations.live.feed import SIGNALS
from ontology.changes import publish
from ontology.models import Change

logger = logging.getLogger(__name__)

HEARD_WITHIN = dt.timedelta(seconds=10)
CLEANED_WITHIN = dt.timedelta(seconds=120)
KINDS = (Typing.__name__, PresenceChanged.__name__)

Signal = Typing | PresenceChanged


def signal(*signals: Signal) -> None:
    """Let every process hear these. Blocks: call it from a thread."""
    if not (settings.REDIS_URL and sent_by_redis(signals)):
        sweep()
        for said in signals:
            publish(said)


def sent_by_redis(signals: tuple[Signal, ...]) -> bool:
    try:
        for said in signals:
            body = {"kind": type(said).__name__, "topics": said.topics(), "payload": asdict(said)}
            _redis().publish(SIGNALS, orjson.dumps(body))
    except redis.RedisError:
        logger.warning("Redis is away; who is writing or here is said through the database")
        return False
    return True


def sweep() -> None:
    """Remove signals that everybody has heard. Bounded below, so that the days of kept changes are not walked."""
    moment = now()
    old = Change.objects.filter(created_at__gt=moment - CLEANED_WITHIN, created_at__lt=moment - HEARD_WITHIN)
    old.filter(kind__in=KINDS).delete()


@functools.cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
