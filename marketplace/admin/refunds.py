from django.contrib import admin, messages
from unfold.decorators import action, display

from marketplace.admin.acting import each, now_is
from marketplace.admin.amounts import MoneyAdmin, amount
from marketplace.admin.orders import ReadOnlyInline
from marketplace.models import Refund, RefundLine, TransferReversal
from marketplace.verbs.refund_tries import attempt_refund
from marketplace.verbs.reversals import attempt_reversal


class RefundLineInline(ReadOnlyInline):
    model = RefundLine
    fields = ("line", "amount_cents", "share_cents")


class ReversalInline(ReadOnlyInline):
    model = TransferReversal
    fields = ("transfer", "amount_cents", "status", "attempts", "last_error_code", "next_try_at")


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    """Money on its way back. Refunds are asked for on the order's page; what failed can be asked for again there."""

    list_display = (
        "order",
        "amount",
        "state",
        "reason",
        "requested_by",
        "attempts",
        "last_error",
        "next_try_at",
        "created_at",
    )
    list_filter = ("status", "currency", ("requested_by", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("order", "requested_by")
    search_fields = ("=id", "provider_id", "order__number", "order__buyer__email", "reason")
    inlines = (RefundLineInline, ReversalInline)
    actions = ("ask_the_provider",)

    @display(
        description="Status",
        ordering="status",
        label={"succeeded": "success", "failed": "danger", "review": "warning", "pending": "info"},
    )
    def state(self, refund):
        return refund.status

    @action(description="Ask the provider how it stands")
    def ask_the_provider(self, request, rows):
        def ask(row):
            tried = attempt_refund(refund_id=row.pk, by_hand=True)
            return now_is(tried.status) if tried else ("it has ended, or is being asked about", messages.INFO)

        each(request, rows, ask)


@admin.register(RefundLine)
class RefundLineAdmin(MoneyAdmin):
    list_display = ("refund", "line", amount("amount_cents"), amount("share_cents"))
    list_filter = ("refund__status", "refund__currency")
    list_select_related = ("refund__order", "line")
    search_fields = ("=id", "refund__order__number", "line__title")


@admin.register(TransferReversal)
class TransferReversalAdmin(MoneyAdmin):
    """Sellers' shares taken back. `owed` stays the seller's debt and is kept back from what is sent to them next."""

    list_display = (
        "transfer",
        amount("amount_cents"),
        "state",
        "attempts",
        "last_error_code",
        "next_try_at",
        "created_at",
    )
    list_filter = ("status", "currency", "last_error_code", "created_at")
    list_select_related = ("transfer__seller", "transfer__order")
    search_fields = ("=id", "provider_id", "transfer__order__number", "transfer__seller__email")
    actions = ("take_back",)

    @display(
        description="Status",
        ordering="status",
        label={"completed": "success", "owed": "warning", "pending": "info"},
    )
    def state(self, reversal):
        return reversal.status

    @action(description="Try now, where that is due")
    def take_back(self, request, rows):
        def act(row):
            tried = attempt_reversal(reversal_id=row.pk)
            return now_is(tried.status) if tried else ("nothing is due", messages.INFO)

        each(request, rows, act)
