"""How this app's objects appear in the graph; each function is called in the transaction that changed the object."""

from config.money import Money
from marketplace.models import Order, OrderLine, Payment, Product, Transfer
from ontology.models import Connection, ConnectionType, EntityType, EventType, Status
from ontology.verbs.memory import know, link, log, unlink

PRODUCT_STATUS = {
    Product.Status.DRAFT: Status.DRAFT,
    Product.Status.ACTIVE: Status.ACTIVE,
    Product.Status.ARCHIVED: Status.ARCHIVED,
}


def remember_product(product: Product) -> None:
    know(
        id=product.pk,
        type=EntityType.DIGITAL_PRODUCT,
        name=product.title,
        owner_id=product.seller_id,
        status=PRODUCT_STATUS[Product.Status(product.status)],
        properties={
            "description": product.description[:500],
            "price_cents": product.price_cents,
            "currency": product.currency,
            "kind": product.kind,
        },
    )
    link(from_id=product.seller_id, to_id=product.pk, type=ConnectionType.OWNS)
    remember_track(product)


def remember_track(product: Product) -> None:
    """The one track that it sells, if any."""
    tracks = Connection.objects.filter(
        from_entity=product.pk, relationship_type=ConnectionType.REFERENCES, deleted_at=None, is_kept=True
    )
    for other in tracks.exclude(to_entity=product.track_id).values_list("to_entity", flat=True):
        unlink(from_id=product.pk, to_id=other, type=ConnectionType.REFERENCES)
    if product.track_id:
        link(from_id=product.pk, to_id=product.track_id, type=ConnectionType.REFERENCES)


def remember_payment(payment: Payment, order: Order) -> None:
    """A payment is known to its buyer and to staff alone."""
    know(
        id=payment.pk,
        type=EntityType.PAYMENT,
        name=f"Payment of {Money(payment.amount_cents, payment.currency)}",
        owner_id=order.buyer_id,
        is_private=True,
        properties={
            "order_id": str(order.pk),
            "order_status": order.status,
            "payment_status": payment.status,
            "amount_cents": payment.amount_cents,
            "currency": payment.currency,
        },
    )
    link(from_id=order.buyer_id, to_id=payment.pk, type=ConnectionType.TRANSACTED, is_private=True)


def remember_purchase(order: Order, payment: Payment, lines: list[OrderLine]) -> None:
    log(
        type=EventType.PAYMENT_PROCESSED,
        actor_id=order.buyer_id,
        target_id=payment.pk,
        metadata={"order_id": str(order.pk), "amount_cents": payment.amount_cents, "currency": payment.currency},
        is_private=True,
    )
    for line in lines:
        bought = {"order_id": str(order.pk), "quantity": line.quantity}
        link(
            from_id=order.buyer_id,
            to_id=line.product_id,
            type=ConnectionType.PURCHASED,
            metadata=bought,
            is_private=True,
        )
        log(
            type=EventType.REVENUE_GENERATED,
            actor_id=line.seller_id,
            target_id=line.product_id,
            metadata={**bought, "net_cents": line.gross_cents - line.fee_cents, "currency": order.currency},
            is_private=True,
        )


def remember_transfer(transfer: Transfer) -> None:
    log(
        type=EventType.PAYMENT_PROCESSED,
        actor_id=transfer.seller_id,
        metadata={
            "transfer_id": str(transfer.pk),
            "order_id": str(transfer.order_id),
            "amount_cents": transfer.amount_cents,
            "currency": transfer.currency,
        },
        is_private=True,
    )
