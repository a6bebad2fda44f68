import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from config.ids import new_id
from config.storages import cloud_files
from marketplace.models.orders import OrderLine
from marketplace.models.products import Product


def new_key() -> str:
    """128 random bits in groups of eight, as people copy them: `9f2c01ab-...`."""
    digits = secrets.token_hex(16)
    return "-".join(digits[start : start + 8] for start in range(0, 32, 8))


class ProductFile(models.Model):
    """What a buyer gets: a file that only licences open. Never served by its own address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255, help_text="data, never a path")
    content = models.FileField(max_length=200, storage=cloud_files, help_text="under a name that we made")
    content_type = models.CharField(max_length=100, help_text="as recognised, not as claimed")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("product", "position", "id")
        constraints = (models.CheckConstraint(condition=Q(size_bytes__gt=0), name="product_file_size"),)

    def __str__(self) -> str:
        return self.name


class LicenseQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own; those for a product that one sells; staff see all."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(Q(owner=user.pk) | Q(product__seller=user.pk))

    def active(self) -> Self:
        return self.filter(status=License.Status.ACTIVE)


class License(models.Model):
    """One seat of the right to have a product. From an order line, or given by hand."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        REVOKED = "revoked"

    class Source(models.TextChoices):
        PURCHASE = "purchase"
        GRANT = "grant"
        GIFT = "gift"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="licenses")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="licenses")
    order_line = models.ForeignKey(OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="licenses")
    seat = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=40, unique=True, default=new_key)
    source = models.CharField(max_length=12, choices=Source, default=Source.PURCHASE)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True, help_text="why it was given or revoked, for staff")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    revoked_at = models.DateTimeField(null=True, blank=True)
    download_count = models.PositiveIntegerField(default=0)
    max_downloads = models.PositiveIntegerField(default=50)
    last_download_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LicenseQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("owner", "-created_at", "-id"), name="license_owner_newest"),
            models.Index(fields=("product", "-created_at", "-id"), name="license_product_newest"),
        )
        constraints = (
            models.UniqueConstraint(fields=("order_line", "seat"), name="license_seat_once"),
            models.CheckConstraint(condition=Q(download_count__lte=F("max_downloads")), name="license_downloads"),
            models.CheckConstraint(
                condition=Q(status="active", revoked_at=None) | Q(status="revoked", revoked_at__isnull=False),
                name="license_revoked_has_moment",
            ),
        )

    def __str__(self) -> str:
        return self.key
