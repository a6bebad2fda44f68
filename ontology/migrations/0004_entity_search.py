from django.db import migrations, models

from ontology.models import search_words


def install(apps, schema_editor):
    search_words.install(schema_editor.connection)


def remove(apps, schema_editor):
    search_words.remove(schema_editor.connection)


class Migration(migrations.Migration):
    """Full-text search over entities (ontology/models/search_words.py), and the newest of all types from an index."""

    dependencies = [("ontology", "0003_what_creators_make")]
    operations = [
        migrations.AddIndex(
            model_name="entity",
            index=models.Index(
                fields=("-created_at", "-id"), condition=models.Q(deleted_at=None), name="entity_newest"
            ),
        ),
        migrations.RunPython(install, remove),
    ]
