from typing import Any, Self

from django.db import models
from django.db.models import Q

from config.ids import new_id
from marketplace.models.orders import Order
from marketplace.models.refunds import Refund
from marketplace.models.subscriptions import SubscriptionCharge


class Kind(models.TextChoices):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


LETTERS = {Kind.INVOICE: "INV", Kind.CREDIT_NOTE: "CN"}


class InvoiceSeries(models.Model):
    """The counter behind the numbers of one year. Raised in the transaction that writes the invoice: no gaps."""

    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "invoice series"
        constraints = (models.UniqueConstraint(fields=("year", "kind"), name="series_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The buyer's alone; staff see all."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(order__buyer=user.pk) | Q(charge__subscription__user=user.pk)
        return self if user.is_staff else self.filter(mine)


class Invoice(models.Model):
    """An invoice or credit note as issued; never changed, never deleted. The PDF is drawn from `snapshot` each time.

    `snapshot`: amounts in minor units, rates in basis points, times ISO 8601 (payments-design.md §4).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices")
    refund = models.OneToOneField(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="credit_note")
    charge = models.ForeignKey(
        SubscriptionCharge, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices"
    )
    snapshot = models.JSONField()
    issued_at = models.DateTimeField()

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ("-issued_at", "-id")
        indexes = (models.Index(fields=("-issued_at", "-id"), name="invoice_newest"),)
        constraints = (
            models.UniqueConstraint(fields=("kind", "year", "number"), name="invoice_number_once"),
            models.UniqueConstraint(fields=("order",), condition=Q(kind="invoice"), name="invoice_order_once"),
            models.UniqueConstraint(fields=("charge",), condition=Q(kind="invoice"), name="invoice_charge_once"),
            models.CheckConstraint(condition=Q(order=None) ^ Q(charge=None), name="invoice_of_one_thing"),
            models.CheckConstraint(
                condition=Q(kind="invoice", refund=None) | Q(kind="credit_note", refund__isnull=False),
                name="invoice_credit_has_refund",
            ),
        )

    def __str__(self) -> str:
        return self.full_number

    @property
    def full_number(self) -> str:
        """`INV-2026-000001`"""
        return f"{LETTERS[Kind(self.kind)]}-{self.year}-{self.number:06}"
