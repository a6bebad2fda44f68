from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from marketplace.admin.acting import each
from marketplace.admin.amounts import ShowsMoney
from marketplace.models import Product, Review
from marketplace.verbs.products import remove_product, update_product
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(Product)
class ProductAdmin(ShowsMoney, ModelAdmin):
    """Sellers make products; staff may reword, hide and take them off, by the same verbs."""

    list_display = ("title", "seller", "price", "state", "stock", "rating_count", "created_at")
    list_filter = ("status", "kind", "currency", "created_at")
    list_select_related = ("seller",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=id", "title", "seller__email", "seller__name")
    fields = (
        "title",
        "description",
        "status",
        "id",
        "seller",
        "kind",
        "price_cents",
        "currency",
        "stock",
        "vat_bp",
        "cover",
        "preview",
        "licences",
        "rating_sum",
        "rating_count",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields[3:]
    actions = ("take_off",)

    @display(
        description="Status", ordering="status", label={"active": "success", "draft": "info", "archived": "warning"}
    )
    def state(self, product):
        return product.status

    @display(description="Licences")
    def licences(self, product):
        place = reverse("studio_product_licenses", args=[product.pk])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">See who has it, or give one</a>', place
        )

    @action(description="Take off the market what is selected", permissions=["change"])
    def take_off(self, request, rows):
        each(request, rows, lambda row: f"now {remove_product(product_id=row.pk, by=request.user).status}")

    def save_model(self, request, obj, form, change):
        update_product(
            product_id=obj.pk, title=obj.title, description=obj.description, status=obj.status, by=request.user
        )

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("product", "buyer", "rating", "comment", "answer", "created_at", "withdrawn_at")
    list_filter = ("rating", "created_at", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("product", "buyer")
    search_fields = ("=id", "comment", "answer", "product__title", "buyer__email")
