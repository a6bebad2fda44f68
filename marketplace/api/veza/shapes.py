"""How Veza spells the store: rows of `.values()`, or models, to the document's snake_case. Plain JSON values only."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from config.dialects.fields import iso_z
from marketplace.models import Order, OrderLine, Payment, Product, Review, Transfer
from marketplace.queries.orders import address_for_seller, latest_payment
from marketplace.queries.transfers import NEEDED, why_unpaid

PRODUCT = (
    "id", "seller_id", "seller__name", "seller__username", "title", "description", "kind", "price_cents", "currency", "stock",
    "status", "vat_bp", "track_id", "cover", "preview", "rating_sum", "rating_count", "created_at", "updated_at",
)  # fmt: skip
REVIEW = ("id", "product_id", "buyer_id", "order_id", "rating", "comment", "answer", "answered_at", "created_at")
TRANSFER = (
    "id", "seller_id", "order_id", "amount_cents", "platform_fee_cents", "currency", "status", "retry_count", "next_retry_at",
    "created_at", "debt_offset_cents", "reversed_cents",
)  # fmt: skip
TRANSFER_ROW = tuple(dict.fromkeys((*TRANSFER, *NEEDED)))
"""What `transfer_out` reads of a row of `explained`."""


def media_url(name: str) -> str | None:
    return f"{settings.SITE_URL}{settings.MEDIA_URL}{name}" if name else None


def text_id(value: Any) -> str | None:
    return str(value) if value else None


def product_row(product: Product) -> dict[str, Any]:
    """A model as the row that `.values(*PRODUCT)` would give."""
    row = {name: getattr(product, name) for name in PRODUCT if "__" not in name}
    row |= {"cover": product.cover.name, "preview": product.preview.name}
    return row | {"seller__name": product.seller.name, "seller__username": product.seller.username}


def product_out(row: dict[str, Any]) -> dict[str, Any]:
    count = row["rating_count"]
    return {
        "id": str(row["id"]),
        "seller_id": str(row["seller_id"]),
        "seller_name": row["seller__name"] or row["seller__username"] or "",
        "title": row["title"],
        "description": row["description"],
        "kind": row["kind"],
        "price_cents": row["price_cents"],
        "currency": row["currency"],
        "stock": row["stock"],
        "status": row["status"],
        "vat_bp": row["vat_bp"],
        "track_id": text_id(row["track_id"]),
        "cover_url": media_url(row["cover"]),
        "preview_url": media_url(row["preview"]),
        "rating_average": round(row["rating_sum"] / count, 2) if count else None,
        "rating_count": count,
        "created_at": iso_z(row["created_at"]),
        "updated_at": iso_z(row["updated_at"]),
    }


def line_out(line: OrderLine) -> dict[str, Any]:
    return {
        "id": str(line.pk),
        "product_id": str(line.product_id),
        "seller_id": str(line.seller_id),
        "title": line.title,
        "quantity": line.quantity,
        "unit_price_cents": line.unit_cents,
        "total_cents": line.gross_cents,
        "vat_bp": line.vat_bp,
        "vat_cents": line.vat_cents,
        "refunded_cents": line.refunded_cents,
        "fulfilled_at": iso_z(line.fulfilled_at),
        "tracking": line.tracking,
    }


def payment_out(payment: Payment, *, is_own: bool) -> dict[str, Any]:
    """Without what pays it, where it is not the reader's own."""
    return {
        "id": payment.provider_id,
        "status": payment.status,
        "method": payment.method,
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
        "client_secret": payment.client_secret if is_own and payment.status in Payment.LIVE else "",
        "pay_url": f"{settings.SITE_URL}/pay/{payment.provider_id}/"
        if is_own and payment.status == Payment.Status.PENDING
        else "",
        "reason": payment.reason,
        "refunded_cents": payment.refunded_cents,
    }


