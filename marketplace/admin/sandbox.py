"""The sandboxes' own books, to look at; and mishaps, which staff may order to rehearse what goes wrong."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from marketplace.models import SandboxAccount, SandboxMishap, SandboxPayment, SandboxTransfer
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(SandboxPayment)
class SandboxPaymentAdmin(ReadOnlyAdmin):
    list_display = ("provider_id", "method", "status", "amount_cents", "currency", "created_at")
    list_filter = ("status", "method", "created_at")
    search_fields = ("provider_id", "order_ref")


@admin.register(SandboxAccount)
class SandboxAccountAdmin(ReadOnlyAdmin):
    list_display = ("email", "is_active", "created_at")
    list_filter = ("is_active", "created_at")
    search_fields = ("=id", "email", "key")


@admin.register(SandboxTransfer)
class SandboxTransferAdmin(ReadOnlyAdmin):
    list_display = ("account", "amount_cents", "currency", "error", "group", "created_at")
    list_filter = ("error", "currency", "created_at")
    list_select_related = ("account",)
    search_fields = ("=id", "key", "group", "reference", "account__email")


@admin.register(SandboxMishap)
class SandboxMishapAdmin(ModelAdmin):
    list_display = ("kind", "seconds", "times_left", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("kind",)
