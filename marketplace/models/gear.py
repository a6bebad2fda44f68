from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.ids import new_id
from config.money import MAX_CENTS
from config.storages import cloud_files


class GearQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own; nobody else's business, staff or not."""
        return self.filter(owner=user.pk)


class GearItem(models.Model):
    """An instrument or tool somebody owns, with its papers and repairs (veza.txt, Gear / Inventory)."""

    class Status(models.TextChoices):
        IN_USE = "in_use"
        IN_REPAIR = "in_repair"
        LENT = "lent"
        SOLD = "sold"
        LOST = "lost"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gear")
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=60, blank=True)
    brand = models.CharField(max_length=100, blank=True)
    model = models.CharField(max_length=100, blank=True)
    serial_number = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_USE)
    purchase_date = models.DateField(null=True, blank=True)
    purchase_price_cents = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    warranty_until_date = models.DateField(null=True, blank=True)
    notes = models.TextField(max_length=5000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = GearQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("owner", "-created_at", "-id"), name="gear_owner_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(purchase_price_cents=None) | Q(purchase_price_cents__gte=0, purchase_price_cents__lte=MAX_CENTS),
                name="gear_price",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="gear_currency"),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/gear/{self.pk}/"


class GearDocument(models.Model):
    class Type(models.TextChoices):
        INVOICE = "invoice"
        MANUAL = "manual"
        WARRANTY = "warranty"
        PHOTO = "photo"
        INSURANCE = "insurance"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gear = models.ForeignKey(GearItem, on_delete=models.CASCADE, related_name="documents")
    type = models.CharField(max_length=12, choices=Type, default=Type.OTHER)
    name = models.CharField(max_length=255, help_text="data, never a path")
    content = models.FileField(max_length=200, storage=cloud_files, help_text="under a name that we made")
    content_type = models.CharField(max_length=100, help_text="as recognised, not as claimed")
    size_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("gear", "-created_at", "-id"), name="gear_document_newest"),)

    def __str__(self) -> str:
        return self.name


class GearRepair(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    gear = models.ForeignKey(GearItem, on_delete=models.CASCADE, related_name="repairs")
    repair_date = models.DateField()
    description = models.CharField(max_length=2000)
    cost_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    provider = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-repair_date", "-id")
        indexes = (models.Index(fields=("gear", "-repair_date", "-id"), name="gear_repair_newest"),)
        constraints = (
            models.CheckConstraint(condition=Q(cost_cents__gte=0, cost_cents__lte=MAX_CENTS), name="repair_cost"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="repair_currency"),
        )

    def __str__(self) -> str:
        return self.description[:60]
