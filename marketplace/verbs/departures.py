"""What becomes of open orders when their buyer leaves for good."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from marketplace.models import Order, OrderLine, Payment
from marketplace.verbs.orders import close_order

LEFT = "Its buyer has left."
LONGEST_WAIT = dt.timedelta(days=90)
"""How long an address is kept for a seller who sends nothing."""


@transaction.atomic
def call_off_orders(*, user_id: UUID) -> None:
    """What they have not paid they do not want any more. Money that comes all the same goes back (`payments`)."""
    for order_id in Order.objects.filter(buyer=user_id, status=Order.Status.PENDING).values_list("pk", flat=True):
        # The payment's lock first, as everywhere.
        payments = list(Payment.objects.select_for_update().filter(order=order_id).order_by("pk"))
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.status == Order.Status.PENDING:
            close_order(order, payments, Order.Status.CANCELED, LEFT)


def forget_addresses() -> int:
    """Of those who left, addresses that were kept for a parcel which is sent, or given back, or was never sent."""
    kept = Order.objects.filter(buyer__departures__erased_at__isnull=False).exclude(shipping={}).distinct()
    over = [
        order.pk
        for order in kept.only("pk", "paid_at")
        if not order.paid_at
        or order.paid_at < now() - LONGEST_WAIT
        or not OrderLine.objects.filter(order=order).to_send().exists()
    ]
    return Order.objects.filter(pk__in=over).update(shipping={}, updated_at=now())
