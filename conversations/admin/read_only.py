"""Staff look here; what people said is changed and removed by the verbs alone."""

from unfold.admin import ModelAdmin, TabularInline


class ReadOnly:
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    list_per_page = 50
    show_full_result_count = False


class ReadOnlyInline(ReadOnly, TabularInline):
    extra = 0
    tab = True
