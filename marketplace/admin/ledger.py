from django.contrib import admin, messages
from unfold.decorators import display

from accounts.models import User
from config.ids import lookup_id
from config.money import Money
from marketplace.admin.amounts import MoneyAdmin, amount
from marketplace.admin.orders import ReadOnlyInline
from marketplace.models import LedgerEntry, LedgerTransaction
from marketplace.queries.ledger import imbalance

SELLER = "seller:"


class LedgerAdmin(MoneyAdmin):
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
    hide_title = True
    fields = ("whose", "amount_cents")
    readonly_fields = ("whose",)

    @display(description="Account")
    def whose(self, entry):
        return whose_of([entry])[entry.account]


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(LedgerAdmin):
    list_display = ("source_key", "kind", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("=id", "source_key", "entries__account")
    inlines = (EntryInline,)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(LedgerAdmin):
    list_display = ("whose", amount("amount_cents"), "transaction")
    list_filter = ("currency", "transaction__kind")
    list_select_related = ("transaction",)
    search_fields = ("account", "transaction__source_key")

    def get_changelist_instance(self, request):
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        names = whose_of(found.result_list)
        for entry in found.result_list:
            entry.whose = names[entry.account]
        return found

    @display(description="Account", ordering="account")
    def whose(self, entry):
        return entry.whose


def whose_of(entries):
    """By account, what it is called: a seller's by their name. One query."""
    sellers = {entry.account: lookup_id(entry.account.removeprefix(SELLER)) for entry in entries}
    people = User.objects.in_bulk([key for account, key in sellers.items() if key and account.startswith(SELLER)])
    return {account: f"Seller {people[key]}" if key in people else account for account, key in sellers.items()}
