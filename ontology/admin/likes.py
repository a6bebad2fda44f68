from django.contrib import admin

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Like


@admin.register(Like)
class LikeAdmin(ReadOnlyAdmin):
    list_display = ("user", "entity", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("user", "entity")
    search_fields = ("=id", "=entity__id", "entity__name", "user__email", "user__name")
