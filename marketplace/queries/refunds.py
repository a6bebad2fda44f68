from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from marketplace.models import Order, OrderLine, Refund


def refunds_of(order: Order, user: Any) -> QuerySet[Refund]:
    """What was asked back of this order, as far as `user` may see it; newest first, in two queries."""
    rows = Refund.objects.visible_to(user).filter(order=order)
    return rows.prefetch_related("lines__line").order_by("-created_at", "-id")


def refundable_lines(order: Order, user: Any) -> list[OrderLine]:
    """The lines that `user` may give back or ask back, each with `left_cents`; none of a stranger's."""
    lines: Sequence[OrderLine] = list(order.lines.select_related("product", "seller").order_by("pk"))
    if not (user.is_staff or order.buyer_id == user.pk):
        lines = [line for line in lines if line.seller_id == user.pk]
    for line in lines:
        setattr(line, "left_cents", line.gross_cents - line.refunded_cents)  # noqa: B010 -- for the page alone
    return [line for line in lines if line.refunded_cents < line.gross_cents and order.is_paid]
