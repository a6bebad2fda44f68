"""Placing an order, and the moves an unpaid one can make. What payment does to it is in `payments`."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import new_id, parse_id
from config.money import MAX_CENTS
from marketplace.facts import OrderChanged
from marketplace.models import IdempotencyRecord, Order, OrderLine, Payment, Product
from marketplace.models.payments import provider_id_of
from marketplace.verbs.addresses import clean_billing, clean_shipping, said_last
from marketplace.verbs.baskets import Items, fault_of, lines_of, quantities, refuse_unknown, take_stock_of_known
from marketplace.verbs.carts import take_out_of_cart
from marketplace.verbs.idempotency import claim_key, finish_key, release_key, tie_order
from marketplace.verbs.payment_calls import open_payment
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.remembering import remember_payment
from marketplace.verbs.stock import give_stock_back, hold_stock
from marketplace.verbs.trying import one_transaction
from ontology.changes import publish

UNPAID_FOR = timedelta(minutes=30)
"""How long an unpaid order holds its stock."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a checkout, and whether it was given before."""

    answer: dict[str, Any]
    is_replay: bool


class Wish(TypedDict, total=False):
    """A checkout as it is wanted. `items`: `[{"product_id", "quantity"}]`; prices are read from the store.

    `billing` and `shipping` are kept as given (verbs/addresses.py); what is to be sent and says no `shipping` goes where the
    buyer's last parcel went. `seen_cents` is the total that the buyer agreed to;
    where the store has another one by now, nothing is ordered. `from_cart` takes what is ordered out of the buyer's cart.
    """

    items: Required[Items]
    payment_method: str
    billing: Mapping[str, str] | None
    shipping: Mapping[str, str] | None
    seen_cents: int | None
    from_cart: bool


def place_order_once(
    *, by: User, key: str | None, route: str, answer: Callable[[Order], dict[str, Any]], **wish: Unpack[Wish]
) -> Placed:
    """`place_order` under an Idempotency-Key: one order a (user, route, key), and the same plain-JSON `answer` to all."""
    if key is None:
        return Placed(answer(place_order(by=by, **wish)), is_replay=False)
    record = claim_key(by=by, route=route, key=key, request=_request_of(wish))
    if record.answer is not None:
        return Placed(record.answer, is_replay=True)
    try:
        order = place_order(by=by, record=record, **wish)
    except BaseException:
        release_key(record=record)
        raise
    spelt = answer(order)
    with suppress(Conflict):
        # Who took the key over meanwhile goes on with the same order, and answers for it too.
        finish_key(record=record, answer=spelt)
    return Placed(spelt, is_replay=False)


def _request_of(wish: Wish) -> dict[str, Any]:
    """What makes two requests the same to an Idempotency-Key."""
    request: dict[str, Any] = {
        "items": [dict(item) for item in wish["items"]],
        "payment_method": wish.get("payment_method", "card"),
    }
    addresses = {"billing": wish.get("billing"), "shipping": wish.get("shipping")}
    return request | {name: dict(said) for name, said in addresses.items() if isinstance(said, Mapping) and said}


def place_order(*, by: User, record: IdempotencyRecord | None = None, **wish: Unpack[Wish]) -> Order:
    """Reserve the stock, commit the order and its payment, then open the payment at the provider.

    Unavailable while the provider is away: the order stands and the same Idempotency-Key goes on with it. Invalid and
    Conflict (`out_of_stock`, `total_changed`) reserve nothing; `order_expired` for a key whose order came to its end.
    """
    if record is not None and record.order_id:
        order = Order.objects.get(pk=record.order_id)
        if order.status == Order.Status.EXPIRED:
            sentence = "The order that this key made has expired; nothing was charged. Order again with another key."
            raise Conflict(sentence, code="order_expired", details={"order_id": str(order.pk)})
    else:
        counts = quantities(wish["items"])
        if wish.get("payment_method", "card") not in Payment.METHODS:
            raise fault_of("payment_method", f"Must be one of {', '.join(Payment.METHODS)}.")
        order = _reserve_or_explain(wanted=counts, wish=wish, by=by, record=record)
    return _open(order)


def pay_again(*, order_id: UUID | str, payment_method: str, by: User) -> Order:
    """Another try for an order whose payment was declined, or whose provider was away; takes its stock again."""
    if payment_method not in Payment.METHODS:
        raise fault_of("payment_method", f"Must be one of {', '.join(Payment.METHODS)}.")
    key = parse_id(order_id)
    if key is None:
        raise NotFound("Order not found")
    with transaction.atomic():
        # By the buyer alone, staff or not: it is their money.
        order = Order.objects.select_for_update().filter(pk=key, buyer=by).first()
        if order is None:
            raise NotFound("Order not found")
        live = order.payments.filter(status__in=Payment.LIVE)
        if order.status == Order.Status.CANCELED:
            hold_stock(order=order)
            order.status, order.reason, order.expires_at = Order.Status.PENDING, "", now() + UNPAID_FOR
            order.save(update_fields=["status", "reason", "expires_at", "updated_at"])
            _new_payment(order, payment_method)
            publish(OrderChanged(order_id=order.pk, buyer_id=by.pk, status=order.status))
        elif order.status != Order.Status.PENDING or live.exclude(status=Payment.Status.CREATED).exists():
            raise Conflict("This order is not waiting for a payment", code="not_payable")
    return _open(order)


def _open(order: Order) -> Order:
    payment = order.payments.filter(status=Payment.Status.CREATED).first()
    if payment is not None and order.status == Order.Status.PENDING:
        open_payment(payment_id=payment.pk)
    order.refresh_from_db()
    return order


