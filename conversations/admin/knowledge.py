from django.contrib import admin

from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import KnowledgeFile


@admin.register(KnowledgeFile)
class KnowledgeFileAdmin(ReadOnlyAdmin):
    """What became of it; never what it says, and not the file itself."""

    list_display = ("file_name", "user", "file_type", "file_size", "status", "reason", "attempts", "created_at")
    list_filter = ("status", "reason", "file_type", "created_at")
    search_fields = ("file_name", "user__email", "user__name")
    list_select_related = ("user",)
    exclude = ("content", "file", "sha256")
    ordering = ("-id",)  # by birth, on the primary key

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")
