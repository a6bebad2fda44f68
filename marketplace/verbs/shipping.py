"""Delivering what was paid: digital things at once, physical ones when their seller says that they are on the way."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.timezone import now

from accounts.models import User
from accounts.verbs.mails import queue_mail
from config.errors import Conflict, Invalid, NotFound
from config.ids import lookup_id, parse_id
from marketplace.facts import AddressGiven, AddressNeeded, OrderChanged, OrderSent
from marketplace.models import Order, OrderLine, Product
from marketplace.queries.orders import lines_to_send, takes_address
from marketplace.verbs.addresses import clean_shipping
from marketplace.verbs.remembering import remember_sending
from marketplace.verbs.trying import one_transaction
from ontology.changes import publish

LONGEST_TRACKING = 200


def deliver_digital(*, order: Order) -> None:
    """Digital lines are delivered by being paid; called in the transaction that pays. A second call changes nothing."""
    digital = OrderLine.objects.filter(order=order, kind=Product.Kind.DIGITAL, fulfilled_at=None)
    digital.update(fulfilled_at=order.paid_at)
    if not OrderLine.objects.filter(order=order, fulfilled_at=None).exists():
        order.fulfilled_at = order.paid_at
        order.save(update_fields=["fulfilled_at", "updated_at"])


def ask_for_parcels(*, order: Order) -> None:
    """A mail to each seller of something physical: somebody waits for it now. Called in the transaction that pays."""
    waiting = lines_to_send(OrderLine.objects.filter(order=order)).select_related("seller")
    by_seller: dict[User, list[OrderLine]] = defaultdict(list)
    for line in waiting.order_by("seller", "pk"):
        by_seller[line.seller].append(line)
    if by_seller and not order.shipping:
        publish(AddressNeeded(order_id=order.pk, number=order.number, buyer_id=order.buyer_id))
    for seller, lines in by_seller.items():
        queue_mail(
            template="store/order_to_send",
            to=seller.email,
            user=seller,
            number=order.number,
            path=f"/studio/orders/{order.pk}/",
            titles=_titles(lines),
            lacks_address=not order.shipping,
        )


@one_transaction
def give_address(*, order_id: UUID | str, shipping: Mapping[str, Any] | None, by: User) -> Order:
    """The buyer says where it goes, or that it goes elsewhere, until it is sent; its sellers hear of it.

    NotFound for others' orders; Invalid with the faults under `shipping`; Conflict `nothing_to_send`.
    """
    order = Order.objects.select_for_update().filter(pk=lookup_id(order_id), buyer=by).first()
    if order is None:
        raise NotFound("Order not found")
    clean = clean_shipping(shipping, is_needed=True)
    if not takes_address(order):
        raise Conflict("Nothing of this order waits to be sent", code="nothing_to_send")
    if clean == order.shipping:
        return order
    order.shipping = clean
    order.save(update_fields=["shipping", "updated_at"])
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))
    waiting = lines_to_send(OrderLine.objects.filter(order=order))
    for seller_id in waiting.order_by("seller").values_list("seller", flat=True).distinct():
        at = order.updated_at.isoformat()
        publish(AddressGiven(order_id=order.pk, number=order.number, buyer_id=by.pk, seller_id=seller_id, at=at))
    return order


@one_transaction
def mark_sent(*, order_id: UUID | str, tracking: str = "", by: User) -> list[OrderLine]:
    """A seller's word that all of theirs in this order is on its way. The buyer hears of it once, by notice and by mail.

    NotFound for who sold nothing in it; Conflict `nothing_to_send` where nothing waits (any more).
    """
    if not isinstance(tracking, str) or len(tracking) > LONGEST_TRACKING or not tracking.isprintable():
        sentence = f"Must be one line of at most {LONGEST_TRACKING} characters."
        raise Invalid(f"tracking: {sentence}", details={"tracking": [sentence]})
    key = parse_id(order_id)
    order = Order.objects.sold_by(by).select_for_update().filter(pk=key).first() if key else None
    if order is None:
        raise NotFound("Order not found")
    waiting = lines_to_send(OrderLine.objects.filter(order=order, seller=by))
    lines = list(waiting.select_related("product"))
    if not waiting.update(fulfilled_at=now(), tracking=tracking.strip()):
        raise Conflict("Nothing of yours waits to be sent in this order", code="nothing_to_send")
    remember_sending(order, lines)
    _finish(order)
    _tell(order, lines, tracking.strip(), by)
    return lines


def _finish(order: Order) -> None:
    """The order is fulfilled when nothing of it waits; one that was partly given back keeps saying so."""
    if lines_to_send(OrderLine.objects.filter(order=order)).exists():
        return
    order.fulfilled_at = now()
    if order.status == Order.Status.PAID:
        order.status = Order.Status.FULFILLED
    order.save(update_fields=["status", "fulfilled_at", "updated_at"])
    publish(OrderChanged(order_id=order.pk, buyer_id=order.buyer_id, status=order.status))


def _titles(lines: list[OrderLine]) -> list[str]:
    return [f"{line.quantity} x {line.title}" if line.quantity > 1 else line.title for line in lines]


def _tell(order: Order, lines: list[OrderLine], tracking: str, by: User) -> None:
    publish(
        OrderSent(
            order_id=order.pk,
            number=order.number,
            buyer_id=order.buyer_id,
            seller_id=by.pk,
            seller_name=by.display_name,
            tracking=tracking,
        )
    )
    if not order.buyer.is_active:  # they have left, and their address is none
        return
    queue_mail(
        template="store/order_sent",
        to=order.buyer.email,
        user=order.buyer,
        number=order.number,
        path=order.get_absolute_url(),
        seller=by.display_name,
        titles=_titles(lines),
        tracking=tracking,
    )
