"""What was booked on a day, and sums that rows keep of their parts. Days are UTC; a booking's key names its row."""

import datetime as dt
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from marketplace.models import LedgerEntry, LedgerTransaction, Payment, Refund, Transfer, TransferReversal

CLEARING = "psp_clearing"
UNPAID = (Payment.Status.FAILED, Payment.Status.CANCELED)
MOST_SHOWN = 100


def day_bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    start = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    return start, start + dt.timedelta(days=1)


def booked_on(day: dt.date, prefix: str) -> QuerySet[LedgerTransaction]:
    since, until = day_bounds(day)
    return LedgerTransaction.objects.filter(
        source_key__startswith=prefix, created_at__gte=since, created_at__lt=until
    ).order_by()


def booked_cents(day: dt.date, prefix: str) -> dict[str, int]:
    """By currency, what this day's bookings moved through clearing, as a positive number."""
    entries = LedgerEntry.objects.filter(transaction__in=booked_on(day, prefix), account=CLEARING).order_by()
    return {code: abs(total) for code, total in entries.values_list("currency").annotate(total=Sum("amount_cents"))}


def _rows_booked(day: dt.date, prefix: str) -> list[UUID]:
    keys = booked_on(day, prefix).values_list("source_key", flat=True)
    return [UUID(key.split(":")[1]) for key in keys]


def payments_booked(day: dt.date) -> QuerySet[Payment]:
    return Payment.objects.filter(pk__in=_rows_booked(day, "payment:")).exclude(method="free").order_by("pk")


def ended_unpaid(day: dt.date) -> QuerySet[Payment]:
    """Payments that count as failed or canceled with us since this day."""
    since, until = day_bounds(day)
    return Payment.objects.filter(status__in=UNPAID, updated_at__gte=since, updated_at__lt=until).order_by("pk")


def refunds_ended(day: dt.date) -> QuerySet[Refund]:
    """Those that the provider was asked for; a lost dispute is the bank's and has no refund there."""
    since, until = day_bounds(day)
    ended = Refund.objects.filter(settled_at__gte=since, settled_at__lt=until, is_asked=True)
    ended = ended.filter(status__in=(Refund.Status.SUCCEEDED, Refund.Status.FAILED))
    return ended.select_related("payment").order_by("pk")


def transfers_booked(day: dt.date) -> QuerySet[Transfer]:
    return Transfer.objects.filter(pk__in=_rows_booked(day, "transfer:")).order_by("pk")


Unequal = list[tuple[UUID, str, int, int]]
"""[(row, currency, the sum it keeps, the sum of its parts)], at most a hundred"""


def unequal_payments() -> Unequal:
    parts = Refund.objects.filter(payment=OuterRef("pk")).exclude(status=Refund.Status.FAILED)
    rows = Payment.objects.annotate(counted=_sum(parts)).exclude(refunded_cents=F("counted"))
    return list(rows.values_list("pk", "currency", "refunded_cents", "counted")[:MOST_SHOWN])


def unequal_transfers() -> Unequal:
    parts = TransferReversal.objects.filter(Q(status=TransferReversal.Status.COMPLETED), transfer=OuterRef("pk"))
    rows = Transfer.objects.annotate(counted=_sum(parts)).exclude(reversed_cents=F("counted"))
    return list(rows.values_list("pk", "currency", "reversed_cents", "counted")[:MOST_SHOWN])


def _sum(parts: QuerySet) -> Coalesce:
    grouped = parts.order_by().annotate(all=Value(1)).values("all").annotate(total=Sum("amount_cents")).values("total")
    return Coalesce(Subquery(grouped), 0)
