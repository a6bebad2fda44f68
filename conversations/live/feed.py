"""Where the hub's thread looks for news, and how it waits for them.

SQLite: every 40 ms a PRAGMA that costs microseconds and tells whether anybody committed. PostgreSQL: every 40 ms one
indexed query. With REDIS_URL: a subscription wakes it, and it looks each second all the same, since a wake-up may be lost;
while Redis is away it looks as if there were none, and asks for Redis again each few seconds.
"""

import logging
import time

import orjson
import redis
from django.conf import settings
from django.db import connection
from redis.client import PubSub

from ontology.changes import WAKE_UP
from ontology.queries.changes import Heard, Position, changes_after, is_held_back, latest_position

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.04
LOOK_ANYWAY = 1.0
ASK_REDIS_AGAIN = 3.0
SIGNALS = "stoa:signals"


class Feed:
    """Used by one thread alone, with that thread's own database connection."""

    def __init__(self) -> None:
        self._data_version = -1
        self._subscription: PubSub | None = None
        self._redis_away_until = float("-inf")

    def begin(self) -> Position:
        """Be told of news from here on, then say where that is."""
        self._subscribe()
        return latest_position()

    def read(self, position: Position) -> list[Heard]:
        return changes_after(position)

    def close(self) -> None:
        """Give back what is held open; the next `begin` takes it again."""
        connection.close()
        self._data_version = -1
        self._unsubscribe()

    def signals(self) -> list[Heard]:
        """The signals that came over Redis and were not told yet."""
        return self._wait_for_redis(0) if self._subscription is not None else []

    def wait(self, position: Position) -> list[Heard]:
        """Sleep until there may be news, a second at most. Returns the signals that came over Redis meanwhile."""
        self._subscribe()
        if self._subscription is not None:
            return self._wait_for_redis(LOOK_EVERY / 2 if is_held_back(position) else LOOK_ANYWAY)
        if connection.vendor == "sqlite":
            self._wait_for_commit()
        else:
            time.sleep(LOOK_EVERY)
        return []

    def _wait_for_commit(self) -> None:
        until = time.monotonic() + LOOK_ANYWAY
        while time.monotonic() < until:
            with connection.cursor() as cursor:
                version = cursor.execute("PRAGMA data_version").fetchone()[0]
            if version != self._data_version:
                self._data_version = version
                return
            time.sleep(LOOK_EVERY)

    # --- Redis -----------------------------------------------------------------------------------------------------

    def _subscribe(self) -> None:
        if self._subscription or not settings.REDIS_URL or time.monotonic() < self._redis_away_until:
            return
        # No time limit on reading: a subscription is silent for as long as nothing happens.
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, health_check_interval=15)
        subscription = client.pubsub()
        try:
            subscription.subscribe(WAKE_UP, SIGNALS)
        except redis.RedisError:
            logger.warning("Redis is away; looking for news every %d ms instead", LOOK_EVERY * 1000)
            subscription.close()
            self._redis_away_until = time.monotonic() + ASK_REDIS_AGAIN
        else:
            self._subscription = subscription

    def _wait_for_redis(self, seconds: float) -> list[Heard]:
        """The first message ends the wait; those that came with it are taken too, so that a burst is one look."""
        assert self._subscription is not None  # noqa: S101 -- `wait` has looked
        signals: list[Heard] = []
        try:
            message = self._subscription.get_message(timeout=seconds)
            while message is not None:
                # Confirmations of the subscription come this way too, and must not end the round as an ignored one would.
                if message["type"] == "message" and message["channel"] == SIGNALS.encode():
                    signals.append(signal_of(message["data"]))
                message = self._subscription.get_message(timeout=0)
        except (redis.RedisError, OSError):
            logger.warning("Redis went away; nothing is lost, the database is asked")
            self._unsubscribe()
            self._redis_away_until = time.monotonic() + ASK_REDIS_AGAIN
        return signals

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None


def signal_of(raw: bytes) -> Heard:
    said = orjson.loads(raw)
    return Heard(Position(0, 0), said["kind"], said["topics"], said["payload"])
