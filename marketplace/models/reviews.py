from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.ids import new_id
from marketplace.models.orders import Order
from marketplace.models.products import Product


class ReviewQuerySet(models.QuerySet):
    def shown(self) -> Self:
        """What is read and counted: not what went with its purchase."""
        return self.filter(withdrawn_at=None)


class Review(models.Model):
    """What a buyer thinks of what they bought; one a product and buyer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="reviews")
    rating = models.PositiveSmallIntegerField()
    comment = models.TextField(max_length=2000, blank=True)
    answer = models.TextField(max_length=2000, blank=True, help_text="the seller's, shown beneath it")
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="what was bought went back, so it is neither shown nor counted"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("product", "-created_at", "-id"), name="review_product_newest"),)
        constraints = (
            models.UniqueConstraint(fields=("product", "buyer"), name="review_once"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="review_rating"),
        )

    def __str__(self) -> str:
        return f"{self.rating} of 5 for {self.product}"
