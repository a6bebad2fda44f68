"""The database's connections. On PostgreSQL a process has a few of them for all its requests and jobs."""

from django.db import connection

from config.errors import Unavailable


def let_go() -> None:
    """Give this thread's connection back before a call outside, which may take half a minute: others need it meanwhile.

    The next query takes one again. In a transaction, where nobody should call outside, it stays.
    """
    if not connection.in_atomic_block:
        connection.close()


def none_is_free(error: BaseException | None) -> Unavailable | None:
    """What to answer where all connections were in use for too long; None for any other failure."""
    cause = getattr(error, "__cause__", None)
    if type(cause).__name__ != "PoolTimeout":  # psycopg's, which an installation on SQLite never loads
        return None
    return Unavailable("Too much is going on at the moment. Please try again.", code="busy", retry_after=5)
