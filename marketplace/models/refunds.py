import base64
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.ids import new_id
from config.money import Money
from marketplace.models.orders import Order, OrderLine
from marketplace.models.payments import Payment
from marketplace.models.transfers import Transfer


def refund_provider_id_of(refund_id: UUID) -> str:
    """As with payments the provider's id is ours (payments-design.md §1): `ref_` and the UUID in base32."""
    return "ref_" + base64.b32encode(refund_id.bytes).decode().rstrip("=").lower()


class RefundQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The buyer's own, and those with a line that one sold; staff see all."""
        if not user.is_authenticated:
            return self.none()
        sold = RefundLine.objects.filter(line__seller=user.pk).values("refund")
        paid = Q(order__buyer=user.pk) | Q(payment__charge__subscription__user=user.pk)
        return self if user.is_staff else self.filter(paid | Q(pk__in=sold))

    def due(self, moment: Any, *, by_hand: bool = False) -> Self:
        """What has to be asked of the provider: never asked, its next try come, or left by a worker that died.

        By hand also what is not due yet, as long as nobody is at it.
        """
        fresh = Q(next_try_at=None) | Q(next_try_at__lte=moment)
        free = Q(lease_until=None) if by_hand else Q(fresh, lease_until=None)
        return self.filter(free | Q(lease_until__lt=moment), status__in=Refund.OPEN)


class Refund(models.Model):
    """Money on its way back to who paid. Committed before the provider hears of it; its provider id is ours.

    Of an order, or without one of a payment for a subscription.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        REVIEW = "review"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    OPEN = (Status.PENDING, Status.REVIEW)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    provider_id = models.CharField(max_length=64, unique=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    reason = models.CharField(max_length=200)
    details = models.TextField(max_length=2000, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="nobody: the platform itself, for a payment whose order could not be kept",
    )  # fmt: skip
    attempts = models.PositiveIntegerField(default=0)
    is_asked = models.BooleanField(default=False, help_text="whether the provider may have heard of it")
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="refund_newest"),
            models.Index(fields=("order", "-created_at"), name="refund_order_newest"),
            models.Index(fields=("status", "-created_at", "-id"), name="refund_status_newest"),
            models.Index(fields=("next_try_at",), condition=Q(status="pending"), name="refund_due"),
        )
        constraints = (models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_amount"),)

    def __str__(self) -> str:
        return f"{self.amount} of {self.order or self.payment}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_cents, self.currency)


class RefundLine(models.Model):
    """How much of one order line goes back. `share_cents` is the seller's part of it, the rest was the fee."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refund_lines")
    amount_cents = models.BigIntegerField()
    share_cents = models.BigIntegerField()

    class Meta:
        ordering = ("refund", "id")
        constraints = (
            models.UniqueConstraint(fields=("refund", "line"), name="refund_line_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="refund_line_amount"),
            models.CheckConstraint(
                condition=Q(share_cents__gte=0, share_cents__lte=models.F("amount_cents")), name="refund_line_share"
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.line}"


class TransferReversalQuerySet(models.QuerySet):
    def due(self, moment: Any) -> Self:
        """As with refunds; one whose transfer is still under way waits for it."""
        again = Q(lease_until=None, next_try_at=None) | Q(lease_until=None, next_try_at__lte=moment)
        waiting = self.filter(again | Q(lease_until__lt=moment), status=TransferReversal.Status.PENDING)
        # Not by a join: its claim would then look at the row as it was before it waited for another worker.
        return waiting.filter(transfer__in=Transfer.objects.filter(status__in=Transfer.SENT))


class TransferReversal(models.Model):
    """A seller's share of a refund, taken back from a transfer that was sent. What cannot be had stays their debt."""

    class Status(models.TextChoices):
        PENDING = "pending"
        COMPLETED = "completed"
        OWED = "owed", "owed: the seller had it paid out; taken from later transfers"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="reversals")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="reversals")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    provider_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    attempt_key = models.CharField(max_length=80, blank=True)
    key_since = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error_code = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TransferReversalQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("next_try_at",), condition=Q(status="pending"), name="reversal_due"),)
        constraints = (
            models.UniqueConstraint(fields=("transfer", "refund"), name="reversal_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="reversal_amount"),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(provider_id__isnull=False), name="reversal_done_has_proof"
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency} back from {self.transfer}"
