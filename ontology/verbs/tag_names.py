"""The words that things are tagged with, counted for suggestions. Whoever tags calls `count_tag_use` in its transaction.

Only what everybody may see is counted: a suggestion must not tell of somebody's private thing. Where counts drift all the
same, `recount_tags` puts them right once a day.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Greatest, Lower

from ontology.models import EntityType, Tag, TagName, TagSpelling, Track
from ontology.models.entities import PUBLIC
from ontology.queries.tag_names import LONGEST, plain_of, spellings

BATCH = 500


def count_tag_use(names: Iterable[str], delta: int = 1) -> None:
    """Each name is used that much more often, or less; a name twice counts twice. Call it in the tagging transaction."""
    counted = Counter(kept for name in names if (kept := name_of(name)))
    groups: dict[int, list[str]] = {}
    for name in sorted(counted):
        groups.setdefault(delta * counted[name], []).append(name)
    with transaction.atomic():
        if delta > 0:
            add_names(counted)
        for part in in_batches(sorted(counted)):
            # In one order everywhere, so that two who tag at once do not wait for each other.
            list(TagName.objects.select_for_update().filter(name__in=part).order_by("name").values_list("pk"))
        for change, group in groups.items():
            more = F("uses") + change
            for part in in_batches(group):
                TagName.objects.filter(name__in=part).update(uses=more if change > 0 else Greatest(more, 0))


def in_batches(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))


def name_of(name: str) -> str:
    """A tag as it is suggested: lower case, blanks as one, at most 128 letters; empty where there is no letter in it."""
    kept = " ".join(name.replace("\0", "").lower().split())[:LONGEST]
    return kept if plain_of(kept) else ""


def add_names(names: Iterable[str]) -> None:
    """Make the rows of names that are new, unused as yet."""
    for part in in_batches(sorted(set(names))):
        there = set(TagName.objects.filter(name__in=part).values_list("name", flat=True))
        new = [TagName(name=name, plain=plain_of(name)) for name in part if name not in there]
        if not new:
            continue
        TagName.objects.bulk_create(new, ignore_conflicts=True)
        TagSpelling.objects.bulk_create(
            [TagSpelling(tag=row, letters=letters) for row in new for letters in sorted(spellings(row.plain))],
            ignore_conflicts=True,
        )


@transaction.atomic
def recount_tags() -> None:
    """Count anew, from the tags of what everybody may see and the genres of its tracks; forget names out of use."""
    counted = seen_uses()
    add_names(counted)
    wrong = []
    for row in TagName.objects.order_by("name").iterator(chunk_size=BATCH):
        uses = counted[row.name]
        if row.uses != uses:
            row.uses = uses
            wrong.append(row)
    TagName.objects.bulk_update(wrong, ["uses"], batch_size=BATCH)
    TagName.objects.filter(uses=0).delete()


def seen_uses() -> Counter[str]:
    """How often each name is used where everybody sees it, as a tag and as a genre."""
    seen = {"entity__deleted_at": None, "entity__status__in": PUBLIC, "entity__is_private": False}
    # A track's genre is a tag of its entity as well: counted once.
    words = Tag.objects.filter(**seen).exclude(key="genre", entity__type=EntityType.MEDIA_ASSET)
    tags = words.order_by().values_list(Lower("value")).annotate(Count("pk"))
    published = Track.objects.published().exclude(genre="")
    genres = published.order_by().values_list(Lower("genre")).annotate(Count("pk"))
    counted: Counter[str] = Counter()
    for value, uses in [*tags.iterator(), *genres.iterator()]:
        if name := name_of(value):
            counted[name] += uses
    return counted
