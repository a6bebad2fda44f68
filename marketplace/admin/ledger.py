from django.contrib import admin, messages

from config.money import Money
from marketplace.admin.orders import ReadOnlyInline
from marketplace.models import LedgerEntry, LedgerTransaction
from marketplace.queries.ledger import imbalance
from ontology.admin.read_only import ReadOnlyAdmin


class LedgerAdmin(ReadOnlyAdmin):
    """Append-only: nobody changes a booking. Each visit says whether the whole ledger sums to zero."""

    def changelist_view(self, request, extra_context=None):
        wrong = imbalance()
        if wrong:
            off = ", ".join(str(Money(amount, currency)) for currency, amount in wrong.items())
            messages.error(request, f"The ledger is out of balance by {off}. Payments should be stopped and looked at.")
        else:
            messages.success(request, "The ledger balances in every currency.")
        return super().changelist_view(request, extra_context)


class EntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ("account", "amount_cents", "currency")


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(LedgerAdmin):
    list_display = ("source_key", "kind", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("=id", "source_key", "entries__account")
    inlines = (EntryInline,)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LedgerAdmin):
    list_display = ("account", "amount", "transaction")
    list_filter = ("currency", "transaction__kind")
    list_select_related = ("transaction",)
    search_fields = ("account", "transaction__source_key")

    def amount(self, entry):
        return Money(entry.amount_cents, entry.currency)
