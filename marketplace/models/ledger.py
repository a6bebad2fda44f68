from django.db import models
from django.db.models import Q

from config.ids import new_id


class LedgerTransaction(models.Model):
    """A booking: its entries sum to zero in each currency. Never changed, never deleted (payments-design.md §3)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source_key = models.CharField(
        max_length=120, unique=True, help_text="what it is for; the same is never booked twice"
    )
    kind = models.CharField(max_length=40)
    is_sandbox = models.BooleanField(default=False, help_text="play money, which real debts and shares never count")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("-created_at", "-id"), name="ledger_newest"),)

    def __str__(self) -> str:
        return self.source_key


class LedgerEntry(models.Model):
    """One side of a booking. Accounts: `psp_clearing`, `platform_fee`, `refund_due`, `subscription_income`, `seller:<id>` (below zero: we owe)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=64)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ("transaction", "id")
        verbose_name_plural = "ledger entries"
        indexes = (models.Index(fields=("account", "currency"), name="ledger_account"),)
        constraints = (models.CheckConstraint(condition=~Q(amount_cents=0), name="ledger_not_zero"),)

    def __str__(self) -> str:
        return f"{self.account} {self.amount_cents} {self.currency}"
