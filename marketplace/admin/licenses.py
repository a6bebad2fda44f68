from django.contrib import admin
from unfold.decorators import action, display

from marketplace.admin.acting import each
from marketplace.models import License, ProductFile
from marketplace.verbs.licenses import allow_more_downloads, revoke_license
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(License)
class LicenseAdmin(ReadOnlyAdmin):
    """Seats come with orders. They are given by hand on the product's page in the studio, which staff reach too."""

    list_display = ("key", "product", "owner", "state", "source", "given_by", "downloads", "created_at", "revoked_at")
    list_filter = ("status", "source", "created_at", "revoked_at")
    list_select_related = ("product", "owner", "given_by")
    search_fields = ("=id", "=key", "owner__email", "product__title", "order_line__order__number", "note")
    actions = ("revoke", "allow_more")

    @display(description="Status", ordering="status", label={"active": "success", "revoked": "warning"})
    def state(self, license):
        return license.status

    @display(description="Downloads", ordering="download_count")
    def downloads(self, license):
        return f"{license.download_count} of {license.max_downloads}"

    @action(description="Revoke what is selected")
    def revoke(self, request, rows):
        note = "Revoked by the platform."
        each(request, rows, lambda row: f"now {revoke_license(license_id=row.pk, note=note, by=request.user).status}")

    @action(description="Allow 50 more downloads")
    def allow_more(self, request, rows):
        def allow(row):
            return f"{allow_more_downloads(license_id=row.pk, by=request.user).max_downloads} downloads allowed"

        each(request, rows, allow)


@admin.register(ProductFile)
class ProductFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "product", "content_type", "size_bytes", "created_at")
    list_filter = ("content_type", "created_at")
    list_select_related = ("product",)
    search_fields = ("=id", "name", "=sha256", "product__title", "product__seller__email")
    exclude = ("content",)
