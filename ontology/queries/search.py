"""Full-text search over entities: one question, answered by FTS5 on SQLite and by tsvector on PostgreSQL.

Found is what holds every word, in its name or in a text of its properties; the last word may be the beginning of one.
Case and accents do not count. First come those whose name alone says it, then the others; among them the one that the
graph knew last comes first. That order is the same on both databases and still where rows are added, so that a cursor
is true, which it is not where the order is a rank over all that is there.
"""

import base64
import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from config.errors import Invalid
from config.paging import Page
from ontology.models import Entity, Tag

FOUND = ("id", "type", "name", "status", "created_at")
MOST_WORDS, LONGEST_WORD, LONGEST_TEXT = 8, 64, 1000
ACCENTS = re.compile("[\u0300-\u036f]+")


class Place(NamedTuple):
    """Where a page begins: in which part (0: the name says it, 1: the rest), and below which row of it."""

    part: int
    below: int


START = Place(0, 2**62)


def search_entities(
    *,
    user: Any,
    words: str,
    type: str | None = None,
    without: Collection[str] = (),
    tag: tuple[str, str] | None = None,
    limit: int = 24,
    cursor: str | None = None,
    fields: tuple[str, ...] = FOUND,
    within: "QuerySet[Any, Any] | None" = None,
) -> Page:
    """A page of the entities that `user` may see and that say `words`, as rows of `fields`; none of the types `without`,
    only ids that are `within`. No word finds nothing."""
    asked, place = words_of(words), _place(cursor)
    rows: QuerySet[Entity] = Entity.objects.visible_to(user)
    if type:
        rows = rows.filter(type=type)
    if without:
        rows = rows.exclude(type__in=without)
    if within is not None:
        rows = rows.filter(pk__in=within)
    if tag:
        rows = with_tag(rows, *tag)
    found: list[dict[str, Any]] = []
    for part in range(place.part, 2) if asked else ():
        below = place.below if part == place.part else START.below
        said = _said(rows, asked, part=part, below=below).values(*fields, "seq").order_by("-seq")  # type: ignore[misc]  # `extra` names it
        found += [{**row, "part": part} for row in said[: limit + 1 - len(found)]]
        if len(found) > limit:
            break
    last = found[limit - 1] if len(found) > limit else None
    items = [{name: row[name] for name in fields} for row in found[:limit]]
    return Page(items, _cursor(Place(last["part"], last["seq"])) if last else None)


def ids_saying(text: str) -> Any:
    """For a filter `pk__in`: the ids of all live entities that hold every word of `text`; None where it has no word.

    Whoever asks for rows of their own under an entity's id says themselves who may see them.
    """
    words = words_of(text)
    if not words:
        return None
    if connection.vendor == "postgresql":
        # As an array it is looked up first: a planner that expects many would walk the asker's whole order for a rare word.
        sql = """
            SELECT unnest(ARRAY(
                SELECT id FROM ontology_entity WHERE deleted_at IS NULL AND search_words @@ to_tsquery('simple', %s)
            ))
        """
        return RawSQL(sql, [_tsquery(words, "", ":*")])  # noqa: S611 -- the words are a parameter
    sql = """
        SELECT entity_id FROM ontology_entity_search JOIN ontology_entity_words ON id = ontology_entity_search.rowid
        WHERE ontology_entity_search MATCH %s
    """
    return RawSQL(sql, [_match(words)])  # noqa: S611 -- as above


def search_types(*, user: Any, words: str, tag: tuple[str, str] | None, most: int) -> tuple[dict[str, int], bool]:
    """How many of each type `search_entities` would find, counted up to `most`, and whether there are more."""
    asked = words_of(words)
    rows: QuerySet[Entity] = Entity.objects.visible_to(user).order_by()
    if tag:
        rows = with_tag(rows, *tag)
    types: list[str] = []
    for part in range(2) if asked else ():
        said = _said(rows, asked, part=part, below=START.below).values_list("type", flat=True)
        types += said[: most + 1 - len(types)]
    return dict(Counter(types[:most])), len(types) > most


def with_tag(rows: "QuerySet[Entity]", key: str, value: str = "") -> "QuerySet[Entity]":
    """`rows` that carry the tag; without a value, any tag of that key."""
    if value:
        return rows.filter(tags__key=key, tags__value=value)
    return rows.filter(pk__in=Tag.objects.filter(key=key).values("entity"))


def words_of(text: str) -> list[str]:
    """The words of `text`, without signs and in small letters; the first MOST_WORDS of them."""
    words = _apart(unicodedata.normalize("NFC", text[:LONGEST_TEXT]).lower())
    return [word[:LONGEST_WORD] for word in words][:MOST_WORDS]


def _apart(text: str) -> list[str]:
    """`text` cut at everything but letters, numbers and marks, which in some scripts are vowels within a word."""
    plain = "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in text)
    return [word for word in plain.split() if any(letter.isalnum() for letter in word)]


def _said(rows: "QuerySet[Entity]", words: list[str], *, part: int, below: int) -> "QuerySet[Entity]":
    """`rows` that say the words, with `seq`: in their names (part 0) or only elsewhere (part 1)."""
    if connection.vendor == "postgresql":
        named, anywhere = _tsquery(words, ":A", ":*A"), _tsquery(words, "", ":*")
        rows = rows.extra(select={"seq": "search_seq"}, where=["search_seq < %s"], params=[below])
        if not part:
            return rows.extra(where=["search_words @@ to_tsquery('simple', %s)"], params=[named])
        return rows.extra(
            where=["search_words @@ to_tsquery('simple', %s)", "NOT search_words @@ to_tsquery('simple', %s)"],
            params=[anywhere, named],
        )
    everything = _match(words)
    named = f"{{name}} : ({everything})"
    return rows.extra(
        select={"seq": "ontology_entity_search.rowid"},
        tables=["ontology_entity_words", "ontology_entity_search"],
        where=[
            "ontology_entity_search MATCH %s",
            "ontology_entity_search.rowid < %s",
            "ontology_entity_words.id = ontology_entity_search.rowid",
            "ontology_entity.id = ontology_entity_words.entity_id",
        ],
        params=[f"({everything}) NOT {named}" if part else named, below],
    )


def _match(words: list[str]) -> str:
    """For FTS5: each word quoted, the last one as the beginning of one."""
    return " AND ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}" *'])


def _tsquery(words: list[str], each: str, last: str) -> str:
    """For to_tsquery: folded as the database folds (models/search_words.py), each word quoted."""
    parts = _apart(ACCENTS.sub("", unicodedata.normalize("NFKD", " ".join(words))).lower())
    return " & ".join([*(f"'{part}'{each}" for part in parts[:-1]), *(f"'{part}'{last}" for part in parts[-1:])])


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(place))).decode().rstrip("=")


def _place(cursor: str | None) -> Place:
    if not cursor:
        return START
    try:
        part, below = orjson.loads(base64.urlsafe_b64decode(cursor[:100] + "=" * (-len(cursor) % 4)))
        if not (part in (0, 1) and type(part) is type(below) is int and 0 < below <= START.below):
            raise ValueError
    except (ValueError, TypeError):
        raise Invalid("The cursor is not one of ours", details={"cursor": ["Unknown cursor."]}) from None
    return Place(part, below)
