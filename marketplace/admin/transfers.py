from django.contrib import admin
from unfold.decorators import action, display

from marketplace.admin.acting import each
from marketplace.models import Transfer
from marketplace.verbs.transfers import retry_transfer
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = (
        "order",
        "seller",
        "amount",
        "platform_fee_cents",
        "state",
        "retry_count",
        "last_error_code",
        "next_retry_at",
        "created_at",
    )
    list_filter = ("status", ("next_retry_at", admin.EmptyFieldListFilter), "currency", "created_at")
    list_select_related = ("order", "seller")
    search_fields = ("=id", "provider_id", "order__number", "seller__email", "seller__name", "last_error_code")
    actions = ("retry",)

    @display(
        description="Status",
        ordering="status",
        label={"completed": "success", "failed": "danger", "blocked": "warning", "processing": "info"},
    )
    def state(self, transfer):
        return transfer.status

    @action(description="Try now")
    def retry(self, request, rows):
        each(request, rows, lambda row: f"now {retry_transfer(transfer_id=row.pk, by=request.user).status}")
