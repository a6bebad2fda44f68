"""What verbs alone write: staff look at it, search it and filter it."""

from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    list_per_page = 50
    # Counting a whole history only to say its size is a scan on every page.
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
