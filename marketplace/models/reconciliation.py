from django.conf import settings
from django.db import models
from django.db.models import Q

from config.ids import new_id


class Difference(models.Model):
    """Where our books and the provider's disagree: a row for a human, never mended silently (payments-design.md §3)."""

    class Kind(models.TextChoices):
        PAYMENT_MISSING = "payment_missing", "payment unknown to the provider"
        PAYMENT_AMOUNT = "payment_amount", "payment with another amount"
        PAYMENT_STATE = "payment_state", "payment in another state"
        REFUND_STATE = "refund_state", "refund in another state"
        TRANSFER_MISSING = "transfer_missing", "transfer unknown to the provider"
        TRANSFER_AMOUNT = "transfer_amount", "transfer with another amount"
        TRANSFER_EXTRA = "transfer_extra", "transfer that we did not book"
        DAY_TOTAL = "day_total", "totals of a day"
        LEDGER = "ledger", "the ledger does not balance"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    reference = models.CharField(max_length=120, help_text="the row or day it is about")
    currency = models.CharField(max_length=3, blank=True)
    ours_cents = models.BigIntegerField(null=True, blank=True)
    theirs_cents = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now=True, help_text="when it was last found again")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-found_at", "-id")
        indexes = (models.Index(fields=("-found_at", "-id"), name="difference_newest"),)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "reference", "currency"), condition=Q(resolved_at=None), name="difference_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reference}"
