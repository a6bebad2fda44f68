"""A seller's share, between the order and the transfer: claimed with debts kept back, made smaller by refunds.

A transfer without an `attempt_key` was surely not sent: it was never tried, or definitely refused. Such a one is made
smaller. Any other may have been sent, so its amount stays and what a refund takes back waits as a TransferReversal.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.timezone import now

from marketplace.facts import TransferChanged
from marketplace.models import Refund, RefundLine, SellerAccount, Transfer, TransferReversal
from marketplace.queries.ledger import debt_of
from marketplace.verbs.trying import LEASE
from ontology.changes import publish

REFUNDED = "refunded"
SETTLED_BY_DEBT = "settled_by_debt"


def new_attempt_key(transfer_id: UUID) -> str:
    return f"tr-{transfer_id}-{secrets.token_hex(6)}"


@transaction.atomic
def claim_transfer(
    transfer_id: UUID, claimable: QuerySet[Transfer], moment: datetime, *, by_hand: bool
) -> Transfer | None:
    """The intention, committed: whose try it is until when, how much, and under which key. One caller gets the row.

    The seller's lock comes first, so that one debt is not kept back from two transfers. Nothing left to send: canceled.
    """
    sellers = Transfer.objects.filter(pk=transfer_id).values("seller")
    list(SellerAccount.objects.select_for_update().filter(user__in=sellers))
    transfer = claimable.select_for_update().filter(pk=transfer_id).first()
    if transfer is None:
        return None
    taken: dict[str, Any] = {
        "status": Transfer.Status.PROCESSING,
        "lease_until": moment + LEASE,
        "attempted_at": moment,
        "updated_at": moment,
    }
    if by_hand:
        taken |= {"retried_at": moment, "tries_spent": 0, "retry_count": F("retry_count") + 1}
    if not transfer.attempt_key:
        absorb_reversals(transfer)
        if transfer.status == Transfer.Status.CANCELED:
            return transfer
        taken |= _amounts(transfer) | {"attempt_key": new_attempt_key(transfer.pk), "key_since": moment}
        if not taken["amount_cents"]:
            cancel(transfer, SETTLED_BY_DEBT if taken["debt_offset_cents"] else REFUNDED, taken["debt_offset_cents"])
            return transfer
    if not claimable.filter(pk=transfer_id).update(**taken):
        return None
    return Transfer.objects.get(pk=transfer_id)


def _amounts(transfer: Transfer) -> dict[str, int]:
    """What is sent now: the seller's net less what they owe, which is read from the ledger and never stored."""
    net = transfer.gross_cents - transfer.platform_fee_cents
    offset = min(debt_of(transfer.seller_id, transfer.currency, is_sandbox=transfer.is_sandbox), net)
    return {"debt_offset_cents": offset, "amount_cents": net - offset}


def take_back_share(*, refund: Refund, seller_id: UUID, gross_cents: int, share_cents: int) -> None:
    """A refund succeeded, in this transaction: the seller's transfer gets smaller, or is reversed by as much.

    What a transfer cannot give back, as it was settled or reversed before, stays in the ledger as the seller's debt.
    """
    transfer = Transfer.objects.select_for_update().filter(order=refund.order_id, seller=seller_id).first()
    if transfer is None or transfer.status == Transfer.Status.CANCELED:
        return
    if transfer.status not in Transfer.SENT and not transfer.attempt_key:
        reduce(transfer, gross_cents, share_cents)
        return
    waiting = transfer.reversals.filter(status=TransferReversal.Status.PENDING)
    promised = waiting.aggregate(total=Sum("amount_cents"))["total"] or 0
    amount = min(share_cents, transfer.amount_cents - transfer.reversed_cents - promised)
    if amount > 0:
        TransferReversal.objects.create(
            transfer=transfer, refund=refund, amount_cents=amount, currency=transfer.currency
        )


def reduce(transfer: Transfer, gross_cents: int, share_cents: int) -> None:
    """An unsent transfer, locked: less by what went back. Its next try has a new key, as it is another amount."""
    net = transfer.gross_cents - transfer.platform_fee_cents - share_cents
    transfer.gross_cents -= gross_cents
    transfer.platform_fee_cents = transfer.gross_cents - net
    transfer.debt_offset_cents, transfer.amount_cents = 0, net
    transfer.save(
        update_fields=["gross_cents", "platform_fee_cents", "debt_offset_cents", "amount_cents", "updated_at"]
    )
    if not net:
        cancel(transfer, REFUNDED)


def absorb_reversals(transfer: Transfer) -> None:
    """Refunds that came while it was unknown whether the transfer was sent, and it was not: it gets smaller after all."""
    waiting = list(transfer.reversals.filter(status=TransferReversal.Status.PENDING).order_by("pk"))
    for reversal in waiting:
        parts = RefundLine.objects.filter(refund=reversal.refund_id, line__seller=transfer.seller_id)
        sums = parts.aggregate(gross=Sum("amount_cents"), share=Sum("share_cents"))
        reversal.delete()
        reduce(transfer, sums["gross"], sums["share"])


def cancel(transfer: Transfer, code: str, offset_cents: int = 0) -> None:
    """Nothing is left to send: it went back to the buyer, or the seller's debt took all of it."""
    transfer.status, transfer.last_error_code, transfer.last_error = Transfer.Status.CANCELED, code, ""
    transfer.debt_offset_cents, transfer.amount_cents = offset_cents, 0
    transfer.next_retry_at = transfer.lease_until = transfer.key_since = None
    transfer.attempt_key = ""
    transfer.updated_at = now()
    transfer.save()
    publish(TransferChanged(transfer_id=transfer.pk, seller_id=transfer.seller_id, status=transfer.status))
