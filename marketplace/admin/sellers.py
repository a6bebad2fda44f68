from django.contrib import admin, messages
from unfold.decorators import action, display

from marketplace.admin.acting import each
from marketplace.models import SellerAccount
from marketplace.verbs.sellers import refresh_account
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(SellerAccount)
class SellerAccountAdmin(ReadOnlyAdmin):
    list_display = (
        "user",
        "provider_id",
        "transfers_active",
        "asked",
        "default_currency",
        "balance_at",
        "connected_at",
        "updated_at",
    )
    list_filter = ("transfers_active", ("provider_id", admin.EmptyFieldListFilter), "default_currency", "created_at")
    list_select_related = ("user",)
    search_fields = ("provider_id", "user__email", "user__name")
    actions = ("read_again",)

    @display(description="Asked of the seller")
    def asked(self, account):
        return ", ".join(account.requirements_due) or "-"

    @action(description="Read again at the provider")
    def read_again(self, request, rows):
        def read(row):
            account = refresh_account(user_id=row.user_id)
            return "can be paid" if account.transfers_active else ("cannot be paid yet", messages.WARNING)

        each(request, rows, read)
