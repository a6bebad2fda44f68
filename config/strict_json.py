"""JSON as it is taken in from outside: no NaN, no lone surrogates, no NUL (PostgreSQL stores none), bounded in depth."""

from typing import Any

import orjson

DEEPEST = 100
"""Levels of nesting that are taken; encoders on the way out (ours, PostgreSQL's drivers) give up at some hundreds."""


def loads(raw: bytes, *, called: str = "body") -> Any:
    """What `raw` says. ValueError with a sentence for people, in which it is `called` so."""
    try:
        data = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError):
        raise ValueError(f"The {called} is not valid JSON") from None
    if b"\\u0000" in raw and _holds_nul(data):
        raise ValueError(f"The {called} holds a NUL character")
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_deeper_than(data, DEEPEST):
        raise ValueError(f"The {called} is nested more than {DEEPEST} levels deep")
    return data


def _holds_nul(data: Any) -> bool:
    if isinstance(data, str):
        return "\0" in data
    if isinstance(data, dict):
        return any(_holds_nul(part) for pair in data.items() for part in pair)
    return isinstance(data, list) and any(_holds_nul(part) for part in data)


def _is_deeper_than(data: Any, levels: int) -> bool:
    level: list[Any] = [data]
    while level and levels >= 0:
        holders = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list))
        level = [part for holder in holders for part in holder]
        levels -= 1
    return bool(level)
