"""The database, for code on an event loop: a few threads of its own, so that sockets never queue behind requests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 4
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="socket-database")


async def database(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `call` returns or raises, from a thread whose connection is given back afterwards."""
    run: Any = database_sync_to_async(call, thread_sensitive=False, executor=_threads)
    return await run(*args, **kwargs)
