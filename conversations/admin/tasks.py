from django.contrib import admin

from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import Task


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "user", "status", "priority", "platform", "due_date", "created_at", "deleted_at")
    list_filter = ("status", "priority", "platform", ("deleted_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("id", "description", "client_name", "user__email", "user__name")
    list_select_related = ("user",)
    ordering = ("-id",)  # by birth, on the primary key