def order_out(order: Order, *, is_own: bool = True) -> dict[str, Any]:
    payment = latest_payment(order)
    return {
        "id": str(order.pk),
        "number": order.number,
        "status": order.status,
        "reason": order.reason,
        "currency": order.currency,
        "total_cents": order.total_cents,
        "vat_cents": order.vat_cents,
        "refunded_cents": order.refunded_cents,
        "billing": order.billing,
        "shipping": order.shipping,
        "payment_method": payment.method if payment else None,
        "items": [line_out(line) for line in order.lines.all()],
        "payment": payment and payment_out(payment, is_own=is_own),
        "expires_at": iso_z(order.expires_at),
        "paid_at": iso_z(order.paid_at),
        "fulfilled_at": iso_z(order.fulfilled_at),
        "created_at": iso_z(order.created_at),
    }


def sale_out(order: Any) -> dict[str, Any]:
    """An order as one of its sellers sees it: `mine` holds their lines."""
    sums = ("gross_cents", "fee_cents", "refunded_cents", "reversed_cents")
    gross, fee, refunded, reversed_ = (sum(getattr(line, name) for line in order.mine) for name in sums)
    return {
        "id": str(order.pk),
        "number": order.number,
        "status": order.status,
        "buyer_id": str(order.buyer_id),
        "buyer_name": order.buyer.display_name,
        "currency": order.currency,
        "total_cents": gross,
        "platform_fee_cents": fee,
        "amount_cents": gross - fee,
        "refunded_cents": refunded,
        "reversed_cents": reversed_,
        "shipping": address_for_seller(order),
        "items": [line_out(line) for line in order.mine],
        "paid_at": iso_z(order.paid_at),
        "created_at": iso_z(order.created_at),
    }


def transfer_out(row: dict[str, Any]) -> dict[str, Any]:
    why = why_unpaid(row)
    # What has failed is tried again when its reason says; with the automatic tries switched off, that is never.
    next_retry_at = why.next_try_at if row["status"] == Transfer.Status.FAILED else row["next_retry_at"]
    return {
        **{name: row[name] for name in TRANSFER},
        "id": str(row["id"]),
        "seller_id": str(row["seller_id"]),
        "order_id": str(row["order_id"]),
        "next_retry_at": iso_z(next_retry_at),
        "created_at": iso_z(row["created_at"]),
        "reason": why.reason or None,
        "asked_of": why.asked_of or None,
        "asked_what": why.asked_what or None,
    }


def review_out(row: dict[str, Any]) -> dict[str, Any]:
    ids = {name: str(row[name]) for name in ("id", "product_id", "buyer_id", "order_id")}
    moments = {name: iso_z(row[name]) for name in ("answered_at", "created_at")}
    return {**row, **ids, **moments, "answer": row["answer"] or None}


def review_row(review: Review) -> dict[str, Any]:
    return {name: getattr(review, name) for name in REVIEW}


# --- the same, declared for the OpenAPI ----------------------------------------------------------------------------


class PageIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    offset = serializers.IntegerField(min_value=0, default=0)


class ProductOut(serializers.Serializer):
    id = serializers.CharField()
    seller_id = serializers.CharField()
    seller_name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    kind = serializers.ChoiceField(Product.Kind.choices)
    price_cents = serializers.IntegerField()
    currency = serializers.CharField()
    stock = serializers.IntegerField(allow_null=True, help_text="null: never runs out")
    status = serializers.ChoiceField(Product.Status.choices)
    vat_bp = serializers.IntegerField(help_text="VAT within the price, in basis points: 1900 is 19 %")
    track_id = serializers.CharField(allow_null=True)
    cover_url = serializers.CharField(allow_null=True)
    preview_url = serializers.CharField(allow_null=True)
    rating_average = serializers.FloatField(allow_null=True)
    rating_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductsOut(serializers.Serializer):
    products = ProductOut(many=True)
    total = serializers.IntegerField()


