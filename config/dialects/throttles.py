"""Limits per caller: RATE_LIMIT_DEFAULT for every endpoint, RATE_LIMIT_AUTH for those that take a secret. Empty is off."""

import datetime as dt

from django.conf import settings
from django.utils.timezone import now
from rest_framework.throttling import SimpleRateThrottle

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_rate(rate: str) -> tuple[int, int]:
    """`100/hour` as (100, 3600)."""
    count, _, period = rate.partition("/")
    return int(count), SECONDS[period.strip()[0].lower()]


class DefaultThrottle(SimpleRateThrottle):
    scope = "default"

    def get_rate(self):
        return settings.RATE_LIMITS[self.scope] or None

    def parse_rate(self, rate):
        return parse_rate(rate) if rate else (None, None)

    def get_cache_key(self, request, view):
        who = request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"

    def allow_request(self, request, view):
        allowed = super().allow_request(request, view)
        if self.rate and not allowed:
            # Document dana.txt, "Rate Limiting": the moment the limit resets, as a header of the answer.
            reset = now() + dt.timedelta(seconds=self.wait() or 1)
            request._request.rate_limit_reset = reset.isoformat(timespec="seconds").replace("+00:00", "Z")
        return allowed


class AuthThrottle(DefaultThrottle):
    scope = "auth"

    def get_cache_key(self, request, view):
        return f"throttle:auth:{self.get_ident(request)}"
