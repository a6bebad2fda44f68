"""Stock: taken by one conditional update a product, in id order, and given back once (payments-design.md §0.7, §3)."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import F

from config.errors import Conflict
from marketplace.models import Order, OrderLine, Product


def take_stock(wanted: Mapping[UUID, int]) -> set[UUID]:
    """Take each quantity, or raise Conflict `out_of_stock`; the caller's transaction undoes what was taken before.

    Returns the products whose stock was counted; an unlimited one has nothing to take from.
    """
    counted = set()
    for product_id in sorted(wanted):
        on_market = Product.objects.on_market().filter(pk=product_id)
        if on_market.filter(stock__gte=wanted[product_id]).update(stock=F("stock") - wanted[product_id]):
            counted.add(product_id)
        elif not on_market.filter(stock=None).exists():
            raise _out_of_stock(product_id)
    return counted


def _out_of_stock(product_id: UUID) -> Conflict:
    left = Product.objects.on_market().filter(pk=product_id).values_list("stock", flat=True).first() or 0
    sentence = f"Only {left} left" if left else "This is sold out"
    return Conflict(sentence, code="out_of_stock", details={"product_id": str(product_id), "available": left})


def hold_stock(*, order: Order) -> None:
    """Take the order's stock again, for an order that had given it back; Conflict where it is gone meanwhile."""
    lines = list(order.lines.all())
    counted = take_stock({line.product_id: line.quantity for line in lines})
    for line in lines:
        line.took_stock = line.product_id in counted
        line.save(update_fields=["took_stock"])
    Order.objects.filter(pk=order.pk).update(holds_stock=True)


def give_stock_back(*, order_id: UUID) -> bool:
    """Return what the order holds; whether there was anything to return. A second call finds nothing."""
    if not Order.objects.filter(pk=order_id, holds_stock=True).update(holds_stock=False):
        return False
    held = OrderLine.objects.filter(order=order_id, took_stock=True, stock_returned=False)
    for line in held.order_by("product_id"):
        _put_back(line)
    return True


def return_stock(*, line_ids: Iterable[UUID]) -> int:
    """Return what given-back physical lines of a paid order held, where they were not sent yet; once a line.

    The pieces that came back. Call it in the transaction that gives the money back.
    """
    pieces = 0
    held = OrderLine.objects.filter(
        kind=Product.Kind.PHYSICAL, took_stock=True, fulfilled_at=None, stock_returned=False
    )
    for line in held.filter(pk__in=list(line_ids)).order_by("product_id"):
        if held.filter(pk=line.pk).update(stock_returned=True):
            _put_back(line)
            pieces += line.quantity
    return pieces


def _put_back(line: OrderLine) -> None:
    Product.objects.filter(pk=line.product_id, stock__isnull=False).update(stock=F("stock") + line.quantity)
