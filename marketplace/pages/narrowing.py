"""The market's address says what is looked for: reading it, and the addresses that narrow or widen it by one step."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from marketplace.models import Product
from marketplace.models.products import CURRENCIES
from marketplace.pages.lists import asked_for
from marketplace.queries.products import RATINGS, Asked, Counts

NAMES = ("q", "by", "sort", "kind", "currency", "min", "max", "rating", "stock", "free")
KINDS = {"digital": "Digital", "physical": "Physical"}
DEAREST = Decimal(10**9)


def read_asked(request: Any, seller: Any) -> Asked:
    """What the address asks; a value that means nothing is as if it were not there."""
    kind, currency, rating = (asked_for(request, name) for name in ("kind", "currency", "rating"))
    return Asked(
        search=asked_for(request),
        seller=seller and seller.pk,
        least=price(asked_for(request, "min")),
        most=price(asked_for(request, "max")),
        kind=kind if kind in Product.Kind.values else "",
        currency=currency if currency in CURRENCIES else "",
        rating=int(rating) if rating in map(str, RATINGS) else 0,
        in_stock=asked_for(request, "stock") == "1",
        free=asked_for(request, "free") == "1",
    )


def price(text: str) -> Decimal | None:
    """A price as people type it; None where it is none."""
    try:
        value = Decimal(text.replace(",", ".")) if len(text) <= 14 else Decimal(-1)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value <= DEAREST else None


def faults_of(request: Any) -> list[str]:
    """A sentence for each price that is none; the list is as if it had not been typed."""
    typed = [asked_for(request, name) for name in ("min", "max")]
    return [f"“{text}” is not a price. Write it like 12.50." for text in typed if text and price(text) is None]


def facets(request: Any, asked: Asked, found: Counts) -> list[dict[str, Any]]:
    """Groups of links: each says how many there would be, and leads there; the one that is chosen leads back."""
    groups = [
        ("Kind", [(KINDS[kind], "kind", kind, count) for kind, count in found.kind.items()]),
        ("Currency", [(code, "currency", code, count) for code, count in found.currency.items()]),
        ("Rating", [(at_least(stars), "rating", str(stars), found.rating[stars]) for stars in RATINGS]),
        ("Also", [("In stock", "stock", "1", found.in_stock), ("Free", "free", "1", found.free)]),
    ]
    now_chosen = {name: request.GET.get(name, "") for name in NAMES}
    shown = []
    for title, rows in groups:
        links = [
            {
                "text": text,
                "count": count,
                "chosen": now_chosen[name] == value,
                "url": address(request, **{name: "" if now_chosen[name] == value else value}),
            }
            for text, name, value, count in rows
            if count or now_chosen[name] == value
        ]
        if len(links) > 1 or any(link["chosen"] for link in links) or title == "Also":
            shown.append({"title": title, "links": links})
    return [group for group in shown if group["links"]]


def chosen(request: Any, asked: Asked) -> list[dict[str, str]]:
    """What narrows the list now, each with the address without it."""
    rows = [
        (KINDS.get(asked.kind, ""), ("kind",)),
        (asked.currency, ("currency",)),
        (spell_price(asked), ("min", "max")),
        (at_least(asked.rating) if asked.rating else "", ("rating",)),
        ("In stock" if asked.in_stock else "", ("stock",)),
        ("Free" if asked.free else "", ("free",)),
    ]
    return [{"text": text, "url": address(request, **dict.fromkeys(names, ""))} for text, names in rows if text]


def at_least(stars: int) -> str:
    return f"{stars} star{'' if stars == 1 else 's'} and more"


def spell_price(asked: Asked) -> str:
    least, most = (None if value is None else f"{value:f}" for value in (asked.least, asked.most))
    if least and most:
        return f"From {least} to {most}"
    return f"From {least}" if least else f"Up to {most}" if most else ""


def hidden_of(request: Any) -> list[tuple[str, str]]:
    """What a form of the page carries along: all that narrows, but for what its own fields say."""
    kept = ("by", "kind", "currency", "rating", "stock", "free")
    return [(name, value) for name in kept if (value := asked_for(request, name))]


def address(request: Any, **changes: str) -> str:
    """This page's address with some names changed or dropped, from its first page on."""
    kept = {name: asked_for(request, name) for name in NAMES} | changes
    return "/market/?" + urlencode({name: value for name, value in kept.items() if value})
