"""How money that goes back appears in the graph; as in `remembering`, in the transaction that moved it."""

from typing import Any
from uuid import UUID

from django.db.models import F

from marketplace.models import Dispute, Order, OrderLine, Refund, RefundLine, TransferReversal
from ontology.models import ConnectionType, EventType
from ontology.verbs.memory import log, unlink


def remember_refund_request(refund: Refund, buyer_id: UUID) -> None:
    """Whoever asked is the actor; the buyer, where the platform gives back by itself."""
    log(
        type=EventType.PAYMENT_PROCESSED,
        actor_id=refund.requested_by_id or buyer_id,
        target_id=refund.payment_id,
        metadata=_about(refund) | {"step": "refund_requested"},
        is_private=True,
    )


def remember_refund_end(refund: Refund, buyer_id: UUID) -> None:
    log(
        type=EventType.PAYMENT_PROCESSED,
        actor_id=buyer_id,
        target_id=refund.payment_id,
        metadata=_about(refund) | {"step": f"refund_{refund.status}"},
        is_private=True,
    )


def remember_given_back(refund: Refund, order: Order) -> None:
    """What a seller earned is told again, with what they gave back below zero; a purchase wholly given back ends."""
    for part in refund.lines.select_related("line").order_by("line_id"):
        log(
            type=EventType.REVENUE_GENERATED,
            actor_id=part.line.seller_id,
            target_id=part.line.product_id,
            metadata=_about(refund) | {"amount_cents": -part.amount_cents, "net_cents": -part.share_cents},
            is_private=True,
        )
        if not _has_kept(order.buyer_id, part):
            unlink(from_id=order.buyer_id, to_id=part.line.product_id, type=ConnectionType.PURCHASED)


def _has_kept(buyer_id: UUID, part: RefundLine) -> bool:
    """Whether the buyer still has the product, by this order or another."""
    bought = OrderLine.objects.filter(
        product=part.line.product_id, order__buyer=buyer_id, order__status__in=Order.PAID_STATES
    )
    return bought.filter(refunded_cents__lt=F("gross_cents")).exists()


def remember_reversal(reversal: TransferReversal) -> None:
    log(
        type=EventType.PAYMENT_PROCESSED,
        actor_id=reversal.transfer.seller_id,
        metadata={
            "reversal_id": str(reversal.pk),
            "transfer_id": str(reversal.transfer_id),
            "amount_cents": reversal.amount_cents,
            "currency": reversal.currency,
            "status": reversal.status,
        },
        is_private=True,
    )


def remember_dispute(dispute: Dispute, buyer_id: UUID) -> None:
    log(
        type=EventType.PAYMENT_PROCESSED,
        actor_id=buyer_id,
        target_id=dispute.payment_id,
        metadata={
            "step": f"dispute_{dispute.status}",
            "amount_cents": dispute.payment.amount_cents if dispute.amount_cents is None else dispute.amount_cents,
        },
        is_private=True,
    )


def _about(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": str(refund.pk),
        "order_id": str(refund.order_id) if refund.order_id else None,
        "amount_cents": refund.amount_cents,
        "currency": refund.currency,
    }
