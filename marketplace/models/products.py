from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.ids import new_id
from config.money import MAX_CENTS, Money
from ontology.queries.search import ids_saying

CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "AUD", "BGN", "BRL", "CAD", "CZK", "DKK", "HKD", "HUF", "ILS", "INR", "JPY", "KRW", "MXN",
    "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "ZAR",
)  # fmt: skip
"""What may be charged: what both providers take in every region, counted as ISO 4217 does. So not the króna, which they count in
hundredths that it does not have, and none of three decimals, of which they take whole tens alone: few shares are."""
KNOWN_CURRENCIES = tuple(sorted((*CURRENCIES, "ISK", "KWD", "TND"), key=lambda code: (code != "EUR", code)))
"""What a thing may have cost somewhere else."""


class ProductQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """What is on the market, and one's own in any state; staff see all."""
        if not user.is_authenticated:
            return self.on_market()
        return self if user.is_staff else self.filter(Q(status=Product.Status.ACTIVE) | Q(seller=user.pk))

    def editable_by(self, user: Any) -> Self:
        return self if user.is_staff else self.filter(seller=user.pk)

    def on_market(self) -> Self:
        # What was priced in a currency that is not charged any more waits for its seller to price it anew.
        return self.filter(status=Product.Status.ACTIVE, currency__in=CURRENCIES)

    def matching(self, words: str) -> Self:
        """What the graph's full-text index finds: every word stands in it, the last may be the beginning of one."""
        found = ids_saying(words)
        return self if found is None else self.filter(pk__in=found)


class Product(models.Model):
    """Something for sale. A price change never touches an order: its lines keep their own."""

    class Kind(models.TextChoices):
        DIGITAL = "digital"
        PHYSICAL = "physical"

    class Status(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="products")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.DIGITAL)
    price_cents = models.BigIntegerField(help_text="minor units of the currency")
    currency = models.CharField(max_length=3, default="EUR")
    stock = models.IntegerField(null=True, blank=True, help_text="empty: unlimited")
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    vat_bp = models.PositiveIntegerField(default=0, help_text="VAT within the price, in basis points: 1900 is 19 %")
    track_id = models.UUIDField(null=True, blank=True)
    cover = models.ImageField(upload_to="products", blank=True)
    preview = models.FileField(upload_to="products", blank=True, help_text="a short piece to listen to")
    preview_seconds = models.PositiveIntegerField(null=True, blank=True)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    rating_score = models.PositiveIntegerField(default=0, help_text="the average times 100, for ordering")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    made_creator = False
    """Set by `create_product` on what it returns: whether this product made its seller a creator."""

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("status", "-created_at", "-id"), name="product_newest"),
            models.Index(fields=("status", "price_cents", "id"), name="product_cheapest"),
            models.Index(fields=("status", "-price_cents", "-id"), name="product_dearest"),
            models.Index(fields=("status", "-rating_score", "-rating_count", "-id"), name="product_best"),
            models.Index(fields=("status", "title", "id"), name="product_title"),
            models.Index(fields=("seller", "-created_at", "-id"), name="product_seller_newest"),
            # Holds all that the market's counts ask for, so that they never read a description.
            models.Index(
                fields=("status", "kind", "currency", "price_cents", "stock", "rating_score"), name="product_facets"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(price_cents__gte=0, price_cents__lte=MAX_CENTS), name="product_price"),
            models.CheckConstraint(condition=Q(vat_bp__lte=10_000), name="product_vat"),
            models.CheckConstraint(condition=Q(stock=None) | Q(stock__gte=0), name="product_stock"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="product_currency"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/market/{self.pk}/"

    @property
    def price(self) -> Money:
        return Money(self.price_cents, self.currency)

    @property
    def cover_url(self) -> str:
        """Where the cover is, or nothing where a pattern is drawn instead."""
        return self.cover.url if self.cover else ""

    @property
    def rating_average(self) -> float | None:
        return round(self.rating_sum / self.rating_count, 2) if self.rating_count else None

    @property
    def is_sold_out(self) -> bool:
        return self.stock == 0
