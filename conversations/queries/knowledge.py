"""What somebody's assistant knows: their files, and the passages that answer a question. Source: messaging-design.md §8.

A passage answers where it says enough of what is asked: each meaningful word of the question weighs the more, the fewer of
the account's passages say it (and most where none does), and FLOOR of the whole weight must be said. So a passage is no
answer because it happens to say "open" or "day". Measured in tests/conversations/queries/test_knowledge.py.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from config.paging import Page, Window, keyset, page_of
from conversations.models import KnowledgeFile, Passage
from conversations.queries.stop_words import meaningful

FLOOR = 0.5
FEW = 30
MOST_WORDS, LONGEST_WORD, LONGEST_QUESTION, MOST_SENTENCES = 16, 64, 4000, 4
ACCENTS = re.compile("[\u0300-\u036f]+")
SENTENCES = re.compile(r"(?<=[.?!])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that answers. `score` is the share of the question's weight that it says, from FLOOR to 1."""

    passage_id: int
    file_id: UUID
    file_name: str
    page: int | None
    text: str
    score: float


def search_passages(*, user: Any, question: str, limit: int = 5) -> list[Found]:
    """The user's passages that answer, best first; none where nothing is good enough.

    The question is taken whole; where that finds nothing, by its sentences that ask something.
    """
    text = question[:LONGEST_QUESTION]
    found = _answering(user, words_of(text), limit)
    if found:
        return found
    asking = [part for part in SENTENCES.split(text) if part.rstrip().endswith("?")][:MOST_SENTENCES]
    for words in map(words_of, asking):
        if len(words) > 1:
            found += [each for each in _answering(user, words, limit) if each.passage_id not in _ids(found)]
    return sorted(found, key=lambda each: -each.score)[:limit]


def count_files(user: Any) -> int:
    """How many files they keep, whatever became of their texts: what the tier's limit counts."""
    return KnowledgeFile.objects.visible_to(user).count()


def files_of(user: Any, window: Window) -> tuple[list[KnowledgeFile], int]:
    """Newest first, without their texts, and how many there are in all."""
    rows = KnowledgeFile.objects.visible_to(user).defer("content")
    return list(rows[window.offset : window.offset + window.limit]), rows.count()


def listed(*, user: Any, words: str = "", cursor: str | None = None, limit: int) -> Page:
    """A page of the user's files, newest first, without their texts; those whose name holds `words`."""
    rows = KnowledgeFile.objects.visible_to(user).defer("content")
    if words:
        rows = rows.filter(file_name__icontains=words)
    return page_of(keyset(rows, cursor=cursor, limit=limit), limit=limit)


def words_of(text: str) -> list[str]:
    """The meaningful words of a question, folded as both databases fold, each once; the first MOST_WORDS of them."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()
    apart = "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in plain)
    words = [word[:LONGEST_WORD] for word in apart.split() if any(letter.isalnum() for letter in word)]
    return meaningful(words)[:MOST_WORDS]


def _ids(found: Iterable[Found]) -> set[int]:
    return {each.passage_id for each in found}


def _answering(user: Any, words: list[str], limit: int) -> list[Found]:
    if not words or user.pk is None:
        return []
    shares = _shares(user, words)
    if not shares:
        return []
    ranked = _best(user, words, shares, limit)
    mine = Passage.objects.filter(file__in=KnowledgeFile.objects.visible_to(user)).select_related("file")
    rows = mine.only("page", "text", "file__file_name").in_bulk([key for key, _ in ranked])
    return [
        Found(key, rows[key].file_id, rows[key].file.file_name, rows[key].page, rows[key].text, round(shares[mask], 4))
        for key, mask in ranked
        if key in rows
    ]


def _shares(user: Any, words: list[str]) -> dict[int, float]:
    """{which words are said, as bits: their share of the question's weight}, of all that some passage says and that is enough."""
    with connection.cursor() as cursor:
        masks, params = _masks(user, words)
        cursor.execute(f"WITH {masks} SELECT mask, count(*) FROM masks GROUP BY mask", params)  # noqa: S608 -- constants
        counts = {int(mask): count for mask, count in cursor.fetchall()}
    # Of few passages nothing is rare: they are weighed as if there were more, or a word that none says would outweigh all others.
    total = max(Passage.objects.filter(user=user.pk).count(), FEW)
    said = [sum(count for mask, count in counts.items() if mask >> bit & 1) for bit in range(len(words))]
    weights = [math.log((total + 1) / (each + 0.5)) for each in said]
    whole = sum(weights)
    shares = {mask: sum(each for bit, each in enumerate(weights) if mask >> bit & 1) / whole for mask in counts}
    return {mask: share for mask, share in shares.items() if share >= FLOOR}


def _best(user: Any, words: list[str], shares: dict[int, float], limit: int) -> list[tuple[int, int]]:
    """(passage, bits) of the best: by their share, and among equals by the database's rank."""
    masks, params = _masks(user, words)
    order = "CASE mask " + " ".join("WHEN %s THEN %s" for _ in shares) + " END DESC"
    wanted, shown = ", ".join(["%s"] * len(shares)), [value for pair in shares.items() for value in pair]
    if connection.vendor == "postgresql":
        sql = f"SELECT id, mask FROM masks WHERE mask IN ({wanted}) ORDER BY {order}, rank DESC, id LIMIT %s"  # noqa: S608 -- as below
        asked: list[Any] = [*shares, *shown, limit]
    else:
        sql = f"""
            SELECT masks.id, mask FROM conversations_passage_search JOIN masks ON masks.id = conversations_passage_search.rowid
            WHERE conversations_passage_search MATCH %s AND mask IN ({wanted})
            ORDER BY {order}, bm25(conversations_passage_search, 0.0, 1.0), masks.id LIMIT %s
        """  # noqa: S608 -- only places for parameters are put in
        asked = [_match(user, words), *shares, *shown, limit]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {masks} {sql}", [*params, *asked])
        return [(int(key), int(mask)) for key, mask in cursor.fetchall()]


def _masks(user: Any, words: list[str]) -> tuple[str, list[Any]]:
    """The user's passages that say some of the words, and which, as bits: a table `masks` for WITH, and its parameters."""
    if connection.vendor == "postgresql":
        query = "plainto_tsquery('english', %s)"
        bits = " + ".join(f"(search_words @@ {query})::int * {1 << bit}" for bit in range(len(words)))
        anyone = " || ".join([query] * len(words))
        sql = f"""
            masks AS (
                SELECT id, {bits} AS mask, ts_rank_cd(search_words, {anyone}, 1) AS rank FROM conversations_passage
                WHERE user_id = %s AND search_words @@ ({anyone})
            )
        """  # noqa: S608 -- only places for parameters are put in
        return sql, [*words, *words, user.pk, *words]
    said = " UNION ALL ".join(
        f"SELECT rowid, {1 << bit} FROM conversations_passage_search WHERE conversations_passage_search MATCH %s"  # noqa: S608 -- numbers alone are put in
        for bit in range(len(words))
    )
    sql = f"""
        said(id, bit) AS ({said}),
        masks AS (
            SELECT said.id, sum(bit) AS mask FROM said JOIN conversations_passage ON conversations_passage.id = said.id
            WHERE user_id = %s GROUP BY said.id
        )
    """  # noqa: S608 -- as above
    return sql, [*(_match(user, [word]) for word in words), user.pk.hex]


def _match(user: Any, words: list[str]) -> str:
    """For FTS5: any of the words, each quoted, in passages of this account alone."""
    return f'user_id : "{user.pk.hex}" AND text : ({" OR ".join(f"{chr(34)}{word}{chr(34)}" for word in words)})'
