"""Reading the seam: what was published after a cursor, in commit order.

Measured on PostgreSQL with eight writers: following `id` alone misses rows whose transaction commits late. So there the
cursor is (xid, id) and reading stops below the oldest running transaction. SQLite has one writer: the id is enough.
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
    WHERE (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT %s
"""
SQLITE = "SELECT 0, id, kind, topics, payload FROM ontology_change WHERE %s = 0 AND id > %s ORDER BY id LIMIT %s"


def latest_position() -> Position:
    """Where a listener that starts now begins: nothing committed before is after it, nothing later is missed."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Everything below this transaction id is finished; id 0 lets every row of it and later ones through.
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return Position(cursor.fetchone()[0], 0)
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM ontology_change")
        return Position(0, cursor.fetchone()[0])


def changes_after(position: Position, *, limit: int = 500) -> list[Heard]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES, [str(position.xid), position.id, limit])
        else:
            cursor.execute(SQLITE, [0, position.id, limit])
        return [
            Heard(Position(xid, row_id), kind, orjson.loads(topics), orjson.loads(payload))
            for xid, row_id, kind, topics, payload in cursor.fetchall()
        ]
