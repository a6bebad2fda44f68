"""An entity's properties as people read them. What is nested stays nested; nothing in it is ever taken for markup."""

from typing import Any
from urllib.parse import urlsplit

import orjson

from config.ids import parse_id
from config.money import Money, is_amount
from ontology.queries.words import label

DEEPEST, MOST_PARTS = 3, 40
LONG, MANY = 60, 10_000  # a text of more letters is prose; a number from here on has its thousands apart
LONGEST_LINK = 2000


def readable(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """`[{name, form, value}]`: amounts as money, and no ids, which say nothing to people. The forms: `words`, `prose` (a
    text of several lines or a long one), `number`, `money`, `bytes`, `milliseconds`, `link`, `chips` (a list of short
    values), `list` and `things` (nested, their value again such rows), `more` (how many are left off) and `code`."""
    currency = properties.get("currency")
    found = []
    for key, value in properties.items():
        name = str(key)
        if is_amount(value) and isinstance(currency, str) and name.endswith("_cents"):
            amount = Money(value, currency)
            found.append({"name": label(name.removesuffix("_cents")), "form": "money", "value": str(amount)})
        elif name == "currency" or value in ("", None, [], {}) or (name.endswith("_id") and parse_id(value)):
            continue
        else:
            found.append({"name": label(name), **shown(value, name)})
    for row in found:
        for unit in ("milliseconds", "bytes"):
            if row["form"] == unit:
                row["name"] = row["name"].rpartition(" ")[0] or row["name"]
    return found


def shown(value: Any, name: str = "", depth: int = 0) -> dict[str, Any]:
    """One value as `{form, value}`."""
    if isinstance(value, bool):
        return {"form": "words", "value": "Yes" if value else "No"}
    if value is None:
        return {"form": "words", "value": "nothing"}
    if isinstance(value, int | float):
        form = measure(name, value)
        return {"form": form, "value": f"{value:,}" if form == "number" and abs(value) >= MANY else value}
    if isinstance(value, str):
        return text(value)
    if depth >= DEEPEST:
        return {"form": "code", "value": orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()}
    if isinstance(value, dict):
        return {"form": "things", "value": nested(value, depth)}
    if all(isinstance(part, str | int | float) and len(str(part)) <= LONG for part in value):
        parts = [shown(part)["value"] for part in value]
        return {"form": "chips", "value": parts[:MOST_PARTS], "more": max(len(parts) - MOST_PARTS, 0)}
    rows = [shown(part, depth=depth + 1) for part in value[:MOST_PARTS]]
    return {"form": "list", "value": rows, "more": max(len(value) - MOST_PARTS, 0)}


def nested(value: dict[str, Any], depth: int) -> list[dict[str, Any]]:
    parts = list(value.items())
    rows = [{"name": label(str(key)), **shown(part, str(key), depth + 1)} for key, part in parts[:MOST_PARTS]]
    return [*rows, {"name": "", "form": "more", "value": len(parts) - MOST_PARTS}] if len(parts) > MOST_PARTS else rows


def measure(name: str, value: float) -> str:
    if value >= 0 and name.endswith("_bytes"):
        return "bytes"
    return "milliseconds" if value >= 0 and name.endswith("_ms") else "number"


def text(value: str) -> dict[str, Any]:
    if is_link(value):
        return {"form": "link", "value": value}
    return {"form": "prose" if len(value) > LONG or "\n" in value else "words", "value": value}


def is_link(value: str) -> bool:
    """Only the web's own addresses, whole: `javascript:` and its kin are shown as text."""
    if len(value) > LONGEST_LINK or any(letter.isspace() for letter in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
