"""Placing an order, and the moves an unpaid one can make. What payment does to it is in `payments`."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import new_id, parse_id
from config.money import MAX_CENTS, fee_of
from marketplace.facts import OrderChanged
from marketplace.models import IdempotencyRecord, Order, OrderLine, Payment, Product
from marketplace.models.payments import provider_id_of
from marketplace.verbs.idempotency import claim_key, finish_key, release_key
from marketplace.verbs.payments import apply_payment_state, open_payment
from marketplace.verbs.remembering import remember_payment
from marketplace.verbs.stock import give_stock_back, hold_stock, take_stock
from ontology.changes import publish

MOST_ITEMS = 100
MOST_OF_ONE = 99
UNPAID_FOR = timedelta(minutes=30)
"""How long an unpaid order holds its stock."""

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a checkout, and whether it was given before."""

    answer: dict[str, Any]
    is_replay: bool


def place_order_once(
    *,
    items: Items,
    payment_method: str,
    by: User,
    key: str | None,
    route: str,
    answer: Callable[[Order], dict[str, Any]],
) -> Placed:
    """`place_order` under an Idempotency-Key: one order a (user, route, key), and the same plain-JSON `answer` to all."""
    if key is None:
        return Placed(answer(place_order(items=items, payment_method=payment_method, by=by)), is_replay=False)
    request = {"items": [dict(item) for item in items], "payment_method": payment_method}
    record = claim_key(by=by, route=route, key=key, request=request)
    if record.answer is not None:
        return Placed(record.answer, is_replay=True)
    try:
        order = place_order(items=items, payment_method=payment_method, by=by, record=record)
    except BaseException:
        release_key(record=record)
        raise
    spelt = answer(order)
    finish_key(record=record, answer=spelt)
    return Placed(spelt, is_replay=False)


def place_order(
    *, items: Items, payment_method: str = "card", by: User, record: IdempotencyRecord | None = None
) -> Order:
    """Reserve the stock, commit the order and its payment, then open the payment at the provider.

    `items`: `[{"product_id", "quantity"}]`; prices are read here, never taken from the caller. Unavailable while the
    provider is away: the order stands and the same Idempotency-Key goes on with it. Invalid and Conflict reserve nothing.
    """
    if record is not None and record.order_id:
        order = Order.objects.get(pk=record.order_id)
    else:
        wanted = _quantities(items)
        if payment_method not in Payment.METHODS:
            raise _fault("payment_method", f"Must be one of {', '.join(Payment.METHODS)}.")
        order = _reserve_or_explain(wanted=wanted, method=payment_method, by=by, record=record)
    return _open(order)


def pay_again(*, order_id: UUID | str, payment_method: str, by: User) -> Order:
    """Another try for an order whose payment was declined, or whose provider was away; takes its stock again."""
    if payment_method not in Payment.METHODS:
        raise _fault("payment_method", f"Must be one of {', '.join(Payment.METHODS)}.")
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
        order.status, order.reason = Order.Status.EXPIRED, "It was not paid in time."
        order.save(update_fields=["status", "reason", "updated_at"])
        give_stock_back(order_id=order.pk)
        for payment in payments:
            if payment.status in Payment.LIVE:
                payment.status, payment.reason = Payment.Status.CANCELED, order.reason
                payment.save(update_fields=["status", "reason", "updated_at"])
                remember_payment(payment, order)
        publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))
    return True


def orders_to_expire(*, limit: int = 200) -> list[UUID]:
    late = Order.objects.filter(status=Order.Status.PENDING, expires_at__lte=now())
    return list(late.order_by("expires_at").values_list("pk", flat=True)[:limit])


# --- the parts of a checkout ---------------------------------------------------------------------------------------


def _quantities(items: Items) -> dict[UUID, int]:
    """Product by quantity, the same product added up; Invalid with every fault by its place in the list."""
    if not items:
        raise _fault("items", "Must hold at least one item.")
    if len(items) > MOST_ITEMS:
        raise _fault("items", f"Must hold at most {MOST_ITEMS} items.")
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


def _fault(name: str, sentence: str) -> Invalid:
    return Invalid(f"{name}: {sentence}", details={name: [sentence]})


def _reserve_or_explain(*, wanted: dict[UUID, int], method: str, by: User, record: IdempotencyRecord | None) -> Order:
    try:
        return _reserve(wanted=wanted, method=method, by=by, record=record)
    except IntegrityError:
        # A product that was never sold may be deleted between our look and our line; its key then refuses the line.
        refuse_unknown(wanted)
        raise


@transaction.atomic
def _reserve(*, wanted: dict[UUID, int], method: str, by: User, record: IdempotencyRecord | None) -> Order:
    counted = take_stock_of_known(wanted)
    products = Product.objects.in_bulk(list(wanted))
    if len(products) < len(wanted):
        # Removed a moment ago, between the two looks.
        refuse_unknown(wanted)
    currencies = {product.currency for product in products.values()}
    if len(currencies) > 1:
        raise Invalid("All products of one order must be in one currency", code="mixed_currency")
    lines = _lines([(products[key], wanted[key]) for key in sorted(wanted)], counted)
    total = sum(line.gross_cents for line in lines)
    if total > MAX_CENTS:
        raise _fault("items", "The order is too large.")
    order = Order.objects.create(buyer=by, currency=currencies.pop(), total_cents=total, expires_at=now() + UNPAID_FOR)
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    if record is not None:
        IdempotencyRecord.objects.filter(pk=record.pk).update(order=order)
    payment = _new_payment(order, method)
    publish(OrderChanged(order_id=order.pk, buyer_id=by.pk, status=order.status))
    if total == 0:
        apply_payment_state(provider_id=payment.provider_id, status=Payment.Status.SUCCEEDED)
    return order


def take_stock_of_known(wanted: Mapping[UUID, int]) -> set[UUID]:
    """`take_stock`, after every product was found on the market; a missing one is the caller's fault, not the stock's."""
    refuse_unknown(wanted)
    return take_stock(wanted)


def refuse_unknown(wanted: Mapping[UUID, int]) -> None:
    known = set(Product.objects.on_market().filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := set(wanted) - known:
        faults = [{"product_id": [f"Unknown product {key}."]} for key in sorted(missing)]
        raise Invalid("Some products are not on the market", code="unknown_product", details={"items": faults})


def _lines(wanted: list[tuple[Product, int]], counted: set[UUID]) -> list[OrderLine]:
    """Lines with their part of the fee: it is rounded once a seller, and the parts add up to it exactly."""
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
                quantity=quantity,
                took_stock=product.pk in counted,
                unit_cents=product.price_cents,
                gross_cents=gross,
                fee_cents=fee_of(before + gross, rate) - fee_of(before, rate),
            )
        )
    return lines


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
