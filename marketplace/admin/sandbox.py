"""The sandboxes' own books, to look at; and what may be rehearsed there: mishaps, disputes, a seller who paid out."""

from django.contrib import admin
from unfold.admin import ModelAdmin
from unfold.decorators import action

from marketplace.admin.acting import each
from marketplace.admin.amounts import MoneyAdmin, amount
from marketplace.models import (
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
)
from marketplace.verbs.sandbox import dispute_sandbox_payment, pay_out_at_sandbox
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(SandboxPayment)
class SandboxPaymentAdmin(MoneyAdmin):
    list_display = ("provider_id", "method", "status", amount("amount_cents"), "created_at")
    list_filter = ("status", "method", "created_at")
    search_fields = ("provider_id", "order_ref")
    actions = ("open_dispute", "win_dispute", "lose_dispute")

    @action(description="Have the buyer's bank dispute it")
    def open_dispute(self, request, rows):
        dispute(request, rows, "opened")

    @action(description="Decide its dispute for us")
    def win_dispute(self, request, rows):
        dispute(request, rows, "won")

    @action(description="Decide its dispute for the buyer")
    def lose_dispute(self, request, rows):
        dispute(request, rows, "lost")


def dispute(request, rows, stage):
    def tell(row):
        event = dispute_sandbox_payment(provider_id=row.pk, stage=stage, by=request.user)
        return f"the webhook is {event.status}"

    each(request, rows, tell)


@admin.register(SandboxRefund)
class SandboxRefundAdmin(MoneyAdmin):
    list_display = ("provider_id", "payment", "status", amount("amount_cents"), "created_at")
    list_filter = ("status", "created_at")
    list_select_related = ("payment",)
    search_fields = ("provider_id", "payment__provider_id")


@admin.register(SandboxAccount)
class SandboxAccountAdmin(ReadOnlyAdmin):
    list_display = ("email", "is_active", "paid_out_cents", "created_at")
    list_filter = ("is_active", "created_at")
    search_fields = ("=id", "email", "key")
    actions = ("pay_out",)

    @action(description="Pay out all that lies on it, to the seller's bank")
    def pay_out(self, request, rows):
        each(request, rows, lambda row: f"{pay_out_at_sandbox(account_id=row.pk, by=request.user)} paid out in all")


@admin.register(SandboxTransfer)
class SandboxTransferAdmin(MoneyAdmin):
    list_display = ("account", amount("amount_cents"), "error", "group", "created_at")
    list_filter = ("error", "currency", "created_at")
    list_select_related = ("account",)
    search_fields = ("=id", "key", "group", "reference", "account__email")


@admin.register(SandboxReversal)
class SandboxReversalAdmin(MoneyAdmin):
    list_display = ("transfer", amount("amount_cents"), "error", "reference", "created_at")
    list_filter = ("error", "created_at")
    list_select_related = ("transfer",)
    search_fields = ("=id", "key", "reference", "transfer__reference")


@admin.register(SandboxMishap)
class SandboxMishapAdmin(ModelAdmin):
    list_display = ("kind", "call", "seconds", "times_left", "created_at")
    list_filter = ("kind", "call", "created_at")
    search_fields = ("kind", "call")
