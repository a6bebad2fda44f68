from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from config.ids import new_id
from config.money import Money
from marketplace.models.orders import Order
from marketplace.models.sellers import SellerAccount


class TransferQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(seller=user.pk)

    def due(self, now: Any, *, retries: bool = True) -> Self:
        """What a worker may claim: never tried, its next try come, or left behind by a worker that died.

        Also what waits for a seller who is connected by now: blocking and connecting may cross each other. And what waits
        but may have been sent before: that is looked for, whoever is connected.
        """
        connected = SellerAccount.objects.filter(transfers_active=True).values("user")
        blocked = Q(status=Transfer.Status.BLOCKED) & (Q(seller__in=connected) | ~Q(attempt_key=""))
        never_tried = Q(status=Transfer.Status.PENDING) | blocked
        lapsed = Q(status=Transfer.Status.PROCESSING, lease_until__lt=now)
        again = Q(status=Transfer.Status.FAILED, next_retry_at__lte=now)
        return self.filter(never_tried | lapsed | again if retries else never_tried | lapsed).payable().not_held()

    def payable(self) -> Self:
        """Play money is never sent as real money, and real money never as play money."""
        return self.filter(is_sandbox=not settings.STRIPE_SECRET_KEY)

    def with_holds(self) -> Self:
        """With `is_disputed`: the buyer's bank asks for the money; `is_being_refunded`: a part of it is on its way back."""
        paid_by = Order.objects.filter(pk=OuterRef("order"))
        theirs = {"refunds__status__in": ("pending", "review"), "refunds__lines__line__seller": OuterRef("seller")}
        return self.annotate(
            is_disputed=Exists(paid_by.filter(payments__dispute="open")),
            is_being_refunded=Exists(paid_by.filter(**theirs)),
        )

    def not_held(self) -> Self:
        """What may be sent now: what could still go back to the buyer waits until that is decided."""
        return self.with_holds().filter(is_disputed=False, is_being_refunded=False)


class Transfer(models.Model):
    """One seller's share of one paid order, on its way to them. `retry_count` counts tries that failed or were asked for."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PROCESSING = "processing"
        COMPLETED = "completed"
        FAILED = "failed"
        BLOCKED = "blocked"
        CANCELED = "canceled"
        PARTIALLY_REVERSED = "partially_reversed"
        REVERSED = "reversed"

    SENT = (Status.COMPLETED, Status.PARTIALLY_REVERSED, Status.REVERSED)
    UNSENT = (Status.PENDING, Status.PROCESSING, Status.FAILED, Status.BLOCKED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transfers")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="transfers")
    gross_cents = models.BigIntegerField()
    platform_fee_cents = models.BigIntegerField()
    fee_bp = models.PositiveIntegerField(help_text="the fee's rate in basis points when the order was paid")
    debt_offset_cents = models.BigIntegerField(default=0, help_text="kept back for what the seller owes")
    amount_cents = models.BigIntegerField()
    reversed_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    retry_count = models.PositiveIntegerField(default=0)
    tries_spent = models.PositiveIntegerField(default=0, help_text="of the budget; a retry by hand starts it anew")
    next_retry_at = models.DateTimeField(null=True, blank=True)
    retried_at = models.DateTimeField(null=True, blank=True, help_text="last retry by hand")
    attempted_at = models.DateTimeField(null=True, blank=True)
    attempt_key = models.CharField(max_length=80, blank=True, help_text="what makes a repeated call one transfer")
    key_since = models.DateTimeField(
        null=True, blank=True, help_text="first use of the key; providers keep it 24 hours"
    )
    is_sandbox = models.BooleanField(default=False, help_text="earned with play money: real money is never sent for it")
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    last_error_code = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="transfer_newest"),
            models.Index(fields=("seller", "-created_at", "-id"), name="transfer_seller_newest"),
            models.Index(fields=("status", "-created_at", "-id"), name="transfer_status_newest"),
            models.Index(
                fields=("next_retry_at",),
                condition=Q(status__in=("pending", "failed", "processing")),
                name="transfer_due",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("order", "seller"), name="transfer_once"),
            models.CheckConstraint(
                condition=Q(
                    amount_cents=F("gross_cents") - F("platform_fee_cents") - F("debt_offset_cents"),
                    amount_cents__gte=0,
                ),
                name="transfer_amount",
            ),
            models.CheckConstraint(
                condition=Q(reversed_cents__gte=0, reversed_cents__lte=F("amount_cents")), name="transfer_reversed"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("completed", "partially_reversed", "reversed")) | Q(provider_id__isnull=False),
                name="transfer_sent_has_proof",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} to {self.seller}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_cents, self.currency)
