from django.contrib import admin
from django.utils.html import format_html_join

from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import AssistantTurn


@admin.register(AssistantTurn)
class AssistantTurnAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "status", "reason", "engine", "attempts", "created_at", "ended_at")
    list_filter = ("status", "reason", "engine", "created_at")
    search_fields = ("id", "conversation__id", "conversation__title", "conversation__created_by__email")
    list_select_related = ("conversation",)
    ordering = ("-id",)  # by birth, on the primary key
    exclude = ("passages",)
    readonly_fields = ("passages_used",)

    @admin.display(description="passages used")
    def passages_used(self, turn):
        """Where they stand and what they said then."""
        rows = ((one["file_name"], one["page"] or "-", one["text"]) for one in turn.passages)
        return format_html_join("", "<p><strong>{}</strong>, page {}<br>{}</p>", rows) or "-"
