"""Copies of people's data and departures, to look at: whose they are decides about them."""

from django.contrib import admin

from accounts.models import DataExport, Departure, PrivacyChoice
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    list_display = ("user", "status", "done", "total", "size_bytes", "created_at", "finished_at", "expires_at", "error")
    list_filter = ("status", "created_at", "finished_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "user__name")
    exclude = ("path",)


@admin.register(Departure)
class DepartureAdmin(ReadOnlyAdmin):
    list_display = ("user", "requested_at", "due_at", "cancelled_at", "erased_at")
    list_filter = (("cancelled_at", admin.EmptyFieldListFilter), ("erased_at", admin.EmptyFieldListFilter), "due_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "user__name")


@admin.register(PrivacyChoice)
class PrivacyChoiceAdmin(ReadOnlyAdmin):
    list_display = ("user", "do_not_sell", "changed_at")
    list_filter = ("do_not_sell", "changed_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
