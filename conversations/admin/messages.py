from django.contrib import admin
from django.template.defaultfilters import truncatechars

from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "seq", "sender", "role", "status", "beginning", "sent_at")
    list_filter = ("role", "status", "conversation__kind", "sent_at")
    search_fields = ("id", "content", "sender__email", "sender__name", "conversation__title")
    list_select_related = ("conversation", "sender")
    ordering = ("-id",)  # by birth, on the primary key

    @admin.display(description="content")
    def beginning(self, message):
        return truncatechars(message.content, 60)
