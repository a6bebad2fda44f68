"""Totals over all apps, for the staff's first page. Every number is counted when it is asked for."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.utils.timezone import now

from accounts.models import User
from config.money import Money
from conversations.models import Conversation, Message
from council.models import Deliberation, Report
from marketplace.models import Difference, Order, Payment, Refund, Transfer, WebhookEvent
from marketplace.queries.ledger import imbalance
from marketplace.queries.transfers import explained, waiting_for

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
        waiting=Count("pk", filter=Q(status__in=("pending", "blocked"))),
        running=Count("pk", filter=Q(status="processing")),
        failed=Count("pk", filter=Q(status="failed")),
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
        Number("Payments", _in_words(payments, running="in review", failed="declined"), "", "marketplace/payment"),
        Number("Transfers", _in_words(transfers), "", "marketplace/transfer"),
        Number("Council", _in_words(questions), "", "council/deliberation"),
    ]


def concerns() -> list[Concern]:
    """What needs a person, the most pressing first."""
    silent = Deliberation.objects.open().filter(queued_at__lt=now() - SILENT_AFTER, lease_until=None)
    found = [
        Concern(
            "reports wait for a decision",
            Report.objects.pending().count(),
            _to("council/report", status__exact="pending"),
        ),
        *_concerns_of_money(),
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


def _concerns_of_money() -> list[Concern]:
    later = Refund.objects.filter(payment=OuterRef("payment"), created_at__gt=OuterRef("created_at"))
    # What failed and was asked for again is settled by that.
    refunds = Refund.objects.filter(Q(status="review") | Q(status="failed") & ~Exists(later))
    return [
        Concern("currencies in which the ledger is out of balance", len(imbalance()), "marketplace/ledgertransaction/"),
        Concern(
            "differences between our books and a provider's",
            Difference.objects.filter(resolved_at=None).count(),
            _to("marketplace/difference", resolved_at__isempty="1"),
        ),
        Concern(
            "payments are disputed by the payer's bank",
            Payment.objects.filter(dispute=Payment.Dispute.OPEN).count(),
            _to("marketplace/payment", dispute__exact="open"),
        ),
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
            "refunds failed or are held for review",
            refunds.count(),
            _to("marketplace/refund", status__in="failed,review"),
        ),
        Concern(
            "transfers wait for us",
            waiting_for(explained(Transfer.objects.all()), "platform").count(),
            _to("marketplace/transfer", waits_for="platform"),
        ),
        Concern(
            "events of a provider could not be applied",
            WebhookEvent.objects.filter(status__in=("failed", "dead")).count(),
            _to("marketplace/webhookevent", status__in="failed,dead"),
        ),
    ]


def _counted(name: str, model: Any, week: dt.datetime, place: str) -> Number:
    total = model.objects.aggregate(all=Count("pk"), week=Count("pk", filter=Q(created_at__gte=week)))
    return Number(name, f"{total['all']:,}", f"{total['week']:,} in 7 days", place)


def _turnover(week: dt.datetime) -> Number:
    """What people paid for orders and subscriptions, less what went back or is owed back."""
    paid = Payment.objects.filter(status=Payment.Status.SUCCEEDED, refund_due=False, is_spare=False)
    kept = F("captured_cents") - F("refunded_cents")
    rows = paid.order_by().values("currency").annotate(all=Sum(kept), week=Sum(kept, filter=Q(created_at__gte=week)))
    totals = sorted(rows, key=lambda row: (-row["all"], row["currency"]))
    value = " · ".join(str(Money(row["all"], row["currency"])) for row in totals) or "0"
    recent = " · ".join(str(Money(row["week"] or 0, row["currency"])) for row in totals) or "0"
    return Number("Paid", value, f"{recent} in 7 days", "marketplace/payment")


def _in_words(total: dict[str, int], *, running: str = "running", failed: str = "failed") -> str:
    return f"{total['waiting']:,} waiting · {total['running']:,} {running} · {total['failed']:,} {failed}"


def _to(place: str, **filters: str) -> str:
    return f"{place}/?{urlencode(filters)}"
