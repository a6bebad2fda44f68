"""Reading single values out of JSON that may hold anything."""

import datetime as dt
import hashlib
import math
import re
from typing import Any
from urllib.parse import urlsplit

LONGEST_ID, LONGEST_ACCOUNT, LONGEST_CLIENT = 255, 64, 128
LONGEST_TEXT, LONGEST_NAME, LONGEST_URL = 10_000, 120, 2000
MOST_LISTED = 1000
OLDEST = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
# Half a character, which no database keeps.
SURROGATES = re.compile("[\ud800-\udfff]")


def cleaned(value: Any, *, longest: int = LONGEST_TEXT) -> str:
    """A text without NUL and half characters, cut to what is kept; empty where it is no text."""
    if not isinstance(value, str):
        return ""
    return SURROGATES.sub("\ufffd", value.replace("\0", ""))[:longest]


def one_line(value: Any, *, longest: int = LONGEST_NAME) -> str:
    return " ".join(cleaned(value).split())[:longest]


def id_of(value: Any, *, longest: int = LONGEST_ID) -> str:
    """An id as text, also where it was written as a number; empty where there is none or it cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**longest:
        return str(value)
    text = cleaned(value, longest=longest + 1).strip()
    return text if len(text) <= longest else ""


def message_id_of(value: Any) -> str:
    """As `id_of`, but a longer one is told by its digest: a message is not lost for the length of its name."""
    whole = cleaned(value, longest=100_000).strip()
    if len(whole) <= LONGEST_ID:
        return whole or id_of(value)
    return "sha256:" + hashlib.sha256(whole.encode()).hexdigest()


def moment_of(value: Any, *, at: dt.datetime, per_second: int = 1) -> dt.datetime:
    """A time in whole units of which `per_second` make one; `at` where it is none, long past or still to come."""
    try:
        seconds = float(value) / per_second if not isinstance(value, bool) else math.nan
        found = dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return at
    return found if OLDEST <= found <= at else at


def address_of(value: Any) -> str:
    """An address in the web that may be kept; empty otherwise."""
    text = cleaned(value, longest=LONGEST_URL + 1)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_whole = parts.scheme in ("http", "https") and bool(parts.netloc) and len(text) <= LONGEST_URL
    return text if is_whole and text.isprintable() else ""


def part(value: Any, *path: str) -> Any:
    """What stands under these keys, None where the way is not one of objects."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def parts(value: Any, *path: str) -> list[dict[str, Any]]:
    """The objects in the list under these keys."""
    found = part(value, *path)
    return [one for one in found[:MOST_LISTED] if isinstance(one, dict)] if isinstance(found, list) else []
