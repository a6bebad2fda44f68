from django.contrib import admin

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Change


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """The event seam: what was published, in the order it was written."""

    list_display = ("id", "kind", "topics", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("=id", "kind", "topics")
    ordering = ("-id",)
