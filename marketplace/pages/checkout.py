"""Paying: for one product at once, or for what lies in the cart in one currency."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.timezone import now

from config.errors import DomainError, Unavailable
from config.ids import parse_id
from config.money import Money, vat_within
from marketplace.models import IdempotencyRecord, License, Order, Product
from marketplace.pages.checkout_forms import BuyForm, CartForm, CheckoutForm, read_basket, spell_basket
from marketplace.pages.checkout_kept import signed_in_or_kept, take_back
from marketplace.pages.forms import digits_of, explain
from marketplace.pages.paying import next_step
from marketplace.queries.carts import groups_of
from marketplace.verbs.addresses import said_last
from marketplace.verbs.baskets import MOST_OF_ONE
from marketplace.verbs.carts import cart_of
from marketplace.verbs.orders import place_order_once

JUST_NOW = timedelta(minutes=30)
SPENT = ("idempotency_key_reused", "order_expired")
"""Refusals after which the form needs another key."""


@dataclass(frozen=True, slots=True)
class Basket:
    """What is paid for: products with their quantities, all of one currency."""

    lines: list[tuple[Product, int]]
    currency: str
    route: str
    back_url: str
    back_text: str

    @property
    def total(self) -> int:
        return sum(product.price_cents * quantity for product, quantity in self.lines)

    @property
    def vat(self) -> int:
        return sum(vat_within(product.price_cents * quantity, product.vat_bp) for product, quantity in self.lines)

    @property
    def pieces(self) -> int:
        return sum(quantity for _, quantity in self.lines)

    @property
    def is_physical(self) -> bool:
        return any(product.kind == Product.Kind.PHYSICAL for product, _ in self.lines)

    @property
    def shown(self) -> list[dict[str, Any]]:
        return [
            {"product": product, "quantity": quantity, "gross": Money(product.price_cents * quantity, self.currency)}
            for product, quantity in self.lines
        ]


@signed_in_or_kept
def checkout(request, product_id):
    """One product, without a way round by the cart."""
    product = Product.objects.on_market().select_related("seller").filter(pk=product_id).first()
    if product is None:
        raise Http404
    quantity = request.POST.get("quantity", "1")
    whole = quantity.isascii() and quantity.isdigit() and 1 <= int(quantity[:4]) <= MOST_OF_ONE
    lines = [(product, int(quantity) if whole else 1)]
    basket = Basket(lines, product.currency, "page:checkout", product.get_absolute_url(), product.title)
    return settle(request, basket, BuyForm)


@signed_in_or_kept
def from_cart(request):
    """The cart's things in one currency (`?currency=`), at first all that can be bought; later what the form carries."""
    if request.method == "POST":
        lines = lines_of(request.POST.get("basket", ""))
        currency = lines[0][0].currency if lines else ""
    else:
        groups = groups_of(cart_of(by=request.user))
        asked = request.GET.get("currency", "")
        group = next((one for one in groups if one.ready and asked in ("", one.currency)), None)
        lines = [(line.product, line.quantity) for line in group.ready] if group else []
        currency = group.currency if group else ""
    if not lines:
        return redirect("cart")
    return settle(request, Basket(lines, currency, "page:cart", "/cart/", "Your cart"), CartForm)


def lines_of(text):
    """The products that a form names, as they are now; those that are gone leave its total, and the buyer is told."""
    try:
        wanted = {parse_id(key): count for key, count in read_basket(text)}
    except ValidationError:
        return []
    products = Product.objects.on_market().select_related("seller").in_bulk([key for key in wanted if key])
    return [(products[key], count) for key, count in wanted.items() if key in products and count]


def settle(request, basket, form_class):
    if request.method != "POST":
        first = form_class.first(said_last(by=request.user), request.user) | {"total": basket.total, "quantity": 1}
        kept = take_back(request)
        first |= {"basket": spell_basket(basket.lines), "again": "again" in request.GET, **kept}
        return page(request, basket, form_class(initial=first, is_physical=basket.is_physical), is_kept=bool(kept))
    form = form_class(request.POST, is_physical=basket.is_physical)
    if not form.is_valid():
        return page(request, basket, form, status=400)
    given = form.cleaned_data
    if bought_before(request.user, basket) and not given["again"] and not is_known(request.user, basket, given["key"]):
        return page(request, basket, form, status=409)
    try:
        order_id = buy(given, basket, request.user)
    except Unavailable as error:
        # The order stands and keeps its stock: the same form, sent again, goes on with it.
        form.add_error(None, f"{error.message} Nothing was charged. Press the button again in a moment.")
        return page(request, basket, form, status=503)
    except DomainError as error:
        explain(form, error)
        tell_which(form, basket, error)
        return page(request, basket, form, status=409, new_key=error.code in SPENT)
    return redirect(next_step(order_id))


def tell_which(form, basket, error):
    """Of several products, the one that cannot be had."""
    short = error.details.get("product_id") if isinstance(error.details, dict) else None
    for product, _ in basket.lines if short and len(basket.lines) > 1 else ():
        if str(product.pk) == short:
            form.add_error(None, f"This is about {product.title}. Change your cart, then come back.")


def buy(given, basket, user):
    wanted = given.get("basket") or [(str(basket.lines[0][0].pk), given["quantity"])]
    placed = place_order_once(
        items=[{"product_id": key, "quantity": quantity} for key, quantity in wanted],
        payment_method=given["payment_method"],
        billing=given.get("billing"),
        shipping=given.get("shipping"),
        seen_cents=given["total"],
        from_cart="basket" in given,
        by=user,
        key=given["key"],
        route=basket.route,
        answer=lambda order: {"id": str(order.pk)},
    )
    return placed.answer["id"]


def bought_before(user, basket):
    """`{why, order, product}` of the same thing that is being paid, was bought a moment ago, or is theirs for good.

    Whoever does not see it pays twice: the way back from a paid order leads to a fresh form. None: nothing of the kind.
    """
    products = {product.pk: product for product, _ in basket.lines}
    mine = Order.objects.filter(buyer=user, lines__product__in=products).order_by("-created_at", "-id")
    if waiting := mine.filter(status=Order.Status.PENDING).first():
        return {"why": "waiting", "order": waiting}
    paid = mine.filter(status__in=Order.PAID_STATES, paid_at__gt=now() - JUST_NOW).exclude(status=Order.Status.REFUNDED)
    if latest := paid.first():
        return {"why": "just_now", "order": latest}
    owned = License.objects.active().filter(owner=user, product__in=products).first()
    return {"why": "owned", "product": products[owned.product_id]} if owned else None


def is_known(user, basket, key):
    return IdempotencyRecord.objects.filter(user=user, route=basket.route, key=key).exists()


def page(request, basket, form, *, status=200, new_key=False, is_kept=False):
    if form.is_bound and status != 503:
        # The form as typed, with the total as it is now and, where the old key is spent, a new one.
        form.data = form.data.copy()
        form.data["total"] = str(basket.total)
        if "basket" in form.fields:
            form.data["basket"] = spell_basket(basket.lines)
        if new_key:
            form.data["key"] = CheckoutForm.new_key()
    again = form["again"].value() in (True, "True", "on")
    before = None if status == 503 or again else bought_before(request.user, basket)
    context = {
        "place": "market",
        "basket": basket,
        "product": basket.lines[0][0] if "quantity" in form.fields else None,
        "form": form,
        "total": basket.total,
        "vat": basket.vat,
        "is_kept": is_kept,
        "digits": digits_of(basket.currency),
        "before": before,
    }
    return render(request, "marketplace/checkout/page.html", context, status=status)
