import base64
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from config.ids import new_id
from marketplace.models.orders import Order
from marketplace.models.subscriptions import SubscriptionCharge


def provider_id_of(payment_id: UUID) -> str:
    """The provider's id is ours (payments-design.md §1): `pay_` and the UUID in base32, 30 characters in all."""
    return "pay_" + base64.b32encode(payment_id.bytes).decode().rstrip("=").lower()


class Payment(models.Model):
    """One try to pay one order, or one charge of a subscription, at the provider. Its id is known and committed before the provider hears of it."""

    class Status(models.TextChoices):
        CREATED = "created"
        PENDING = "pending"
        PROCESSING = "processing"
        AUTHORIZED = "authorized"
        REVIEW = "review"
        FAILED = "failed"
        CANCELED = "canceled"
        SUCCEEDED = "succeeded"

    class Dispute(models.TextChoices):
        OPEN = "open"
        WON = "won"
        LOST = "lost"

    LIVE = (Status.CREATED, Status.PENDING, Status.PROCESSING, Status.AUTHORIZED)
    METHODS = ("card", "card_declined", "card_review")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.CASCADE, related_name="payments")
    charge = models.ForeignKey(
        SubscriptionCharge, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    provider_id = models.CharField(max_length=64, unique=True)
    method = models.CharField(max_length=32)
    status = models.CharField(max_length=12, choices=Status, default=Status.CREATED)
    reason = models.CharField(max_length=200, blank=True)
    amount_cents = models.BigIntegerField()
    captured_cents = models.BigIntegerField(default=0)
    refunded_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    refund_due = models.BooleanField(default=False, help_text="paid, but for nothing that is kept: owed to the payer")
    is_spare = models.BooleanField(default=False, help_text="it paid for nothing; stays so when its money is back")
    is_sandbox = models.BooleanField(default=False, help_text="play money: the sandbox answers for it to its end")
    dispute = models.CharField(max_length=8, choices=Dispute, blank=True)
    saved_method = models.CharField(max_length=200, blank=True, help_text="the provider's name of the kept card")
    client_secret = models.CharField(max_length=200, blank=True)
    connector_ref = models.CharField(max_length=200, blank=True)
    provider_updated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("status", "created_at"), name="payment_status_oldest"),
            models.Index(fields=("order", "-created_at"), name="payment_order_newest"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    refunded_cents__gte=0,
                    refunded_cents__lte=F("captured_cents"),
                    captured_cents__lte=F("amount_cents"),
                ),
                name="payment_amounts",
            ),
            models.UniqueConstraint(
                fields=("order",),
                condition=Q(status__in=("created", "pending", "processing", "authorized")),
                name="payment_live_once",
            ),
            models.UniqueConstraint(
                fields=("charge",),
                condition=Q(status__in=("created", "pending", "processing", "authorized")),
                name="payment_live_charge_once",
            ),
            models.CheckConstraint(condition=Q(order=None) ^ Q(charge=None), name="payment_of_one_thing"),
        )

    def __str__(self) -> str:
        return self.provider_id


class Dispute(models.Model):
    """A payer's bank asks for a payment back, or a part of it. A payment may see several; `Payment.dispute` sums them up."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=128, help_text="the provider's name of it; empty where it gives none")
    status = models.CharField(max_length=8, choices=Payment.Dispute)
    amount_cents = models.BigIntegerField(null=True, blank=True, help_text="nothing: all of the payment")
    taken_cents = models.BigIntegerField(default=0, help_text="booked as taken back, once it is lost")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("payment", "provider_id"), name="dispute_once"),
            models.CheckConstraint(condition=Q(taken_cents__gte=0), name="dispute_taken"),
        )

    def __str__(self) -> str:
        return f"{self.status} dispute of {self.payment}"


class WebhookEvent(models.Model):
    """The inbox: each event a provider told us, once, with what became of it (payments-design.md §3)."""

    class Status(models.TextChoices):
        NEW = "new"
        PROCESSED = "processed"
        UNMATCHED = "unmatched"
        IGNORED = "ignored"
        FAILED = "failed"
        DEAD = "dead"

    OPEN = (Status.NEW, Status.FAILED, Status.UNMATCHED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.CharField(max_length=32, default="hyperswitch")
    event_id = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    body = models.TextField(help_text="as it was signed")
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=("status", "received_at"), name="webhook_status_oldest"),
            models.Index(fields=("-received_at", "-id"), name="webhook_newest"),
        )
        constraints = (models.UniqueConstraint(fields=("provider", "event_id"), name="webhook_event_once"),)

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
