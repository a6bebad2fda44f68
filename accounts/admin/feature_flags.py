from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from accounts.models import FeatureFlag
from accounts.verbs.feature_flags import checked_name, remove_flag, set_flag
from config.errors import DomainError


class FlagForm(ModelForm):
    def clean_name(self):
        try:
            return checked_name(self.cleaned_data["name"])
        except DomainError as error:
            raise ValidationError(error.message) from None


@admin.register(FeatureFlag)
class FeatureFlagAdmin(ModelAdmin):
    form = FlagForm
    list_display = ("name", "state", "description", "changed_by", "changed_at")
    list_filter = ("enabled", "for_staff", "changed_at")
    list_select_related = ("changed_by",)
    search_fields = ("name", "description", "changed_by__email")
    fields = ("name", "description", "enabled", "for_staff", "changed_by", "changed_at")
    readonly_fields = ("changed_by", "changed_at")
    actions = ("switch_on", "switch_off", "remove")

    @display(description="State", ordering="enabled", label={"on": "success", "staff": "info", "off": "warning"})
    def state(self, flag):
        return "on" if flag.enabled else "staff" if flag.for_staff else "off"

    def get_readonly_fields(self, request, obj=None):
        """Code asks by name: a flag under another one is another flag."""
        return ("name", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request, obj, form, change):
        set_flag(
            name=obj.name,
            enabled=obj.enabled,
            for_staff=obj.for_staff,
            description=obj.description,
            by=request.user,
        )

    def has_delete_permission(self, request, obj=None):
        """Flags go by the action below, which leaves a line in the audit log."""
        return False

    @action(description="Switch on for everybody", permissions=["change"])
    def switch_on(self, request, rows):
        self.for_each(request, rows, lambda flag: set_flag(name=flag.name, enabled=True, by=request.user), "is on")

    @action(description="Switch off", permissions=["change"])
    def switch_off(self, request, rows):
        self.for_each(request, rows, lambda flag: set_flag(name=flag.name, enabled=False, by=request.user), "is off")

    @action(description="Remove: whoever asks for it finds it off", permissions=["change"])
    def remove(self, request, rows):
        self.for_each(request, rows, lambda flag: remove_flag(name=flag.name, by=request.user), "is removed")

    @staticmethod
    def for_each(request, rows, verb, words):
        for flag in rows:
            try:
                verb(flag)
            except DomainError as error:
                messages.error(request, f"{flag}: {error.message}")
            else:
                messages.success(request, f"{flag} {words}")
