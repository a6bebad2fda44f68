"""The index of full-text search keeps words of what was deleted until its pieces are joined; here they are joined at once."""

from django.db import connection


def forget_deleted_words() -> None:
    """Called where somebody's data must be gone for good. PostgreSQL keeps no words beside the row."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO ontology_entity_search(ontology_entity_search) VALUES('optimize')")
