"""How this app's objects appear in the graph; each function is called in the transaction that changed the object."""

from uuid import UUID

from config.money import Money
from marketplace.models import GearItem, Invoice, License, Order, OrderLine, Payment, Product, Transfer
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
            "description": product.description,
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
            "refunded_cents": payment.refunded_cents,
            "dispute": payment.dispute or None,
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


def remember_sending(order: Order, lines: list[OrderLine]) -> None:
    for line in lines:
        log(
            type=EventType.CONTENT_CHANGED,
            actor_id=line.seller_id,
            target_id=line.product_id,
            metadata={"what": "sent", "order_id": str(order.pk), "quantity": line.quantity},
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


def remember_gear(gear: GearItem) -> None:
    """Gear is known to its owner alone. The vocabulary has no word for a thing; a media asset comes nearest."""
    know(
        id=gear.pk,
        type=EntityType.MEDIA_ASSET,
        name=gear.name,
        owner_id=gear.owner_id,
        properties={
            "kind": "gear",
            "category": gear.category,
            "brand": gear.brand,
            "model": gear.model,
            "status": gear.status,
        },
        is_private=True,
    )


def remember_license(license: License, *, what: str, by_id: UUID) -> None:
    """What was given by hand is owned too, and its owner's affair alone; bought things are joined by the purchase."""
    # The seller owns the product itself, by a connection of the same type.
    if license.owner_id != license.product.seller_id:
        given = License.objects.active().exclude(source=License.Source.PURCHASE)
        if given.filter(owner=license.owner_id, product=license.product_id).exists():
            link(from_id=license.owner_id, to_id=license.product_id, type=ConnectionType.OWNS, is_private=True)
        else:
            unlink(from_id=license.owner_id, to_id=license.product_id, type=ConnectionType.OWNS)
    log(
        type=EventType.CONTENT_INTERACTED,
        actor_id=by_id,
        target_id=license.product_id,
        metadata={"what": f"license_{what}", "license_id": str(license.pk), "owner_id": str(license.owner_id)},
        is_private=True,
    )


def remember_invoice(invoice: Invoice, *, buyer_id: UUID) -> None:
    """Known to the buyer and to staff alone, as the payment is."""
    shown = {name: invoice.snapshot[name] for name in ("kind", "number", "currency", "total_cents")}
    about = {"order_id": str(invoice.order_id)} if invoice.order_id else {"charge_id": str(invoice.charge_id)}
    know(
        id=invoice.pk,
        type=EntityType.INVOICE,
        name=invoice.full_number,
        owner_id=buyer_id,
        properties=shown | about,
        is_private=True,
    )
    link(from_id=buyer_id, to_id=invoice.pk, type=ConnectionType.TRANSACTED, is_private=True)
