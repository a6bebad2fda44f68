"""The market: what is for sale, searched, narrowed and sorted, with a count beside each way to narrow it further."""

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from config.errors import Invalid
from config.money import EXPONENTS, MAX_CENTS
from marketplace.models import Product
from marketplace.models.products import CURRENCIES
from ontology.queries.search import ids_saying


class Alphabetical(Func):
    """Texts as people sort them: whatever their case and, where the database has ICU's collations, their accents."""

    function = "LOWER"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        template = '%(expressions)s COLLATE "und-x-icu"' if has_icu(connection.alias) else None
        return self.as_sql(compiler, connection, template=template)


@functools.cache
def has_icu(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'")
        return cursor.fetchone() is not None


SORTS: dict[str, tuple[Any, ...]] = {
    "newest": ("-created_at", "-id"),
    "oldest": ("created_at", "id"),
    "price_asc": ("price_cents", "id"),
    "price_desc": ("-price_cents", "-id"),
    "rating": ("-rating_score", "-rating_count", "-id"),
    "title": (Alphabetical("title"), "id"),
}
"""Every order ends in the id, so that ties have one order."""

BY_PRICE = {"price_asc": F("worth").asc(), "price_desc": F("worth").desc()}
"""Of several currencies, prices are compared as they are read: 12.345 KWD is less than 99.00 EUR. Rates are no part of it."""

ALIASES = {
    "created_at": "oldest", "-created_at": "newest", "price": "price_asc", "-price": "price_desc", "cheapest": "price_asc",
    "dearest": "price_desc", "best": "rating",
}  # fmt: skip
LONGEST_SEARCH = 200
RATINGS = (4, 3, 2, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is looked for. `least` and `most` are prices in whole money of whatever currency ("12.50"), not in cents."""

    search: str = ""
    seller: UUID | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    kind: str = ""
    currency: str = ""
    rating: int = 0
    in_stock: bool = False
    free: bool = False


def market(*, sort: str = "", asked: Asked | None = None, search: str = "") -> QuerySet[Product]:
    """What is for sale, as asked; Invalid for an unknown order or value, or a search longer than 200 characters."""
    sort = ALIASES.get(sort, sort or "newest")
    if sort not in SORTS:
        raise Invalid(f"sort: Must be one of {', '.join(SORTS)}.", details={"sort": [f"One of {', '.join(SORTS)}."]})
    asked = asked or Asked(search=search)
    refuse_unknown(asked)
    rows = _found(asked)
    for name, condition in FACETS.items():
        if value := getattr(asked, name):
            rows = rows.filter(condition(value))
    if sort in BY_PRICE and not asked.currency:
        return rows.annotate(worth=_worth()).order_by(BY_PRICE[sort], SORTS[sort][1])
    return rows.order_by(*SORTS[sort])


def _worth() -> Case:
    """Prices of all currencies with as many digits behind the point as the longest has."""
    most = max(EXPONENTS.get(code, 2) for code in CURRENCIES)
    codes: dict[int, list[str]] = {}
    for code in CURRENCIES:
        codes.setdefault(most - EXPONENTS.get(code, 2), []).append(code)
    return Case(
        *(When(currency__in=those, then=F("price_cents") * 10**short) for short, those in codes.items()),
        default=F("price_cents"),
        output_field=BigIntegerField(),
    )


def refuse_unknown(asked: Asked) -> None:
    faults = {}
    if len(asked.search) > LONGEST_SEARCH:
        faults["search"] = [f"Must be at most {LONGEST_SEARCH} characters."]
    if asked.kind and asked.kind not in Product.Kind.values:
        faults["kind"] = ['Must be "digital" or "physical".']
    if asked.currency and asked.currency not in CURRENCIES:
        faults["currency"] = [f"Must be one of {', '.join(CURRENCIES)}."]
    if asked.rating not in (0, *RATINGS, 5):
        faults["rating"] = ["Must be from 1 to 5: so many stars and more."]
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)


FACETS: dict[str, Callable[[Any], Q]] = {
    "kind": lambda kind: Q(kind=kind),
    "currency": lambda code: Q(currency=code),
    "rating": lambda stars: Q(rating_score__gte=stars * 100),
    "in_stock": lambda _: Q(stock=None) | Q(stock__gt=0),
    "free": lambda _: Q(price_cents=0),
}
"""The ways to narrow that are counted, by the name in `Asked`."""


def _found(asked: Asked) -> QuerySet[Product]:
    """What every facet's count starts from: the words, the maker and the price."""
    rows = Product.objects.on_market()
    if asked.search.strip():
        found = ids_saying(asked.search.replace("\0", " "))
        rows = rows.none() if found is None else rows.filter(pk__in=found)
    if asked.seller:
        rows = rows.filter(seller=asked.seller)
    if asked.least is not None:
        rows = rows.filter(_priced(asked, "gte", asked.least))
    if asked.most is not None:
        rows = rows.filter(_priced(asked, "lte", asked.most))
    return rows


def _priced(asked: Asked, side: str, price: Decimal) -> Q:
    """Whole money is as many minor units as the product's own currency says."""
    codes = [asked.currency] if asked.currency else list(CURRENCIES)
    condition = Q()
    for digits in {EXPONENTS.get(code, 2) for code in codes}:
        cents = min(max(int(price.scaleb(digits)), 0), MAX_CENTS)
        those = [code for code in codes if EXPONENTS.get(code, 2) == digits]
        condition |= Q(currency__in=those, **{f"price_cents__{side}": cents})
    return condition


@dataclass(frozen=True, slots=True)
class Counts:
    """`total` found as asked; of each facet, how many there would be for each of its values, all else being as asked."""

    total: int
    kind: dict[str, int]
    currency: dict[str, int]
    rating: dict[int, int]
    in_stock: int
    free: int


Cell = tuple[dict[str, Any], int]


def counts(asked: Asked) -> Counts:
    """One query, whatever is asked: how many there are of each combination; the facets' counts are sums over these."""
    refuse_unknown(asked)
    cells: list[Cell] = [(row, row.pop("pieces")) for row in _combinations(_found(asked))]

    def without(name: str) -> list[Cell]:
        other = replace(asked, **{name: type(getattr(asked, name))()})
        return [cell for cell in cells if _fits(cell[0], other)]

    rated = without("rating")
    return Counts(
        total=sum(count for row, count in cells if _fits(row, asked)),
        kind=_summed(without("kind"), "kind"),
        currency=_summed(without("currency"), "currency"),
        rating={stars: sum(count for row, count in rated if row["stars"] >= stars) for stars in RATINGS},
        in_stock=sum(count for row, count in without("in_stock") if row["there"]),
        free=sum(count for row, count in without("free") if row["given"]),
    )


def _combinations(rows: QuerySet[Product]) -> Iterable[Any]:
    def flag(condition: Q) -> Case:
        return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())

    cells = rows.order_by().annotate(
        there=flag(FACETS["in_stock"](True)),
        given=flag(FACETS["free"](True)),
        stars=Coalesce(F("rating_score"), 0) / 100,
    )
    return cells.values("kind", "currency", "there", "given", "stars").annotate(pieces=Count("*"))


def _fits(row: dict[str, Any], asked: Asked) -> bool:
    return (
        (not asked.kind or row["kind"] == asked.kind)
        and (not asked.currency or row["currency"] == asked.currency)
        and row["stars"] >= asked.rating
        and (not asked.in_stock or bool(row["there"]))
        and (not asked.free or bool(row["given"]))
    )


def _summed(cells: list[Cell], name: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row, count in cells:
        found[row[name]] += count
    return dict(sorted(found.items()))
