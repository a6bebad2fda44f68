from django.contrib import admin
from unfold.admin import ModelAdmin

from accounts.models import Maintenance
from accounts.verbs.maintenance import set_maintenance


@admin.register(Maintenance)
class MaintenanceAdmin(ModelAdmin):
    list_display = ("__str__", "changed_by", "changed_at")
    list_filter = ("enabled",)
    list_select_related = ("changed_by",)
    search_fields = ("changed_by__email",)
    fields = ("enabled", "changed_by", "changed_at")
    readonly_fields = ("changed_by", "changed_at")

    def save_model(self, request, obj, form, change):
        set_maintenance(enabled=obj.enabled, by=request.user)

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Maintenance.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False
