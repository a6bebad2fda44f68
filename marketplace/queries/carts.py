"""A cart as its page shows it: lines with what became of them since, a group for each currency."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from config.money import Money
from marketplace.models import Cart, CartItem, Product


@dataclass(frozen=True, slots=True)
class CartLine:
    """`trouble`: why it cannot be bought like this (empty where it can). `note`: what changed, for the buyer to know."""

    item: CartItem
    product: Product
    trouble: str
    note: str

    @property
    def quantity(self) -> int:
        return self.item.quantity

    @property
    def gross(self) -> Money:
        return Money(self.product.price_cents * self.quantity, self.product.currency)


@dataclass(frozen=True, slots=True)
class CartGroup:
    """What goes into one order: an order has one currency."""

    currency: str
    lines: list[CartLine] = field(default_factory=list)

    @property
    def ready(self) -> list[CartLine]:
        return [line for line in self.lines if not line.trouble]

    @property
    def total(self) -> Money:
        return Money(sum(line.gross.amount for line in self.ready), self.currency)

    @property
    def is_physical(self) -> bool:
        return any(line.product.kind == Product.Kind.PHYSICAL for line in self.ready)


def groups_of(cart: Cart | None) -> list[CartGroup]:
    """A group a currency, in the order of the letters; lines in the order they were put in."""
    lines: dict[str, list[CartLine]] = defaultdict(list)
    for item in cart.items.select_related("product__seller") if cart else ():
        lines[item.product.currency].append(line_of(item))
    return [CartGroup(currency, lines[currency]) for currency in sorted(lines)]


def line_of(item: CartItem) -> CartLine:
    product = item.product
    if product.status != Product.Status.ACTIVE:
        return CartLine(item, product, "It is no longer on the market.", "")
    if product.is_sold_out:
        return CartLine(item, product, "It is sold out.", "")
    if product.stock is not None and product.stock < item.quantity:
        return CartLine(item, product, f"Only {product.stock} left.", "")
    seen = Money(item.unit_cents, item.currency)
    return CartLine(item, product, "", "" if seen == product.price else f"It was {seen} when you put it in.")


def pieces_in(cart: Cart | None) -> int:
    """How many things lie in it, for the mark in the page's head."""
    return cart.items.aggregate(pieces=Sum("quantity", default=0))["pieces"] if cart else 0


def pieces_of(user: Any) -> int:
    """The same for an account, in one query."""
    return CartItem.objects.filter(cart__user=user).aggregate(pieces=Sum("quantity", default=0))["pieces"]
