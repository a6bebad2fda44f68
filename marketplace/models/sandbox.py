"""The books of the two sandboxes: outside services that happen to live in our database, so that they survive a restart.

Only `gateways/sandbox_*.py` touch these rows, as only a provider touches its own; our verbs see their answers alone.
"""

from django.db import models
from django.db.models import Q

from config.ids import new_id


class SandboxPayment(models.Model):
    """A payment as the sandbox provider knows it. Statuses are the provider's own words."""

    provider_id = models.CharField(max_length=64, primary_key=True)
    order_ref = models.CharField(max_length=64)
    method = models.CharField(max_length=32)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=24, default="processing")
    error_message = models.CharField(max_length=200, blank=True)
    keeps_method = models.BooleanField(default=False, help_text="the card may be charged again")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("status", "created_at"), name="sandbox_payment_open"),)

    def __str__(self) -> str:
        return self.provider_id


class SandboxAccount(models.Model):
    """A seller's account at the sandbox. `key` is what we asked with: asking again finds the same account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=80, unique=True)
    email = models.EmailField()
    is_active = models.BooleanField(default=False)
    paid_out_cents = models.BigIntegerField(default=0, help_text="what the seller moved on to their own bank")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.email


class SandboxTransfer(models.Model):
    """An answer under an idempotency key, kept as the real provider keeps it: a failure (`error`) is replayed too."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=80, unique=True)
    account = models.ForeignKey(SandboxAccount, on_delete=models.CASCADE, related_name="transfers")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    group = models.CharField(max_length=80)
    reference = models.CharField(max_length=80)
    error = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("group",), name="sandbox_transfer_group"),)
        constraints = (models.CheckConstraint(condition=Q(amount_cents__gt=0), name="sandbox_transfer_amount"),)

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency}"


class SandboxReversal(models.Model):
    """Money taken back from a transfer, under an idempotency key of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=80, unique=True)
    transfer = models.ForeignKey(SandboxTransfer, on_delete=models.CASCADE, related_name="reversals")
    amount_cents = models.BigIntegerField()
    reference = models.CharField(max_length=80)
    error = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (models.CheckConstraint(condition=Q(amount_cents__gt=0), name="sandbox_reversal_amount"),)

    def __str__(self) -> str:
        return f"{self.amount_cents} back from {self.transfer}"


class SandboxRefund(models.Model):
    """A refund as the sandbox provider knows it, under the id that we gave it. Statuses are the provider's own words."""

    provider_id = models.CharField(max_length=64, primary_key=True)
    payment = models.ForeignKey(SandboxPayment, on_delete=models.CASCADE, related_name="refunds")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=24, default="pending")
    error_message = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("status", "created_at"), name="sandbox_refund_open"),)
        constraints = (models.CheckConstraint(condition=Q(amount_cents__gt=0), name="sandbox_refund_amount"),)

    def __str__(self) -> str:
        return self.provider_id


class SandboxMishap(models.Model):
    """What is to go wrong at the sandboxes' next calls, for rehearsals and tests."""

    class Call(models.TextChoices):
        TRANSFER = "transfer"
        REVERSAL = "reversal"
        PAYMENT = "payment"
        REFUND = "refund"

    class Kind(models.TextChoices):
        REFUSE = "refuse", "refuses: balance insufficient"
        DOWN = "down", "does not answer, nothing happened"
        LOSE_ANSWER = "lose_answer", "does it, and the answer is lost"
        STICKY = "sticky", "fails inside, and replays that failure under the same key"
        SLOW = "slow", "does it, and answers late"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    call = models.CharField(max_length=12, choices=Call, default=Call.TRANSFER)
    kind = models.CharField(max_length=12, choices=Kind)
    seconds = models.PositiveSmallIntegerField(default=0, help_text="how late, where slow")
    times_left = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.times_left} left)"
