from django.contrib import admin
from unfold.decorators import action, display

from marketplace.admin.acting import each, now_is
from marketplace.admin.amounts import MoneyAdmin, amount
from marketplace.models import Transfer
from marketplace.queries.transfers import ASKABLE, explained, waiting_for, why_unpaid
from marketplace.verbs.transfers import retry_transfer


class WaitsFor(admin.SimpleListFilter):
    title = "waits for"
    parameter_name = "waits_for"

    def lookups(self, request, model_admin):
        return [(whom, whom) for whom in ASKABLE]

    def queryset(self, request, rows):
        return waiting_for(rows, self.value()) if self.value() in ASKABLE else rows


@admin.register(Transfer)
class TransferAdmin(MoneyAdmin):
    list_display = (
        "order",
        "seller",
        "amount",
        amount("platform_fee_cents"),
        "state",
        "why",
        "asked_of",
        "retry_count",
        "next_try",
        "created_at",
    )
    list_filter = (
        "status",
        WaitsFor,
        "is_sandbox",
        "last_error_code",
        ("next_retry_at", admin.EmptyFieldListFilter),
        "currency",
        "created_at",
    )
    list_select_related = ("order", "seller")
    search_fields = ("=id", "provider_id", "order__number", "seller__email", "seller__name", "last_error_code")
    readonly_fields = ("why", "asked_of", "next_try")
    actions = ("retry",)

    def get_queryset(self, request):
        return explained(super().get_queryset(request))

    @display(
        description="Status",
        ordering="status",
        label={"completed": "success", "failed": "danger", "blocked": "warning", "processing": "info"},
    )
    def state(self, transfer):
        return transfer.status

    @display(description="Why it is not paid")
    def why(self, transfer):
        return why_unpaid(transfer).asked_what or "-"

    @display(description="Waits for")
    def asked_of(self, transfer):
        return why_unpaid(transfer).asked_of or "-"

    @display(description="Next try", ordering="next_retry_at")
    def next_try(self, transfer):
        return why_unpaid(transfer).next_try_at

    @action(description="Try now")
    def retry(self, request, rows):
        each(request, rows, lambda row: now_is(retry_transfer(transfer_id=row.pk, by=request.user).status))