def expire_order(*, order_id: UUID) -> bool:
    """Close an unpaid order whose time is over and give its stock back; whether it did. Safe beside a payment arriving."""
    with transaction.atomic():
        # The payment's lock first, as everywhere: whoever comes second sees what the first one decided.
        payments = list(Payment.objects.select_for_update().filter(order=order_id).order_by("pk"))
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status != Order.Status.PENDING or order.expires_at > now():
            return False
        close_order(order, payments, Order.Status.EXPIRED, "It was not paid in time.")
    return True


def cancel_order(*, order_id: UUID | str, by: User) -> Order:
    """The buyer calls off what is not paid yet; its stock is free at once, and it can still be paid again.

    Conflict (`not_cancelable`) once the payment is under way. Who pays on the provider's page all the same is served
    as after an expiry: with the goods where they can be had, with the money where not.
    """
    key = parse_id(order_id)
    if key is None or not Order.objects.filter(pk=key, buyer=by).exists():
        raise NotFound("Order not found")
    with transaction.atomic():
        payments = list(Payment.objects.select_for_update().filter(order=key).order_by("pk"))
        order = Order.objects.select_for_update().get(pk=key)
        if not can_be_canceled(order, payments):
            raise Conflict("This order cannot be called off any more", code="not_cancelable")
        close_order(order, payments, Order.Status.CANCELED, "You called it off.")
    return order


def can_be_canceled(order: Order, payments: Iterable[Payment]) -> bool:
    """As long as no payment has got further than waiting for the buyer."""
    waiting = (Payment.Status.CREATED, Payment.Status.PENDING, Payment.Status.FAILED, Payment.Status.CANCELED)
    return order.status == Order.Status.PENDING and all(payment.status in waiting for payment in payments)


def close_order(order: Order, payments: Iterable[Payment], status: Order.Status, reason: str) -> None:
    """It is not paid and will not be: under the locks of its payments and its own."""
    order.status, order.reason = status, reason
    order.save(update_fields=["status", "reason", "updated_at"])
    give_stock_back(order_id=order.pk)
    for payment in payments:
        if payment.status in Payment.LIVE:
            payment.status, payment.reason = Payment.Status.CANCELED, reason
            payment.save(update_fields=["status", "reason", "updated_at"])
            remember_payment(payment, order)
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))


def orders_to_expire(*, limit: int = 200) -> list[UUID]:
    late = Order.objects.filter(status=Order.Status.PENDING, expires_at__lte=now())
    return list(late.order_by("expires_at").values_list("pk", flat=True)[:limit])


# --- the parts of a checkout ---------------------------------------------------------------------------------------


def _reserve_or_explain(*, wanted: dict[UUID, int], wish: Wish, by: User, record: IdempotencyRecord | None) -> Order:
    said = {"billing": clean_billing(wish.get("billing")), "shipping": clean_shipping(wish.get("shipping"))}
    try:
        return _reserve(wanted=wanted, wish=wish, said=said, by=by, record=record)
    except IntegrityError:
        # A product that was never sold may be deleted between our look and our line; its key then refuses the line.
        refuse_unknown(wish["items"])
        raise


@one_transaction
def _reserve(
    *, wanted: dict[UUID, int], wish: Wish, said: dict[str, Any], by: User, record: IdempotencyRecord | None
) -> Order:
    counted = take_stock_of_known(wanted, wish["items"])
    products = Product.objects.in_bulk(list(wanted))
    if len(products) < len(wanted):
        # Removed a moment ago, between the two looks.
        refuse_unknown(wish["items"])
    lines = lines_of([(products[key], wanted[key]) for key in sorted(wanted)], counted)
    order = Order(buyer=by, currency=_one_currency(products), expires_at=now() + UNPAID_FOR, billing=said["billing"])
    if any(line.kind == Product.Kind.PHYSICAL for line in lines):
        order.shipping = said["shipping"] or said_last(by=by)["shipping"]
    order.total_cents = sum(line.gross_cents for line in lines)
    order.vat_cents = sum(line.vat_cents for line in lines)
    _refuse_total(order, wish.get("seen_cents"))
    order.save(force_insert=True)
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    if record is not None:
        tie_order(record=record, order=order)
    if wish.get("from_cart"):
        take_out_of_cart(taken=wanted, by=by)
    payment = _new_payment(order, wish.get("payment_method", "card"))
    publish(OrderChanged(order_id=order.pk, buyer_id=by.pk, status=order.status))
    if order.total_cents == 0:
        apply_payment_state(provider_id=payment.provider_id, status=Payment.Status.SUCCEEDED)
    return order


def _one_currency(products: Mapping[UUID, Product]) -> str:
    currencies = {product.currency for product in products.values()}
    if len(currencies) > 1:
        raise Invalid("All products of one order must be in one currency", code="mixed_currency")
    return currencies.pop()


def _refuse_total(order: Order, seen_cents: int | None) -> None:
    if order.total_cents > MAX_CENTS:
        raise fault_of("items", "The order is too large.")
    if seen_cents is not None and seen_cents != order.total_cents:
        sentence = f"The total has changed to {order.total}; nothing was charged yet"
        raise Conflict(sentence, code="total_changed", details={"total_cents": order.total_cents})


def _new_payment(order: Order, method: str) -> Payment:
    key = new_id()
    payment = Payment.objects.create(
        id=key,
        order=order,
        provider_id=provider_id_of(key),
        method=method if order.total_cents else "free",
        amount_cents=order.total_cents,
        currency=order.currency,
    )
    remember_payment(payment, order)
    return payment
