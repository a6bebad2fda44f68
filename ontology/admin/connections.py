from django.contrib import admin, messages
from unfold.decorators import action

from config.errors import DomainError
from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import Connection
from ontology.verbs.connections import delete_connection


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = ("from_entity", "relationship_type", "to_entity", "is_private", "created_at", "deleted_at")
    list_filter = ("is_private", ("deleted_at", admin.EmptyFieldListFilter), "relationship_type", "created_at")
    list_select_related = ("from_entity", "to_entity")
    search_fields = ("=id", "=from_entity__id", "=to_entity__id", "from_entity__name", "to_entity__name")
    actions = ("remove",)

    @action(description="Remove what is selected")
    def remove(self, request, rows):
        for connection in rows:
            try:
                delete_connection(connection_id=connection.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{connection}: {error.message}")
            else:
                messages.success(request, "The connection is removed")
