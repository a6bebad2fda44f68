from django.db import migrations

from conversations.models import passage_words


def install(apps, schema_editor):
    passage_words.install(schema_editor.connection)


def remove(apps, schema_editor):
    passage_words.remove(schema_editor.connection)


class Migration(migrations.Migration):
    """Full-text search over what assistants know (conversations/models/passage_words.py)."""

    dependencies = [("conversations", "0003_clients"), ("ontology", "0010_post_pictures_and_edits")]
    operations = [migrations.RunPython(install, remove)]
