"""Who hears of an order's money that goes back, in the transaction that moved it."""

from uuid import UUID

from accounts.models import User
from accounts.verbs.mails import queue_mail
from config.money import Money
from marketplace.facts import RefundSettled, SaleRefunded
from marketplace.models import Order, Payment, Refund
from marketplace.verbs.remembering import remember_payment
from marketplace.verbs.remembering_refunds import remember_refund_end
from ontology.changes import publish

TEMPLATES: dict[str, str] = {"succeeded": "refunds/given_back", "failed": "refunds/failed"}
"""Mails to the buyer, by what became of the refund."""

Shares = dict[UUID, tuple[int, int]]
"""Seller by (given back of their lines, their share of it), in minor units."""


def tell_of_refund(refund: Refund) -> None:
    order = Order.objects.select_related("buyer").get(refunds=refund.pk)
    remember_payment(Payment.objects.get(pk=refund.payment_id), order)
    remember_refund_end(refund, order.buyer_id)
    publish(
        RefundSettled(
            refund_id=refund.pk,
            order_id=order.pk,
            number=order.number,
            buyer_id=order.buyer_id,
            status=refund.status,
            amount_cents=refund.amount_cents,
            currency=refund.currency,
        )
    )
    if refund.status in TEMPLATES and order.buyer.is_active:
        queue_mail(
            template=TEMPLATES[refund.status],
            to=order.buyer.email,
            user=order.buyer,
            number=order.number,
            order_id=str(order.pk),
            amount=str(refund.amount),
            reason=refund.last_error,
        )


def tell_sellers(refund: Refund, order: Order, shares: Shares) -> None:
    for seller in User.objects.filter(pk__in=shares).order_by("pk"):
        given, share = shares[seller.pk]
        publish(
            SaleRefunded(
                refund_id=refund.pk,
                order_id=order.pk,
                number=order.number,
                seller_id=seller.pk,
                buyer_id=order.buyer_id,
                amount_cents=given,
                share_cents=share,
                currency=refund.currency,
            )
        )
        if seller.is_active:
            queue_mail(
                template="refunds/sale_refunded",
                to=seller.email,
                user=seller,
                number=order.number,
                amount=str(Money(given, refund.currency)),
                share=str(Money(share, refund.currency)),
                order_id=str(order.pk),
            )
