"""Reading the seam: what was published after a cursor, in commit order.

Measured on PostgreSQL with eight writers: following `id` alone misses rows whose transaction commits late. So there the
cursor is (xid, id) and reading stops below the oldest running transaction. SQLite has one writer: the id is enough.

2026-11-22, whose transactions. Context: on a server with several databases a snapshot's xmin counts them all; a transaction
held open elsewhere stopped every live listener here (seen with two test databases side by side). Decision: only where rows
are held back, the sessions of this database alone are asked for. Consequence: an ordinary look costs what it did.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection


@dataclass(frozen=True, slots=True, order=True)
class Position:
    xid: int
    id: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A published fact as a listener gets it."""

    position: Position
    kind: str
    topics: list[str]
    payload: dict[str, Any]


POSTGRES = """
    SELECT xid::text::bigint, id, kind, topics::text, payload::text FROM ontology_change
    WHERE (xid, id) > (%s::text::xid8, %s) AND xid < COALESCE(%s::text::xid8, pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY xid, id LIMIT %s
"""
SQLITE = "SELECT 0, id, kind, topics, payload FROM ontology_change WHERE id > %s ORDER BY id LIMIT %s"
HELD = "SELECT EXISTS (SELECT 1 FROM ontology_change WHERE (xid, id) > (%s::text::xid8, %s))"
# The snapshot is taken before the sessions are looked at: whoever ran then and is not seen now has finished meanwhile.
OWN_WRITERS = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
           COALESCE(array_agg(backend_xid::text::bigint) FILTER (WHERE backend_xid IS NOT NULL), '{}'),
           pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') OR NOT COALESCE(bool_or(usename <> current_user), false),
           EXISTS (SELECT 1 FROM pg_prepared_xacts WHERE database = current_database())
    FROM pg_stat_activity WHERE datname = current_database()
"""


def latest_position() -> Position:
    """Where a listener that starts now begins: nothing committed before is after it, nothing later is missed."""
    if connection.vendor == "postgresql":
        # Everything below this transaction id is finished; id 0 lets every row of it and later ones through.
        return Position(own_horizon(), 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM ontology_change")
        return Position(0, cursor.fetchone()[0])


def changes_after(position: Position, *, limit: int = 500) -> list[Heard]:
    if connection.vendor != "postgresql":
        return _read(SQLITE, [position.id, limit])
    place = [str(position.xid), position.id]
    found = _read(POSTGRES, [*place, None, limit])
    # Where another database's transaction is what holds them back, they need not wait for it.
    if not found and is_held_back(position) and not connection.in_atomic_block:
        found = _read(POSTGRES, [*place, str(own_horizon()), limit])
    return found


def is_held_back(position: Position) -> bool:
    """Whether there are changes that `changes_after` may not give yet, as an older transaction runs (PostgreSQL alone)."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(HELD, [str(position.xid), position.id])
        return bool(cursor.fetchone()[0])


def own_horizon() -> int:
    """The transaction id below which everything of this database is finished (PostgreSQL).

    A snapshot's xmin counts the transactions of all databases of the server: a long one elsewhere would hold our feed
    back. Sessions tell theirs apart, unless some belong to a role whose state we may not read: then xmin it is. Not for
    use inside a transaction, which sees the sessions of its first look.
    """
    with connection.cursor() as cursor:
        cursor.execute(OWN_WRITERS)
        xmin, xmax, running, may_see_all, has_prepared = cursor.fetchone()
    if not may_see_all or has_prepared or connection.in_atomic_block:
        return int(xmin)
    return min([xmax, *(_whole_xid(xid, near=xmax) for xid in running)])


def _whole_xid(xid: int, *, near: int) -> int:
    """A 32-bit transaction id with its epoch, which is that of `near` or the one beside it."""
    return near + (xid - near + 2**31) % 2**32 - 2**31


def _read(query: str, values: list[Any]) -> list[Heard]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [
            Heard(Position(xid, row_id), kind, orjson.loads(topics), orjson.loads(payload))
            for xid, row_id, kind, topics, payload in cursor.fetchall()
        ]
