"""Trying again: how long a call outside is somebody's, and how long to wait after one that came to nothing."""

from datetime import timedelta
from random import SystemRandom

LEASE = timedelta(seconds=180)
"""Longer than all calls of one try may take with their own repeats: what was sold, the sending, the list."""
KEY_LIVES = timedelta(hours=20)
"""Providers forget a key after 24 hours; from then on only their list can tell what became of it."""
MOST_TRIES = 8
SOONEST, LATEST = 30, 6 * 3600
dice = SystemRandom()


def back_off(tries: int) -> timedelta:
    """Full jitter up to a bound that doubles with each try; at least half a minute, at most six hours."""
    return timedelta(seconds=max(SOONEST, dice.uniform(0, min(LATEST, 60 * 2 ** min(tries, 20)))))
