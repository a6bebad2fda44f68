"""What somebody wants of which products: read from a request, found on the market, and made into an order's lines."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from config.errors import Conflict, Invalid
from config.ids import lookup_id, parse_id
from config.money import fee_of, vat_within
from marketplace.models import OrderLine, Product
from marketplace.verbs.stock import take_stock

MOST_ITEMS = 100
MOST_OF_ONE = 99

Items = Sequence[Mapping[str, Any]]


def quantities(items: Items) -> dict[UUID, int]:
    """Product by quantity, the same product added up; Invalid with every fault by its place in the list."""
    if not items:
        raise fault_of("items", "Must hold at least one item.")
    if len(items) > MOST_ITEMS:
        raise fault_of("items", f"Must hold at most {MOST_ITEMS} items.")
    wanted: dict[UUID, int] = defaultdict(int)
    faults = [_count(item, wanted) for item in items]
    if any(faults):
        raise Invalid("Some items cannot be ordered", details={"items": faults})
    return dict(wanted)


def _count(item: Mapping[str, Any], wanted: dict[UUID, int]) -> dict[str, list[str]]:
    """Add one item to what is wanted; what is wrong with it, by field."""
    fault: dict[str, list[str]] = {}
    key, quantity = parse_id(item.get("product_id")), item.get("quantity")
    if key is None:
        fault["product_id"] = ["Unknown product."]
    if type(quantity) is not int or not 1 <= quantity <= MOST_OF_ONE:
        fault["quantity"] = [f"Must be a whole number from 1 to {MOST_OF_ONE}."]
    elif key:
        wanted[key] += quantity
        if wanted[key] > MOST_OF_ONE:
            fault["quantity"] = [f"Together at most {MOST_OF_ONE} of one product."]
    return fault


def fault_of(name: str, sentence: str) -> Invalid:
    return Invalid(f"{name}: {sentence}", details={name: [sentence]})


def take_stock_of_known(wanted: Mapping[UUID, int], items: Items) -> set[UUID]:
    """`take_stock`, after every product was found on the market; a missing one is the caller's fault, not the stock's."""
    refuse_unknown(items)
    try:
        return take_stock(wanted)
    except Conflict:
        # Taken off the market between the two looks: that is no shortage either.
        refuse_unknown(items)
        raise


def refuse_unknown(items: Items) -> None:
    """Invalid `unknown_product` for what is not on the market, with its place in the list."""
    wanted = [lookup_id(item["product_id"]) for item in items]
    known = set(Product.objects.on_market().filter(pk__in=wanted).values_list("pk", flat=True))
    faults = [{} if key in known else {"product_id": [f"Unknown product {key}."]} for key in wanted]
    if any(faults):
        raise Invalid("Some products are not on the market", code="unknown_product", details={"items": faults})


def lines_of(wanted: list[tuple[Product, int]], counted: set[UUID]) -> list[OrderLine]:
    """Lines with the price, the VAT and their part of the fee: that one is rounded once a seller, and the parts add up to it."""
    lines = []
    gross_so_far: dict[UUID, int] = defaultdict(int)
    rate = settings.PLATFORM_FEE_BP
    for product, quantity in wanted:
        gross = product.price_cents * quantity
        before = gross_so_far[product.seller_id]
        gross_so_far[product.seller_id] = before + gross
        lines.append(
            OrderLine(
                product=product,
                seller_id=product.seller_id,
                title=product.title,
                kind=product.kind,
                quantity=quantity,
                took_stock=product.pk in counted,
                unit_cents=product.price_cents,
                gross_cents=gross,
                fee_cents=fee_of(before + gross, rate) - fee_of(before, rate),
                vat_bp=product.vat_bp,
                vat_cents=vat_within(gross, product.vat_bp),
            )
        )
    return lines
