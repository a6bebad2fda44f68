"""A seller's payouts: the list, by month, as rows of a table, and the path behind one."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.timezone import localdate, localtime

from accounts.models import User
from marketplace.models import OrderLine, Refund, RefundLine, Transfer, TransferReversal
from marketplace.queries.ledger import is_playing
from marketplace.queries.transfers import explained, why_unpaid

MONTHS = 12


def payouts_of(user: User, *, status: str = "") -> QuerySet[Transfer]:
    """The seller's own, newest first, each with its order and all that `why_unpaid` reads."""
    rows = Transfer.objects.filter(seller=user.pk).select_related("order").order_by("-created_at", "-id")
    if status:
        rows = rows.filter(status=status)
    return explained(rows)


def titles_of(transfers: Iterable[Transfer]) -> dict[UUID, str]:
    """By transfer, what of the seller's was sold; one query."""
    whose = {(transfer.order_id, transfer.seller_id): transfer.pk for transfer in transfers}
    lines = OrderLine.objects.filter(order__in={order for order, _ in whose}).order_by("pk")
    titles: dict[UUID, list[str]] = defaultdict(list)
    for order, seller, title in lines.values_list("order_id", "seller_id", "title"):
        if (order, seller) in whose:
            titles[whose[order, seller]].append(title)
    return {key: ", ".join(found) for key, found in titles.items()}


# --- over time -----------------------------------------------------------------------------------------------------


