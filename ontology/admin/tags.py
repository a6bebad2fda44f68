from django.contrib import admin

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Tag


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ("key", "value", "entity", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("entity",)
    search_fields = ("key", "value", "=entity__id", "entity__name")
