import atexit
import os
from collections import defaultdict, deque
from typing import Any

from django.db.backends.sqlite3 import base

MOST_IDLE = 16

Place = tuple[int, str, int]
"""Process, path and inode: a forked child never touches its parent's connections, a new file never gets an old one's."""
_idle: dict[Place, deque[Any]] = defaultdict(deque)


def place_of(path: str) -> Place | None:
    try:
        return os.getpid(), path, os.stat(path).st_ino
    except OSError:
        return None  # no file yet, or in memory


class DatabaseWrapper(base.DatabaseWrapper):
    place: Place | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        path = str(conn_params["database"])
        self.place = place_of(path)
        if self.place and self.place in _idle:
            try:
                kept = _idle[self.place].pop()
            except IndexError:
                pass
            else:
                kept.execute("PRAGMA foreign_keys = ON")  # who had it before may have switched them off
                return kept
        opened = super().get_new_connection(conn_params)
        self.place = place_of(path)
        return opened

    def _close(self) -> None:
        here = self.place
        is_clean = self.connection is not None and not self.connection.in_transaction and not self.in_atomic_block
        if here and is_clean and here == place_of(here[1]) and len(_idle[here]) < MOST_IDLE:
            _idle[here].append(self.connection)
        else:
            super()._close()  # type: ignore[misc]  # missing in the stubs


@atexit.register
def close_idle() -> None:
    for place, idle in list(_idle.items()):
        while place[0] == os.getpid() and idle:
            idle.pop().close()
