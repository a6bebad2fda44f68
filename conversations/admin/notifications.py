from django.contrib import admin

from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("title", "user", "kind", "created_at", "read_at")
    list_filter = ("kind", ("read_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("title", "key", "user__email", "user__name")
    list_select_related = ("user",)
    ordering = ("-id",)  # by birth, on the primary key
