"""Which tags somebody means who typed this much (veza.txt, "GET /tags/suggest").

Three looks, each bounded and each carried by an index, the next one only while there is room: tags that begin with
what was typed, most used first; tags of which it is a whole spelling with slips; tags that begin with something like it.
"""

import unicodedata

from django.db import connection
from django.db.models import QuerySet

from ontology.models import TagName, TagSpelling

LONGEST = 128
LETTERS = 8
"""How much of a tag its spellings hold (TagSpelling.letters)."""
FEWEST_LETTERS = 3
"""Fewer may be anything: then only beginnings count."""
MOST_LOOKED_AT = 300


def suggest(*, words: str, limit: int) -> list[str]:
    """At most `limit` names for what was typed; for nothing, the most used."""
    typed = plain_of(words)
    if not typed:
        return list(TagName.objects.filter(uses__gt=0).order_by("-uses", "name").values_list("name", flat=True)[:limit])
    found = list(beginning(typed).order_by("-uses", "name").values_list("name", flat=True)[:limit])
    if len(found) < limit and len(typed) >= FEWEST_LETTERS:
        found += [name for name in nearest(typed, limit=limit) if name not in found]
    return found[:limit]


def beginning(typed: str) -> QuerySet[TagName]:
    rows = TagName.objects.filter(uses__gt=0)
    if connection.vendor == "sqlite":
        # By bytes; its LIKE looks at every row.
        return rows.filter(plain__gte=typed, plain__lt=typed + "\U0010ffff")
    return rows.filter(plain__startswith=typed)


def nearest(typed: str, *, limit: int) -> list[str]:
    """Names with a slip or two from what was typed: the fewest slips first, then the most used."""
    most = 1 if len(typed) < 6 else 2
    fields = ("name", "plain", "uses")
    sharing = TagSpelling.objects.filter(letters__in=spellings(typed)).values("tag")
    rows = list(
        TagName.objects.filter(pk__in=sharing, uses__gt=0).order_by("-uses").values_list(*fields)[:MOST_LOOKED_AT]
    )
    if len(typed) > FEWEST_LETTERS:
        rows += beginning(typed[:2]).order_by("-uses", "name").values_list(*fields)[:MOST_LOOKED_AT]
    ranked = {name: (slips(typed, plain, most), -uses, name) for name, plain, uses in rows}
    return [name for name, rank in sorted(ranked.items(), key=lambda pair: pair[1]) if rank[0] <= most][:limit]


def plain_of(name: str) -> str:
    """Only letters, digits and marks that belong to them, lower case: `Hip-Hop` and `hip hop` are `hiphop`."""
    lowered = unicodedata.normalize("NFKC", name[:LONGEST]).casefold()
    return "".join(letter for letter in lowered if unicodedata.category(letter)[0] in "LNMS")[:LONGEST]


def spellings(plain: str) -> set[str]:
    """The first letters, and the same with each letter left out once: two words with a slip between them share one."""
    start = plain[:LETTERS]
    return {start, *(start[:at] + start[at + 1 :] for at in range(len(start)) if len(start) > 1)}


def slips(typed: str, plain: str, most: int) -> int:
    """How many letters were added, lost, mistaken or swapped, where `plain` is read as far as it was typed: people stop
    in the middle of a word. `most + 1` for more. Source: optimal string alignment, in a band of `most` to either side."""
    plain = plain[: len(typed) + most]
    far, width = most + 1, len(plain)
    older, before = [far] * (width + 1), [min(at, far) for at in range(width + 1)]
    for i, letter in enumerate(typed, 1):
        row = [min(i, far)] + [far] * width
        for j in range(max(1, i - most), min(width, i + most) + 1):
            against = plain[j - 1]
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == plain[j - 2] and typed[i - 2] == against:
                best = min(best, older[j - 2] + 1)
            row[j] = best
        if min(row) > most:
            return far
        older, before = before, row
    return min(before[min(FEWEST_LETTERS, width) :])
