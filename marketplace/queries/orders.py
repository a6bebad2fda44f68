from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from marketplace.models import Order, OrderLine, Product
from marketplace.models.orders import OrderLineQuerySet


def whole(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With lines and payments, in three queries however many orders."""
    return orders.prefetch_related("lines", "payments")


def sales_of(user: User) -> QuerySet[Order]:
    """Paid orders with this seller's own lines alone, as `mine`; newest first."""
    mine = Prefetch("lines", OrderLine.objects.filter(seller=user).select_related("product"), to_attr="mine")
    return Order.objects.sold_by(user).select_related("buyer").prefetch_related(mine).order_by("-created_at", "-id")


def lines_to_send(lines: OrderLineQuerySet) -> OrderLineQuerySet:
    """Those that still wait for their seller."""
    return lines.to_send()


def takes_address(order: Order) -> bool:
    """Whether something in it is still to be sent, or would be once it is paid."""
    parcels = OrderLine.objects.filter(order=order, kind=Product.Kind.PHYSICAL, fulfilled_at=None)
    if order.status in (Order.Status.PENDING, Order.Status.CANCELED):
        return parcels.exists()
    return lines_to_send(parcels).exists()


def address_for_seller(order: Any) -> dict[str, str]:
    """Where a parcel goes, for one of the order's sellers whose lines are in `mine`: theirs to know only while something
    physical of theirs waits to be sent or was sent."""
    parcels = [line for line in order.mine if line.kind == Product.Kind.PHYSICAL]
    is_told = any(line.fulfilled_at or not _is_given_back(order, line) for line in parcels)
    return order.shipping if is_told else {}


def _is_given_back(order: Order, line: OrderLine) -> bool:
    return order.status == Order.Status.REFUNDED or 0 < line.gross_cents <= line.refunded_cents


def latest_payment(order: Order) -> Any:
    """From what `whole` fetched; None cannot happen to an order that was placed."""
    return next(iter(order.payments.all()), None)
