"""Windows and cursors: how every list is cut.

A cursor is keyset: it names the last row seen by its sort key and id, so rows added meanwhile shift nothing. It is
opaque to clients (base64url of JSON) and a broken one is `Invalid`.
"""

import base64
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from config.errors import Invalid
from config.ids import parse_id


@dataclass(frozen=True, slots=True)
class Window:
    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """`items` of one page; `next_cursor` is None on the last."""

    items: list[Any]
    next_cursor: str | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def window(params: Mapping[str, str], *, default: int = 20, most: int = 100) -> Window:
    """`limit` 1..most and `offset` >= 0 from query parameters; anything else is Invalid."""
    return Window(
        limit=whole_number(params, "limit", default=default, least=1, most=most),
        offset=whole_number(params, "offset", default=0, least=0, most=10**9),
    )


def whole_number(params: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = params.get(name)
    if text is None or text == "":
        return default
    digits = text.lstrip("0") or "0"
    # How many there are first: a number of thousands of digits is not even read.
    is_whole = text.isascii() and text.isdigit() and len(digits) <= len(str(most))
    if not (is_whole and least <= int(digits) <= most):
        sentence = f"Must be a whole number from {least} to {most}."
        raise Invalid(f"{name}: {sentence}", details={name: [sentence]})
    return int(digits)


def encode_cursor(moment: dt.datetime, row_id: object) -> str:
    raw = orjson.dumps([moment.isoformat(), str(row_id)])
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[dt.datetime, Any]:
    """The moment and the id that `encode_cursor` put in; Invalid for anything else."""
    try:
        if len(text) > 200:
            raise ValueError
        moment, row_id = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        when = dt.datetime.fromisoformat(moment)
        key = parse_id(row_id)
        if key is None or when.tzinfo is None:
            raise ValueError
        when = when.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        raise Invalid("The cursor is not one of ours", details={"cursor": ["Unknown cursor."]}) from None
    return when, key


def keyset(
    rows: QuerySet, *, cursor: str | None, limit: int, by: str = "created_at", newest_first: bool = True
) -> QuerySet:
    """`rows` after `cursor`, ordered by (`by`, id), `limit + 1` of them; hand the list to `page_of`."""
    if cursor:
        when, key = decode_cursor(cursor)
        beyond = "lt" if newest_first else "gt"
        # The redundant first bound is what lets both databases walk the index.
        rows = rows.filter(**{f"{by}__{beyond}e": when}).filter(
            Q(**{f"{by}__{beyond}": when}) | Q(**{by: when, f"id__{beyond}": key})
        )
    sign = "-" if newest_first else ""
    return rows.order_by(f"{sign}{by}", f"{sign}id")[: limit + 1]


def page_of(found: Iterable[Any], *, limit: int, by: str = "created_at") -> Page:
    """Cut what `keyset` found (rows as dicts or models) to `limit` and name the next page."""
    rows = list(found)
    items = rows[:limit]
    if len(rows) <= limit:
        return Page(items, None)
    last = items[-1]
    key, moment = (last["id"], last[by]) if isinstance(last, dict) else (last.pk, getattr(last, by))
    return Page(items, encode_cursor(moment, key))