def payouts_by_month(user: User, *, months: int = MONTHS) -> list[dict[str, Any]]:
    """What was sent and what was taken back in each of the last months, oldest first:
    `[{currency, sent, months: [{month, sent, taken_back}]}]` in minor units. Currencies without any are left out."""
    shown = last_months(months)
    since = localtime().replace(
        year=shown[0].year, month=shown[0].month, day=1, hour=0, minute=0, second=0, microsecond=0
    )
    ours = Transfer.objects.filter(seller=user.pk, is_sandbox=is_playing())
    sent = ours.filter(status__in=Transfer.SENT, completed_at__gte=since)
    back = TransferReversal.objects.filter(transfer__in=ours, status="completed", settled_at__gte=since)
    sums: dict[str, dict[dt.date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for at, (rows, moment) in enumerate(((sent, "completed_at"), (back, "settled_at"))):
        by_month = rows.order_by().values_list("currency", TruncMonth(moment)).annotate(total=Sum("amount_cents"))
        for currency, month, total in by_month:
            sums[currency][month.date()][at] += total
    found = []
    for currency, months_of in sorted(sums.items()):
        rows_of: list[dict[str, Any]] = [
            {"month": month, "sent": months_of[month][0], "taken_back": months_of[month][1]} for month in shown
        ]
        found.append({"currency": currency, "sent": sum(row["sent"] for row in rows_of), "months": rows_of})
    return sorted(found, key=lambda each: (-each["sent"], each["currency"]))


def last_months(count: int) -> list[dt.date]:
    """The first days of the last `count` months, this one the last."""
    today = localdate()
    at = today.year * 12 + today.month - 1
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(at - count + 1, at + 1)]


# --- the path behind one -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund's part of a payout. `how`: taken_off (before it was sent), reversed, owed (it is the seller's debt), or
    waiting (not decided yet)."""

    refund: Refund
    titles: str
    amount_cents: int
    share_cents: int
    how: str
    reversal: TransferReversal | None


@dataclass(frozen=True, slots=True)
class Path:
    """From what was sold to what the seller has, in minor units: `gross - fee - taken_off - offset = amount`, and
    `amount - reversed = kept`. `debts` are the earlier refunds that the offset may be for."""

    lines: list[OrderLine]
    gross: int
    fee: int
    given_back: list[GivenBack]
    taken_off: int
    offset: int
    debts: list[TransferReversal]
    amount: int
    reversed: int
    kept: int


def path_of(transfer: Transfer) -> Path:
    """What a payout is made of; five queries however much that is."""
    lines = list(OrderLine.objects.filter(order=transfer.order_id, seller=transfer.seller_id).select_related("product"))
    gross, fee = sum(line.gross_cents for line in lines), sum(line.fee_cents for line in lines)
    taken_off = gross - fee - (transfer.gross_cents - transfer.platform_fee_cents)
    return Path(
        lines=lines,
        gross=gross,
        fee=fee,
        given_back=_given_back(transfer, taken_off),
        taken_off=taken_off,
        offset=transfer.debt_offset_cents,
        debts=_debts_before(transfer) if transfer.debt_offset_cents else [],
        amount=transfer.amount_cents,
        reversed=transfer.reversed_cents,
        kept=transfer.amount_cents - transfer.reversed_cents if transfer.status in Transfer.SENT else 0,
    )


def _given_back(transfer: Transfer, taken_off: int) -> list[GivenBack]:
    """Oldest first. What has no reversal was taken off before the payout was sent, as far as that goes; the rest is owed."""
    of_seller = RefundLine.objects.filter(line__order=transfer.order_id, line__seller=transfer.seller_id)
    parts: dict[Any, list[RefundLine]] = defaultdict(list)
    refunds: dict[Any, Refund] = {}
    for part in of_seller.select_related("refund", "line").order_by("refund__created_at", "refund_id", "line_id"):
        if part.refund.status != Refund.Status.FAILED:
            parts[part.refund_id].append(part)
            refunds[part.refund_id] = part.refund
    reversals = {reversal.refund_id: reversal for reversal in transfer.reversals.all()}
    found = []
    for key, refund in refunds.items():
        share = sum(part.share_cents for part in parts[key])
        reversal = reversals.get(key)
        how = _how(refund, reversal, share, taken_off)
        if how == "taken_off":
            taken_off -= share
        amount = sum(part.amount_cents for part in parts[key])
        titles = ", ".join(part.line.title for part in parts[key])
        found.append(GivenBack(refund, titles, amount, share, how, reversal))
    return found


def _how(refund: Refund, reversal: TransferReversal | None, share: int, taken_off: int) -> str:
    if refund.status != Refund.Status.SUCCEEDED:
        return "waiting"
    if reversal is None:
        return "taken_off" if share <= taken_off else "owed"
    return {"pending": "waiting", "completed": "reversed", "owed": "owed"}[reversal.status]


def _debts_before(transfer: Transfer) -> list[TransferReversal]:
    """The seller's newest refunds that could not be taken back, from before this payout was tried."""
    owed = TransferReversal.objects.filter(
        transfer__seller=transfer.seller_id,
        transfer__is_sandbox=transfer.is_sandbox,
        currency=transfer.currency,
        status=TransferReversal.Status.OWED,
    ).exclude(transfer=transfer.pk)
    if transfer.attempted_at:
        owed = owed.filter(created_at__lt=transfer.attempted_at)
    return list(owed.select_related("transfer__order", "refund").order_by("-created_at", "-id")[:10])


# --- as a table to take away ---------------------------------------------------------------------------------------

COLUMNS = (
    "payout", "order", "made", "sent", "status", "currency", "sale", "fee", "kept_back_for_debt", "amount", "taken_back",
    "provider_reference", "reason", "next_try",
)  # fmt: skip


def payouts_for_export(user: User, *, year: int) -> Iterator[dict[str, Any]]:
    """Rows of COLUMNS of the payouts that were made in a year, oldest first; amounts in minor units."""
    rows = payouts_of(user).filter(created_at__year=year).order_by("created_at", "id")
    for transfer in rows.iterator(chunk_size=500):
        why = why_unpaid(transfer)
        yield {
            "payout": str(transfer.pk),
            "order": transfer.order.number,
            "made": transfer.created_at,
            "sent": transfer.completed_at,
            "status": transfer.status,
            "currency": transfer.currency,
            "sale": transfer.gross_cents,
            "fee": transfer.platform_fee_cents,
            "kept_back_for_debt": transfer.debt_offset_cents,
            "amount": transfer.amount_cents,
            "taken_back": transfer.reversed_cents,
            "provider_reference": transfer.provider_id or "",
            "reason": why.asked_what,
            "next_try": why.next_try_at,
        }


def years_of(user: User) -> list[int]:
    """The years in which the seller had payouts made, newest first."""
    made = Transfer.objects.filter(seller=user.pk).order_by()
    return [moment.year for moment in made.datetimes("created_at", "year", order="DESC")]
