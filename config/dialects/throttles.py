"""Limits per caller: RATE_LIMIT_DEFAULT for every endpoint, RATE_LIMIT_AUTH for those that take a secret. Empty is off."""

import datetime as dt
import functools
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@functools.cache
def parse_rate(rate: str) -> tuple[int, int]:
    """`100/hour` as (100, 3600)."""
    count, _, period = rate.partition("/")
    return int(count), SECONDS[period.strip()[0].lower()]


def spend_one(key: str, seconds: int) -> int:
    """Count one use of `key` in the window of `seconds` that runs now; how many there were, this one included.

    One atomic counter a window: two requests at once are two, and a caller near the limit costs no more than any other.
    """
    key = f"{key}:{int(time.time() // seconds)}"
    cache.add(key, 0, timeout=seconds + 1)
    try:
        return int(cache.incr(key))
    except ValueError:  # the window ended between the two calls
        return 1


class DefaultThrottle(BaseThrottle):
    scope = "default"

    def allow_request(self, request: Any, view: Any) -> bool:
        rate = settings.RATE_LIMITS[self.scope]
        if not rate:
            return True
        limit, self.window = parse_rate(rate)
        if spend_one(f"throttle:{self.scope}:{self.caller(request)}", self.window) <= limit:
            return True
        # Document dana.txt, "Rate Limiting": the moment the limit resets, as a header of the answer.
        reset = dt.datetime.fromtimestamp((time.time() // self.window + 1) * self.window, tz=dt.UTC)
        request._request.rate_limit_reset = reset.isoformat().replace("+00:00", "Z")
        return False

    def caller(self, request: Any) -> object:
        return request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)

    def wait(self) -> float:
        """Seconds until the window ends."""
        return self.window - time.time() % self.window


class AuthThrottle(DefaultThrottle):
    scope = "auth"

    def caller(self, request: Any) -> object:
        return self.get_ident(request)
