"""Totals over all apps, for the staff's first page. Every number is counted when it is asked for."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.utils.timezone import now

from accounts.models import User
from config.money import Money
from conversations.models import Conversation, Message
from council.models import Deliberation
from marketplace.models import Order, Payment, Transfer

SILENT_AFTER = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Number:
    """A total, the last seven days of it, and where staff see the rows."""

    name: str
    value: str
    week: str
    url: str


@dataclass(frozen=True)
class Concern:
    """Rows that need a person. Shown only where there are some."""

    text: str
    count: int
    url: str


def numbers() -> list[Number]:
    """How much there is: people, orders, turnover, messages, questions."""
    week = now() - dt.timedelta(days=7)
    return [
        _counted("People", User, week, "accounts/user"),
        _counted("Orders", Order, week, "marketplace/order"),
        _turnover(week),
        _counted("Messages", Message, week, "conversations/message"),
        _counted("Conversations", Conversation, week, "conversations/conversation"),
        _counted("Council questions", Deliberation, week, "council/deliberation"),
    ]


def jobs() -> list[Number]:
    """Jobs that wait, run or have failed. Their rows are the truth; the queue carries ids."""
    transfers = Transfer.objects.aggregate(
        waiting=Count("pk", filter=Q(status="pending")),
        running=Count("pk", filter=Q(status="processing")),
        failed=Count("pk", filter=Q(status__in=("failed", "blocked"))),
    )
    payments = Payment.objects.aggregate(
        waiting=Count("pk", filter=Q(status__in=Payment.LIVE)),
        running=Count("pk", filter=Q(status=Payment.Status.REVIEW)),
        failed=Count("pk", filter=Q(status=Payment.Status.FAILED)),
    )
    questions = Deliberation.objects.aggregate(
        waiting=Count("pk", filter=Q(status="queued")),
        running=Count("pk", filter=Q(status="running")),
        failed=Count("pk", filter=Q(status="error")),
    )
    return [
        Number("Payments", _in_words(payments, running="in review"), "", "marketplace/payment"),
        Number("Transfers", _in_words(transfers), "", "marketplace/transfer"),
        Number("Council", _in_words(questions), "", "council/deliberation"),
    ]


def concerns() -> list[Concern]:
    """What needs a person, the most pressing first."""
    silent = Deliberation.objects.open().filter(queued_at__lt=now() - SILENT_AFTER, lease_until=None)
    found = [
        Concern(
            "payments wait for a decision",
            Payment.objects.filter(status=Payment.Status.REVIEW).count(),
            _to("marketplace/payment", status__exact="review"),
        ),
        Concern(
            "payments came for orders that could not be kept: the money is owed back",
            Payment.objects.filter(refund_due=True).count(),
            _to("marketplace/payment", refund_due__exact="1"),
        ),
        Concern(
            "transfers failed or are blocked",
            Transfer.objects.filter(status__in=("failed", "blocked")).count(),
            _to("marketplace/transfer", status__in="failed,blocked"),
        ),
        Concern(
            "council questions have waited for minutes: is a worker running?",
            silent.count(),
            _to("council/deliberation", status__exact="queued"),
        ),
        Concern(
            "council questions failed",
            Deliberation.objects.filter(status="error").count(),
            _to("council/deliberation", status__exact="error"),
        ),
    ]
    return [concern for concern in found if concern.count]


def _counted(name: str, model: Any, week: dt.datetime, place: str) -> Number:
    total = model.objects.aggregate(all=Count("pk"), week=Count("pk", filter=Q(created_at__gte=week)))
    return Number(name, f"{total['all']:,}", f"{total['week']:,} in 7 days", place)


def _turnover(week: dt.datetime) -> Number:
    paid = Order.objects.filter(status__in=("paid", "fulfilled", "partially_refunded"))
    rows = paid.values("currency").annotate(
        all=Sum("total_cents"), week=Sum("total_cents", filter=Q(created_at__gte=week))
    )
    totals = sorted(rows, key=lambda row: -row["all"])
    value = " · ".join(str(Money(row["all"], row["currency"])) for row in totals) or "0"
    recent = " · ".join(str(Money(row["week"] or 0, row["currency"])) for row in totals) or "0"
    return Number("Paid", value, f"{recent} in 7 days", "marketplace/order")


def _in_words(total: dict[str, int], *, running: str = "running") -> str:
    return f"{total['waiting']:,} waiting · {total['running']:,} {running} · {total['failed']:,} failed"


def _to(place: str, **filters: str) -> str:
    return f"{place}/?{urlencode(filters)}"
