from django.contrib import admin

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import GraphTransfer


@admin.register(GraphTransfer)
class GraphTransferAdmin(ReadOnlyAdmin):
    """Bulk imports and exports, how far each is, and which line one failed at."""

    list_display = ("created_at", "user", "kind", "status", "done_lines", "total_lines", "failed_line", "error")
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "user__name", "error")
