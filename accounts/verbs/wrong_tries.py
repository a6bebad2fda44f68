"""How often somebody may be wrong about an account's code or password in a row, whatever door they try."""

from django.core.cache import cache

from accounts.models import User
from config.errors import Throttled

MOST = 5
SECONDS = 15 * 60


def take_a_try(user: User) -> int:
    """Count a try before it is judged, so that tries at once are as many as they are; how many there were.

    Throttled after five that were not forgiven, for a quarter of an hour; then the right one is refused too.
    """
    cache.add(_key(user), 0, SECONDS)
    try:
        count = int(cache.incr(_key(user)))
    except ValueError:  # the window ended between the two calls
        count = 1
    if count > MOST:
        raise Throttled("Too many wrong tries. Please try again in a quarter of an hour.", retry_after=SECONDS)
    return count


def forgive(user: User) -> None:
    """It was right."""
    cache.delete(_key(user))


def _key(user: User) -> str:
    return f"wrong-tries:{user.pk}"
