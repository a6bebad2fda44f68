"""The advisors. A default that is changed here changes for everybody who has no version of their own."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from council.admin.deliberations import Kept
from council.models import Persona, PersonaVersion
from council.verbs.personas import revise_persona, voice_of

VOICE = ("name", "role", "system_prompt", "default_model_id", "avatar_emoji", "accent_color")


class Versions(TabularInline):
    model = PersonaVersion
    extra = 0
    can_delete = False
    fields = readonly_fields = ("owner", "name", "role", "updated_at")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Persona)
class PersonaAdmin(ModelAdmin):
    list_display = ("name", "role", "id", "is_default", "owner", "default_model_id", "updated_at")
    list_filter = ("is_default", "default_model_id", "created_at")
    list_select_related = ("owner",)
    search_fields = ("id", "name", "role", "owner__email")
    readonly_fields = ("id", "is_default", "owner", "entity_id", "created_at", "updated_at")
    fields = (*VOICE, *readonly_fields)
    inlines = (Versions,)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        """The words of somebody's own persona are theirs."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_default)

    def save_model(self, request, obj, form, change):
        revise_persona(persona_id=obj.pk, by=request.user, **voice_of(obj))


@admin.register(PersonaVersion)
class PersonaVersionAdmin(Kept):
    list_display = ("name", "persona", "owner", "updated_at")
    list_filter = ("persona", "created_at")
    list_select_related = ("persona", "owner")
    search_fields = ("id", "name", "owner__email")
