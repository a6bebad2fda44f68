from django.contrib import admin, messages
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from config.errors import DomainError
from ontology.models import Entity
from ontology.verbs.entities import delete_entity, update_entity


@admin.register(Entity)
class EntityAdmin(ModelAdmin):
    """Things come to be through their makers; staff may rename, hide and remove them, by the same verbs."""

    list_display = ("name", "type", "state", "is_private", "owner", "created_at", "deleted_at")
    list_filter = ("status", "is_private", ("deleted_at", admin.EmptyFieldListFilter), "type", "created_at")
    list_select_related = ("owner",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=id", "name", "owner__email", "owner__name")
    fields = (
        "name",
        "status",
        "id",
        "type",
        "owner",
        "is_private",
        "properties",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    readonly_fields = fields[2:]
    actions = ("remove",)

    @display(
        description="Status", ordering="status", label={"active": "success", "published": "success", "draft": "info"}
    )
    def state(self, entity):
        return entity.status

    @action(description="Remove what is selected", permissions=["change"])
    def remove(self, request, rows):
        for entity in rows:
            try:
                delete_entity(entity_id=entity.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{entity}: {error.message}")
            else:
                messages.success(request, f"{entity} is removed")

    def save_model(self, request, obj, form, change):
        update_entity(entity_id=obj.pk, name=obj.name, status=obj.status, by=request.user)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.deleted_at is None)

    def has_delete_permission(self, request, obj=None):
        return False
