"""Gear as its owner asks for it: the list, one item's papers and repairs, what it all cost by year and currency."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, ExtractYear

from accounts.models import User
from marketplace.models import GearDocument, GearItem, GearRepair

LONGEST_SEARCH = 200
MOST_YEARS = 30
"""Above that, years without a cost are left out of the picture."""


def gear_of(user: User, *, words: str = "", status: str = "") -> QuerySet[GearItem]:
    """One's own, newest first, each with its `document_count` and `repair_count`."""
    rows = GearItem.objects.visible_to(user)
    if words := words.replace("\0", "").strip()[:LONGEST_SEARCH]:
        named = (Q(**{f"{name}__icontains": words}) for name in ("brand", "model", "category", "serial_number"))
        found = Q(name__icontains=words)
        for each in named:
            found |= each
        rows = rows.filter(found)
    if status:
        rows = rows.filter(status=status)
    return rows.annotate(
        document_count=_count_of(GearDocument), repair_count=_count_of(GearRepair)
    ).order_by("-created_at", "-id")  # fmt: skip


def _count_of(model: Any) -> Any:
    """A sub-select each: two joins would multiply each other."""
    counted = model.objects.filter(gear=OuterRef("pk")).order_by().values("gear").annotate(all=Count("pk"))
    return Coalesce(Subquery(counted.values("all")), 0)


def used_bytes(user: User) -> int:
    """What the papers of all of somebody's gear take."""
    taken = GearDocument.objects.filter(gear__owner=user.pk).aggregate(all=Sum("size_bytes", default=0))
    return int(taken["all"])


def costs_by_year(user: User, *, gear: GearItem | None = None) -> list[dict[str, Any]]:
    """What was bought and repaired, of all gear or of one item: `[{currency, total, years: [{year, bought, repaired,
    total}]}]`, in minor units, the oldest year first, the dearest currency first.

    A purchase without a day or a price counts in no year.
    """
    items = GearItem.objects.visible_to(user)
    if gear is not None:
        items = items.filter(pk=gear.pk)
    sums: dict[str, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: {"bought": 0, "repaired": 0}))
    for currency, year, cents in _by_year(
        items.filter(purchase_date__isnull=False), "purchase_date", "purchase_price_cents"
    ):
        sums[currency][year]["bought"] += cents
    for currency, year, cents in _by_year(GearRepair.objects.filter(gear__in=items), "repair_date", "cost_cents"):
        sums[currency][year]["repaired"] += cents
    found = [_one_currency(currency, years) for currency, years in sums.items()]
    return sorted((each for each in found if each["total"]), key=lambda each: (-each["total"], each["currency"]))


def _by_year(rows: QuerySet[Any], day: str, cents: str) -> Any:
    """(currency, year, sum) of everything that cost something."""
    costly = rows.filter(**{f"{cents}__gt": 0}).order_by().values_list("currency", ExtractYear(day))
    return costly.annotate(all=Sum(cents))


def _one_currency(currency: str, years: dict[int, dict[str, int]]) -> dict[str, Any]:
    first, last = min(years), max(years)
    shown = range(first, last + 1) if last - first < MOST_YEARS else sorted(years)
    nothing = {"bought": 0, "repaired": 0}
    rows = [{"year": year, **(sums := years.get(year, nothing)), "total": sum(sums.values())} for year in shown]
    return {"currency": currency, "total": sum(row["total"] for row in rows), "years": rows}
