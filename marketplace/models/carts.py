from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.ids import new_id
from marketplace.models.products import Product


class Cart(models.Model):
    """What somebody means to buy. A visitor's cart is known by a random `token` in a cookie until they sign in."""

    COOKIE = "stoa_cart"
    FORGOTTEN_AFTER = timedelta(days=60)
    """How long a visitor's cart and its cookie live when nobody touches them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="cart"
    )
    token_hash = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-updated_at", "-id")
        indexes = (models.Index(fields=("updated_at",), condition=Q(user=None), name="cart_forgotten"),)
        constraints = (models.CheckConstraint(condition=Q(user=None) ^ Q(token_hash=None), name="cart_of_one"),)

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartItem(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField()
    unit_cents = models.BigIntegerField(help_text="the price that was seen last, to tell that it has changed")
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("cart", "created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("cart", "product"), name="cart_product_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=99), name="cart_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"
