"""The intention to give money back, as rows: what is left of the payment, the order and its lines is less at once.

Locks are taken in one order everywhere: the payment, the order, its lines.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import F
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict
from config.ids import new_id
from marketplace.models import Order, OrderLine, Payment, Refund, RefundLine
from marketplace.models.refunds import refund_provider_id_of


def commit_refund(
    *, payment: Payment, amount_cents: int, reason: str, details: str = "", by: User | None = None
) -> Refund:
    """The intention, in the caller's transaction and under the payment's lock: the amount is no longer left for others."""
    free = Payment.objects.filter(pk=payment.pk, refunded_cents__lte=F("captured_cents") - amount_cents)
    if not free.update(refunded_cents=F("refunded_cents") + amount_cents, updated_at=now()):
        raise Conflict("That is more than is left", code="refund_too_large")
    key = new_id()
    return Refund.objects.create(
        id=key,
        order_id=payment.order_id,
        payment=payment,
        provider_id=refund_provider_id_of(key),
        amount_cents=amount_cents,
        currency=payment.currency,
        reason=reason,
        details=details,
        requested_by=by,
    )


def locked_lines(line_ids: Iterable[UUID]) -> list[OrderLine]:
    """The lines as they are now; the caller holds the payment's and the order's lock."""
    return list(OrderLine.objects.select_for_update().filter(pk__in=list(line_ids)).order_by("pk"))


def spread_over_lines(refund: Refund, lines: Sequence[OrderLine]) -> None:
    """Each line's part, by what is left of it; the parts add up exactly. The share is estimated until the money is back."""
    left = sum(line.gross_cents - line.refunded_cents for line in lines)
    before = 0
    parts = []
    for line in lines:
        until = before + line.gross_cents - line.refunded_cents
        part = refund.amount_cents * until // left - refund.amount_cents * before // left
        before = until
        if part:
            line.refunded_cents += part
            line.save(update_fields=["refunded_cents"])
            share = part * (line.gross_cents - line.fee_cents) // line.gross_cents
            parts.append(RefundLine(refund=refund, line=line, amount_cents=part, share_cents=share))
    RefundLine.objects.bulk_create(parts)
    Order.objects.filter(refunds=refund.pk).update(
        refunded_cents=F("refunded_cents") + refund.amount_cents, updated_at=now()
    )
