import json

from django.contrib import admin

from config.errors import Unavailable
from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import Integration
from conversations.queries.integrations import masked_config


@admin.register(Integration)
class IntegrationAdmin(ReadOnlyAdmin):
    """Whoever works here sees what is connected and whether it works; secrets are masked for them too."""

    list_display = ("user", "type", "status", "is_connected", "tested_at", "updated_at")
    list_filter = ("type", "status", "is_connected", "updated_at")
    search_fields = ("id", "user__email", "user__name")
    list_select_related = ("user",)
    ordering = ("-id",)  # by birth, on the primary key
    fields = (
        *("user", "type", "masked", "status"),
        *("tested_at", "is_connected", "test_code", "test_message", "created_at", "updated_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).defer("config")

    @admin.display(description="config")
    def masked(self, integration):
        try:
            return json.dumps(masked_config(integration), ensure_ascii=False)
        except Unavailable as error:
            return error.message
