from django.contrib import admin
from unfold.decorators import display

from marketplace.models import GearDocument, GearItem, GearRepair
from ontology.admin.read_only import ReadOnlyAdmin
from ontology.verbs.uploads import in_words


@admin.register(GearItem)
class GearItemAdmin(ReadOnlyAdmin):
    """Whose it is and since when; serial numbers, prices and notes are their owner's alone."""

    list_display = ("name", "owner", "category", "status", "created_at")
    list_filter = ("status", "currency", "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "name", "owner__email", "owner__name")
    fields = ("id", "owner", "name", "category", "brand", "model", "status", "created_at", "updated_at")
    readonly_fields = fields


@admin.register(GearDocument)
class GearDocumentAdmin(ReadOnlyAdmin):
    """How large it is and what it was recognised as; what is in it is its owner's alone."""

    list_display = ("name", "owner", "type", "content_type", "size", "created_at")
    list_filter = ("type", "content_type", "created_at")
    list_select_related = ("gear__owner",)
    search_fields = ("=id", "=gear__id", "name", "gear__owner__email")
    # `content` would be shown as a link to it.
    fields = ("id", "gear", "name", "type", "content_type", "size", "key", "created_at")
    readonly_fields = fields

    @display(description="Owner", ordering="gear__owner")
    def owner(self, document):
        return document.gear.owner

    @display(description="Size", ordering="size_bytes")
    def size(self, document):
        return in_words(document.size_bytes)

    @display(description="Key in the store")
    def key(self, document):
        return document.content.name


@admin.register(GearRepair)
class GearRepairAdmin(ReadOnlyAdmin):
    list_display = ("gear", "owner", "repair_date", "created_at")
    list_filter = ("currency", "repair_date", "created_at")
    list_select_related = ("gear__owner",)
    search_fields = ("=id", "=gear__id", "gear__owner__email")
    fields = ("id", "gear", "repair_date", "created_at")
    readonly_fields = fields

    @display(description="Owner", ordering="gear__owner")
    def owner(self, repair):
        return repair.gear.owner
