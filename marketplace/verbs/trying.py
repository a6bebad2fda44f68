"""Trying again: how long a call outside is somebody's, how long to wait after one that came to nothing, and what the database broke off."""

import functools
from collections.abc import Callable
from datetime import timedelta
from random import SystemRandom
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

LEASE = timedelta(seconds=180)
"""Longer than all calls of one try may take with their own repeats: what was sold, the sending, the list."""
KEY_LIVES = timedelta(hours=20)
"""Providers forget a key after 24 hours; from then on only their list can tell what became of it."""
LOOK_AT_REVIEW = timedelta(hours=1)
"""How often the provider is asked about what waits for its people or ours."""
MOST_TRIES = 8
SOONEST, LATEST = 30, 6 * 3600
dice = SystemRandom()
Given = ParamSpec("Given")
Done = TypeVar("Done")


def back_off(tries: int) -> timedelta:
    """Full jitter up to a bound that doubles with each try; at least half a minute, at most six hours."""
    return timedelta(seconds=max(SOONEST, dice.uniform(0, min(LATEST, 60 * 2 ** min(tries, 20)))))


BROKEN_OFF = ("40P01", "40001")
"""PostgreSQL ended a transaction so that another one can go on: a deadlock, a serialisation that failed."""


def one_transaction(verb: Callable[Given, Done]) -> Callable[Given, Done]:
    """The verb as one transaction, begun anew once where the database broke it off (payments-design.md §3).

    Called in another transaction it is a part of that one, which alone can begin anew.
    """
    in_one = transaction.atomic(verb)

    @functools.wraps(verb)
    def run(*args: Given.args, **given: Given.kwargs) -> Done:
        if connection.in_atomic_block:
            return in_one(*args, **given)
        try:
            return in_one(*args, **given)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in BROKEN_OFF:
                raise
        return in_one(*args, **given)

    return run
