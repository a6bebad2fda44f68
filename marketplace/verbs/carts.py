"""What somebody means to buy, and changing one's mind about it. Nothing is held: stock and price are settled at checkout.

A visitor's cart is known by a random token that only their browser holds; the table keeps its hash. Every change locks
the cart's row first, so that two tabs add up instead of undoing each other.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import parse_id
from marketplace.models import Cart, CartItem, Product
from marketplace.verbs.baskets import MOST_ITEMS, MOST_OF_ONE


@dataclass(frozen=True, slots=True)
class Added:
    """`quantity` is how many lie in the cart now; `is_capped` where more were asked for. `token` is a new visitor's."""

    product: Product
    quantity: int
    is_capped: bool
    token: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """Titles whose quantities were `capped` at MOST_OF_ONE, and those for which there was no room (`left_out`)."""

    capped: list[str]
    left_out: list[str]


def cart_of(*, by: Any, token: str | None = None) -> Cart | None:
    """The account's cart, or for a visitor the one that the token knows; None before anything was put in."""
    if by.is_authenticated:
        return Cart.objects.filter(user=by).first()
    return Cart.objects.filter(token_hash=_hash(token), user=None).first() if token else None


@transaction.atomic
def add_to_cart(*, product_id: UUID | str, quantity: Any = 1, by: Any, token: str | None = None) -> Added:
    """Put so many more in; at most MOST_OF_ONE of one product. Conflict `sold_out` or `cart_full`, NotFound off the market."""
    wanted = _whole(quantity, least=1)
    key = parse_id(product_id)
    product = Product.objects.on_market().filter(pk=key).first() if key else None
    if product is None:
        raise NotFound("Product not found")
    if product.is_sold_out:
        raise Conflict("This is sold out", code="sold_out")
    cart, new_token = _opened(by, token)
    here = cart.items.filter(product=product).values_list("quantity", flat=True).first() or 0
    if not here and cart.items.count() >= MOST_ITEMS:
        raise Conflict(f"A cart holds at most {MOST_ITEMS} different products", code="cart_full")
    count = min(here + wanted, MOST_OF_ONE)
    _put(cart, product, count)
    return Added(product, count, is_capped=here + wanted > MOST_OF_ONE, token=new_token)


@transaction.atomic
def change_quantity(*, product_id: UUID | str, quantity: Any, by: Any, token: str | None = None) -> CartItem | None:
    """Have so many of it, at the price of now; 0 takes it out. NotFound where it is not in the cart."""
    wanted = _whole(quantity, least=0)
    cart = _locked(by, token)
    key = parse_id(product_id)
    item = cart.items.select_related("product").filter(product=key).first() if cart and key else None
    if cart is None or item is None:
        raise NotFound("This is not in your cart")
    if wanted == 0:
        item.delete()
        _touch(cart)
        return None
    return _put(cart, item.product, wanted)


def remove_from_cart(*, product_id: UUID | str, by: Any, token: str | None = None) -> None:
    """Take it out, whatever became of it; what is not in the cart is out already."""
    cart, key = cart_of(by=by, token=token), parse_id(product_id)
    if cart and key:
        CartItem.objects.filter(cart=cart, product=key).delete()
        _touch(cart)


def empty_cart(*, by: Any, token: str | None = None) -> None:
    if cart := cart_of(by=by, token=token):
        CartItem.objects.filter(cart=cart).delete()
        _touch(cart)


@transaction.atomic
def merge_carts(*, token: str | None, by: User) -> Merged:
    """Bring what lies in the visitor's cart into the account's, quantities added up. A second call finds nothing."""
    visitors = Cart.objects.select_for_update().filter(token_hash=_hash(token), user=None).first() if token else None
    if visitors is None:
        return Merged([], [])
    brought = list(visitors.items.select_related("product"))
    visitors.delete()
    if not brought:
        return Merged([], [])
    cart, _ = _opened(by, None)
    here = dict(cart.items.values_list("product_id", "quantity"))
    capped, left_out = [], []
    for item in brought:
        count = here.get(item.product_id, 0) + item.quantity
        if item.product_id not in here and len(here) >= MOST_ITEMS:
            left_out.append(item.product.title)
            continue
        if count > MOST_OF_ONE:
            capped.append(item.product.title)
        here[item.product_id] = min(count, MOST_OF_ONE)
        _put(cart, item.product, here[item.product_id], seen=(item.unit_cents, item.currency))
    return Merged(capped, left_out)


def take_out_of_cart(*, taken: Mapping[UUID, int], by: User) -> None:
    """What was ordered leaves the cart, in the order's transaction; what was added meanwhile stays."""
    cart = Cart.objects.select_for_update().filter(user=by).first()
    for item in cart.items.filter(product__in=taken) if cart else ():
        left = item.quantity - taken[item.product_id]
        if left > 0:
            CartItem.objects.filter(pk=item.pk).update(quantity=left)
        else:
            item.delete()


def forget_old_carts() -> int:
    """Visitors' carts whose cookie has run out."""
    return Cart.objects.filter(user=None, updated_at__lt=now() - Cart.FORGOTTEN_AFTER).delete()[0]


def _opened(by: Any, token: str | None) -> tuple[Cart, str | None]:
    """The cart, locked, made where there was none; and the token of a new visitor."""
    if cart := _locked(by, token):
        return cart, None
    if not by.is_authenticated:
        fresh = secrets.token_urlsafe(32)
        return Cart.objects.create(token_hash=_hash(fresh)), fresh
    try:
        with transaction.atomic():
            return Cart.objects.create(user=by), None
    except IntegrityError:  # another tab was first
        return Cart.objects.select_for_update().get(user=by), None


def _locked(by: Any, token: str | None) -> Cart | None:
    found = cart_of(by=by, token=token)
    return Cart.objects.select_for_update().filter(pk=found.pk).first() if found else None


def _put(cart: Cart, product: Product, quantity: int, seen: tuple[int, str] | None = None) -> CartItem:
    cents, currency = seen or (product.price_cents, product.currency)
    item, _ = CartItem.objects.update_or_create(
        cart=cart, product=product, defaults={"quantity": quantity, "unit_cents": cents, "currency": currency}
    )
    _touch(cart)
    return item


def _touch(cart: Cart) -> None:
    Cart.objects.filter(pk=cart.pk).update(updated_at=now())


def _whole(quantity: Any, *, least: int) -> int:
    if type(quantity) is not int or not least <= quantity <= MOST_OF_ONE:
        sentence = f"Must be a whole number from {least} to {MOST_OF_ONE}."
        raise Invalid(f"quantity: {sentence}", details={"quantity": [sentence]})
    return quantity


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