class LineOut(serializers.Serializer):
    id = serializers.CharField(help_text="what `line_ids` of a refund names")
    product_id = serializers.CharField()
    seller_id = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_cents = serializers.IntegerField()
    total_cents = serializers.IntegerField()
    vat_bp = serializers.IntegerField()
    vat_cents = serializers.IntegerField(help_text="VAT within the line's total")
    refunded_cents = serializers.IntegerField()
    fulfilled_at = serializers.DateTimeField(
        allow_null=True, help_text="delivered: digital at payment, physical when sent"
    )
    tracking = serializers.CharField()


class PaymentOut(serializers.Serializer):
    id = serializers.CharField(help_text="the provider knows the payment by this id")
    status = serializers.ChoiceField(Payment.Status.choices)
    method = serializers.CharField()
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    client_secret = serializers.CharField(help_text="for the buyer alone, while it can be paid")
    pay_url = serializers.CharField(help_text="where the buyer, signed in, is sent to pay; empty where nothing waits")
    reason = serializers.CharField()
    refunded_cents = serializers.IntegerField(help_text="of this payment, given back or on its way")


class OrderOut(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(Order.Status.choices)
    reason = serializers.CharField()
    currency = serializers.CharField()
    total_cents = serializers.IntegerField()
    vat_cents = serializers.IntegerField(help_text="VAT within the total")
    refunded_cents = serializers.IntegerField()
    billing = serializers.DictField(child=serializers.CharField())
    shipping = serializers.DictField(child=serializers.CharField())
    payment_method = serializers.CharField()
    items = LineOut(many=True)
    payment = PaymentOut()
    expires_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    fulfilled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class OrdersOut(serializers.Serializer):
    orders = OrderOut(many=True)
    total = serializers.IntegerField()


class SaleOut(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(Order.Status.choices)
    buyer_id = serializers.CharField()
    buyer_name = serializers.CharField()
    currency = serializers.CharField()
    total_cents = serializers.IntegerField(help_text="of the caller's own lines")
    platform_fee_cents = serializers.IntegerField()
    amount_cents = serializers.IntegerField(help_text="the total less the fee")
    refunded_cents = serializers.IntegerField(help_text="of the total, given back to the buyer or on its way")
    reversed_cents = serializers.IntegerField(help_text="of the amount, taken back for that")
    shipping = serializers.DictField(
        child=serializers.CharField(),
        help_text="empty where nothing physical of the caller's is in it, or all was given back",
    )
    items = LineOut(many=True)
    paid_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class SalesOut(serializers.Serializer):
    orders = SaleOut(many=True)
    total = serializers.IntegerField()


class TransferOut(serializers.Serializer):
    id = serializers.CharField()
    seller_id = serializers.CharField()
    order_id = serializers.CharField()
    amount_cents = serializers.IntegerField()
    platform_fee_cents = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.CharField()
    retry_count = serializers.IntegerField()
    next_retry_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    debt_offset_cents = serializers.IntegerField(help_text="kept back for what the seller owed")
    reversed_cents = serializers.IntegerField(help_text="taken back for refunds")
    reason = serializers.CharField(allow_null=True, help_text="why it is not paid, in one word; null where it is")
    asked_of = serializers.CharField(allow_null=True, help_text="seller, platform, provider, bank or nobody")
    asked_what = serializers.CharField(allow_null=True, help_text="the reason and what is asked, as a sentence")


class TransfersOut(serializers.Serializer):
    transfers = TransferOut(many=True)
    total = serializers.IntegerField()


class ReviewOut(serializers.Serializer):
    id = serializers.CharField()
    product_id = serializers.CharField()
    buyer_id = serializers.CharField()
    order_id = serializers.CharField()
    rating = serializers.IntegerField()
    comment = serializers.CharField()
    answer = serializers.CharField(allow_null=True, help_text="the seller's")
    answered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ReviewsOut(serializers.Serializer):
    reviews = ReviewOut(many=True)
    total = serializers.IntegerField()
