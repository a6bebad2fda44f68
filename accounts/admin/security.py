"""The two histories: what happened to accounts, and who asked for what."""

from django.contrib import admin
from unfold.decorators import display

from accounts.models import AuditEntry, SecurityEvent
from accounts.queries.devices import device
from ontology.admin.read_only import ReadOnlyAdmin

COLOURS = {"low": "info", "medium": "warning", "high": "danger", "critical": "danger"}


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "type", "how_bad", "user", "ip", "details", "source")
    list_filter = ("severity", "type", "source", "at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "user__name", "=ip", "details", "context")
    fields = ("at", "type", "severity", "user", "ip", "user_agent", "details", "source", "context")

    @display(description="Severity", label=COLOURS, ordering="severity")
    def how_bad(self, event):
        return event.severity


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "method", "action", "resource", "status", "ip", "device")
    list_filter = ("method", "status", "at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name", "=ip", "=resource", "action", "=session_id", "=api_key_id")
    fields = (
        "at",
        "user",
        "method",
        "action",
        "resource",
        "status",
        "ip",
        "user_agent",
        "session_id",
        "api_key_id",
    )

    @display(description="Device")
    def device(self, entry):
        return device(entry.user_agent)
