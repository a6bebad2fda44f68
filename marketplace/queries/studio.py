"""A seller's numbers for their studio."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.utils.timezone import localdate, now

from accounts.models import User
from marketplace.models import Order, OrderLine, Product
from marketplace.queries.orders import lines_to_send, sales_of

DAYS = 30


def sales_by_day(user: User, *, currency: str) -> list[dict[str, Any]]:
    """`[{label, value}]` for each of the last thirty days, oldest first: what is the seller's own and not given back,
    in minor units."""
    since = now() - dt.timedelta(days=DAYS)
    lines = OrderLine.objects.filter(
        seller=user, order__status__in=Order.PAID_STATES, order__paid_at__gte=since, order__currency=currency
    )
    totals: dict[dt.date, int] = defaultdict(int)
    kept = F("gross_cents") - F("fee_cents") - F("reversed_cents")
    for paid_at, net in lines.annotate(net=kept).values_list("order__paid_at", "net"):
        totals[localdate(paid_at)] += net
    days = [localdate() - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [{"label": f"{day.day} {day:%b}", "value": totals[day]} for day in days]


def own_products(user: User, *, words: str = "", status: str = "") -> QuerySet[Product]:
    """The seller's products with how often each was sold and kept; with `status` those in it alone."""
    is_paid = Q(order_lines__order__status__in=Order.PAID_STATES)
    is_kept = Q(order_lines__refunded_cents=0) | Q(order_lines__refunded_cents__lt=F("order_lines__gross_cents"))
    sold = Sum("order_lines__quantity", filter=is_paid & is_kept, default=0)
    rows = Product.objects.filter(seller=user).matching(words)
    if status:
        rows = rows.filter(status=status)
    return rows.annotate(sold=sold).order_by("-created_at", "-id")


def sales_to_send(user: User) -> QuerySet[Order]:
    """Paid orders with something physical of the seller's that they have not sent."""
    mine = lines_to_send(OrderLine.objects.filter(seller=user)).values("order")
    return sales_of(user).filter(pk__in=mine)


def sales_matching(user: User, *, words: str = "", state: str = "") -> QuerySet[Order]:
    """The seller's sales by number, title or buyer's name; `state` to_send, sent (all of theirs) or refunded (some)."""
    rows = sales_to_send(user) if state == "to_send" else sales_of(user)
    mine = OrderLine.objects.filter(seller=user)
    if state == "sent":
        rows = rows.exclude(pk__in=lines_to_send(mine).values("order")).exclude(status=Order.Status.REFUNDED)
    if state == "refunded":
        rows = rows.filter(pk__in=mine.filter(refunded_cents__gt=0).values("order"))
    if words:
        titled = mine.filter(title__icontains=words).values("order")
        rows = rows.filter(Q(number__icontains=words) | Q(buyer__name__icontains=words) | Q(pk__in=titled))
    return rows


def standing(user: User) -> dict[str, Any]:
    """How many `reviews` all of the seller's products have, and their `average`."""
    sums = Product.objects.filter(seller=user).aggregate(
        total=Sum("rating_sum", default=0), count=Sum("rating_count", default=0)
    )
    average = round(sums["total"] / sums["count"], 1) if sums["count"] else None
    return {"reviews": sums["count"], "average": average}
