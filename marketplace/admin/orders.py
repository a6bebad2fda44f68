from django.contrib import admin
from unfold.admin import TabularInline
from unfold.decorators import display

from marketplace.admin.amounts import MoneyAdmin, ShowsMoney, amount
from marketplace.admin.invoices import paper
from marketplace.models import IdempotencyRecord, Invoice, Order, OrderLine, Payment, Refund, Transfer

TONES = {
    "paid": "success",
    "fulfilled": "success",
    "pending": "warning",
    "canceled": "danger",
    "expired": "danger",
}


class ReadOnlyInline(ShowsMoney, TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = (
        "title",
        "seller",
        "quantity",
        "unit_cents",
        "gross_cents",
        "vat_cents",
        "fee_cents",
        "refunded_cents",
        "fulfilled_at",
        "tracking",
    )


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ("provider_id", "method", "status", "amount_cents", "captured_cents", "refund_due")


class TransferInline(ReadOnlyInline):
    model = Transfer
    fields = ("seller", "status", "gross_cents", "platform_fee_cents", "amount_cents", "retry_count")


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ("amount_cents", "status", "reason", "requested_by", "last_error")


class InvoiceInline(ReadOnlyInline):
    model = Invoice
    fields = ("full_number", "kind", "issued_at", paper)
    readonly_fields = fields


@admin.register(Order)
class OrderAdmin(MoneyAdmin):
    list_display = ("number", "buyer", "state", "total", "created_at", "paid_at")
    list_filter = ("status", "currency", "created_at")
    list_select_related = ("buyer",)
    search_fields = ("=id", "number", "buyer__email", "lines__title")
    inlines = (LineInline, PaymentInline, TransferInline, RefundInline, InvoiceInline)

    @display(description="Status", ordering="status", label=TONES)
    def state(self, order):
        return order.status


@admin.register(OrderLine)
class OrderLineAdmin(MoneyAdmin):
    list_display = ("order", "title", "seller", "quantity", amount("gross_cents"), amount("fee_cents"))
    list_filter = ("order__status", "took_stock")
    list_select_related = ("order", "seller")
    search_fields = ("=id", "title", "order__number", "seller__email")


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(MoneyAdmin):
    list_display = ("route", "user", "key", "order", "locked_until", "created_at")
    list_filter = ("route", "created_at")
    list_select_related = ("user", "order")
    search_fields = ("=key", "user__email", "order__number")
