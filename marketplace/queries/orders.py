from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from marketplace.models import Order, OrderLine


def whole(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With lines and payments, in three queries however many orders."""
    return orders.prefetch_related("lines", "payments")


def sales_of(user: User) -> QuerySet[Order]:
    """Paid orders with this seller's own lines alone, as `mine`; newest first."""
    mine = Prefetch("lines", OrderLine.objects.filter(seller=user), to_attr="mine")
    return Order.objects.sold_by(user).select_related("buyer").prefetch_related(mine).order_by("-created_at", "-id")


def latest_payment(order: Order) -> Any:
    """From what `whole` fetched; None cannot happen to an order that was placed."""
    return next(iter(order.payments.all()), None)
