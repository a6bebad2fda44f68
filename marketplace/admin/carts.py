from django.contrib import admin
from django.db.models import Sum
from unfold.decorators import display

from marketplace.admin.amounts import MoneyAdmin
from marketplace.admin.orders import ReadOnlyInline
from marketplace.models import Cart, CartItem


class ItemInline(ReadOnlyInline):
    model = CartItem
    fields = ("product", "quantity", "unit_cents", "created_at")
    readonly_fields = ("created_at",)


@admin.register(Cart)
class CartAdmin(MoneyAdmin):
    """What people mean to buy, to help them with it. A visitor's cart has no name; its token is nowhere to be read."""

    list_display = ("id", "user", "pieces", "updated_at")
    list_filter = (("user", admin.EmptyFieldListFilter), "updated_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "items__product__title")
    fields = ("id", "user", "created_at", "updated_at")
    inlines = (ItemInline,)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(pieces=Sum("items__quantity", default=0))

    @display(description="Things", ordering="pieces")
    def pieces(self, cart):
        return cart.pieces


@admin.register(CartItem)
class CartItemAdmin(MoneyAdmin):
    list_display = ("product", "quantity", "cart", "created_at")
    list_filter = ("currency", "created_at")
    list_select_related = ("product", "cart")
    search_fields = ("=id", "product__title", "cart__user__email")
