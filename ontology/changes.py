"""The event seam: `publish(fact)` in a verb's transaction; receivers and every live listener hear it after the commit.

The row is what counts. The wake-up (one Redis message where Redis is named) is only a hint that it is worth looking.
"""

import functools
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict

import redis
from django.conf import settings
from django.db import transaction

from ontology.facts import Fact
from ontology.models import Change

logger = logging.getLogger(__name__)

WAKE_UP = "stoa:changes"
ASK_REDIS_AGAIN = 3.0  # seconds
Receiver = Callable[..., None]
_redis_away_until = 0.0
_receivers: dict[type[Fact], list[Receiver]] = defaultdict(list)
_writers: dict[type[Fact], list[Receiver]] = defaultdict(list)


def receives(*kinds: type[Fact]) -> Callable[[Receiver], Receiver]:
    """Call the function with each fact of these kinds after its commit, in the process that published it.

    A receiver only queues jobs; what it misses in a crash the job's own sweep finds.
    """

    def register(receiver: Receiver) -> Receiver:
        for kind in kinds:
            _receivers[kind].append(receiver)
        return receiver

    return register


def writes_with(*kinds: type[Fact]) -> Callable[[Receiver], Receiver]:
    """Call the function inside the transaction that publishes: what it writes is there with the fact or not at all.

    For the few things that must not be missed and stand above the app that acts, such as a notification. What it
    raises undoes the verb.
    """

    def register(writer: Receiver) -> Receiver:
        for kind in kinds:
            _writers[kind].append(writer)
        return writer

    return register


def publish(fact: Fact) -> Change:
    """Keep `fact` in the current transaction and let it be heard once that commits."""
    change = Change.objects.create(kind=type(fact).__name__, topics=list(fact.topics()), payload=asdict(fact))
    for writer in _writers[type(fact)]:
        writer(fact)
    transaction.on_commit(functools.partial(_announce, fact))
    return change


def _announce(fact: Fact) -> None:
    for receiver in _receivers[type(fact)]:
        try:
            receiver(fact)
        except Exception:
            logger.exception("A receiver of %s failed", type(fact).__name__)
    if fact.topics():
        wake_up()


def wake_up() -> None:
    """Tell the hubs of all processes to look now. Lost while Redis is away, and then nothing is lost but some milliseconds."""
    global _redis_away_until
    if settings.REDIS_URL and time.monotonic() >= _redis_away_until:
        try:
            _redis().publish(WAKE_UP, b"")
        except redis.RedisError:
            # Not asked again at once: whoever publishes would wait for its answer each time.
            _redis_away_until = time.monotonic() + ASK_REDIS_AGAIN
            logger.warning("The wake-up could not be sent; listeners look on their own")


@functools.cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
