from django.contrib import admin

from conversations.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from conversations.models import ClientIdentity, ClientThread


class IdentityInline(ReadOnlyInline):
    model = ClientIdentity
    fields = ("account", "kind", "value")


@admin.register(ClientThread)
class ClientThreadAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "platform",
        "account",
        "client_company",
        "assignee",
        "waiting_since",
        "is_ai_paused",
        "is_flagged",
    )
    list_filter = (
        "platform",
        "conversation__status",
        "is_ai_paused",
        "is_flagged",
        ("waiting_since", admin.EmptyFieldListFilter),
        ("account", admin.EmptyFieldListFilter),
    )
    search_fields = (
        "conversation__id",
        "client_name",
        "client_company",
        "assignee__email",
        "conversation__created_by__email",
    )
    list_select_related = ("account", "assignee")
    ordering = ("-conversation_id",)  # by birth, on the primary key
    inlines = (IdentityInline,)
