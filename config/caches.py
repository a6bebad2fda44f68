"""The cache where Redis is named: while it is away each process keeps a small one of its own.

Limits then count a process instead of all of them, and nobody's request fails because a cache is gone.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 3.0
CALLS = ("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many", "clear")


class RedisOrLocalCache(RedisCache):
    """Django's Redis cache; each of its calls is answered by `local` while Redis is away.

    Django makes one of these a thread: what they know of Redis and what they keep meanwhile is the process's.
    """

    away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # No retries: a request does not wait for a cache.
        options = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": None, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self.local = LocMemCache("while-redis-is-away", {"OPTIONS": {"MAX_ENTRIES": 50_000}})


def _answered(name: str) -> Callable[..., Any]:
    def call(self: RedisOrLocalCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= RedisOrLocalCache.away_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except RedisError:
                logger.warning("Redis is away; this process caches for itself")
                RedisOrLocalCache.away_until = time.monotonic() + ASK_AGAIN_SECONDS
        return getattr(self.local, name)(*args, **kwargs)

    return call


for _name in CALLS:
    setattr(RedisOrLocalCache, _name, _answered(_name))
