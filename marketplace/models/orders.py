import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from config.ids import new_id
from config.money import Money
from marketplace.models.products import Product

READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_number() -> str:
    """What people read out to each other: `S-7Q4K-9MXR2D`. Random, so that it tells nobody how much is sold."""
    letters = "".join(secrets.choice(READABLE) for _ in range(10))
    return f"S-{letters[:4]}-{letters[4:]}"


class OrderQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own purchases; staff see all. Sellers see their part through `sold_by`."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(buyer=user.pk)

    def refundable_by(self, user: Any) -> Self:
        """One's own purchases, and paid orders with a line that one sold; staff see all."""
        return self.visible_to(user) | self.sold_by(user)

    def sold_by(self, user: Any) -> Self:
        """Paid orders with a line of this seller."""
        mine = OrderLine.objects.filter(seller=user.pk).values("order")
        return self.filter(pk__in=mine, status__in=Order.PAID_STATES)


class Order(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending"
        PAID = "paid"
        FULFILLED = "fulfilled"
        PARTIALLY_REFUNDED = "partially_refunded"
        REFUNDED = "refunded"
        CANCELED = "canceled"
        EXPIRED = "expired"

    PAID_STATES = (Status.PAID, Status.FULFILLED, Status.PARTIALLY_REFUNDED, Status.REFUNDED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True, default=new_number)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    reason = models.CharField(max_length=200, blank=True, help_text="why it was not paid, for the buyer")
    currency = models.CharField(max_length=3)
    total_cents = models.BigIntegerField(help_text="with VAT")
    vat_cents = models.BigIntegerField(default=0, help_text="VAT within the total")
    refunded_cents = models.BigIntegerField(default=0)
    billing = models.JSONField(
        default=dict, blank=True, help_text="name, company, line1, line2, postcode, city, country, vat_id as given"
    )
    shipping = models.JSONField(default=dict, blank=True, help_text="where physical goods go, as given")
    holds_stock = models.BooleanField(default=True, help_text="given back exactly once")
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("buyer", "-created_at", "-id"), name="order_buyer_newest"),
            models.Index(fields=("status", "-created_at", "-id"), name="order_status_newest"),
            models.Index(fields=("expires_at",), condition=Q(status="pending"), name="order_expiring"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(total_cents__gte=0), name="order_total"),
            models.CheckConstraint(condition=Q(vat_cents__gte=0, vat_cents__lte=F("total_cents")), name="order_vat"),
            models.CheckConstraint(
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("total_cents")), name="order_refunded"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("pending", "canceled", "expired")) | Q(paid_at__isnull=False),
                name="order_paid_has_moment",
            ),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"/orders/{self.pk}/"

    @property
    def total(self) -> Money:
        return Money(self.total_cents, self.currency)

    @property
    def is_paid(self) -> bool:
        return self.status in self.PAID_STATES


class OrderLineQuerySet(models.QuerySet):
    def to_send(self) -> Self:
        """Those that still wait for their seller: paid, physical, not sent, and not given back whole."""
        kept = self.filter(Q(refunded_cents=0) | Q(refunded_cents__lt=F("gross_cents")))
        waiting = (Order.Status.PAID, Order.Status.PARTIALLY_REFUNDED)
        return kept.filter(fulfilled_at=None, order__status__in=waiting, kind=Product.Kind.PHYSICAL)


class OrderLine(models.Model):
    """One product in one order, with its title and price as they were."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sold_lines")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Product.Kind, default=Product.Kind.DIGITAL)
    quantity = models.IntegerField()
    took_stock = models.BooleanField(default=False, help_text="whether the stock was counted when this was ordered")
    unit_cents = models.BigIntegerField()
    gross_cents = models.BigIntegerField()
    fee_cents = models.BigIntegerField(help_text="this line's part of the platform's fee")
    vat_bp = models.PositiveIntegerField(default=0)
    vat_cents = models.BigIntegerField(default=0, help_text="VAT within the gross amount")
    refunded_cents = models.BigIntegerField(default=0, help_text="given back or on its way back")
    reversed_cents = models.BigIntegerField(default=0, help_text="the seller's share of what was given back")
    stock_returned = models.BooleanField(default=False)
    fulfilled_at = models.DateTimeField(null=True, blank=True, help_text="sent, where it is a physical thing")
    tracking = models.CharField(max_length=200, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        ordering = ("order", "id")
        indexes = (models.Index(fields=("seller", "-order"), name="line_seller_newest"),)
        constraints = (
            models.UniqueConstraint(fields=("order", "product"), name="line_product_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity"),
            models.CheckConstraint(condition=Q(gross_cents=F("unit_cents") * F("quantity")), name="line_gross"),
            models.CheckConstraint(condition=Q(fee_cents__gte=0, fee_cents__lte=F("gross_cents")), name="line_fee"),
            models.CheckConstraint(condition=Q(vat_cents__gte=0, vat_cents__lte=F("gross_cents")), name="line_vat"),
            models.CheckConstraint(
                condition=Q(reversed_cents__gte=0, reversed_cents__lte=F("gross_cents") - F("fee_cents")),
                name="line_reversed",
            ),
            models.CheckConstraint(
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("gross_cents")), name="line_refunded"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"
