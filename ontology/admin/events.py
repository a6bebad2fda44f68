from django.contrib import admin

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("type", "actor", "target", "is_private", "timestamp")
    list_filter = ("is_private", "type", "timestamp")
    list_select_related = ("actor", "target")
    search_fields = ("=id", "=actor__id", "=target__id", "actor__name", "target__name")
