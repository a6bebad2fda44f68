from django.db import migrations, models


class Migration(migrations.Migration):
    """What was tagged last comes from an index, however many things have the tag."""

    dependencies = [("ontology", "0007_stream_ingest")]
    operations = [
        migrations.RemoveIndex(model_name="tag", name="tag_key_value"),
        migrations.AddIndex(
            model_name="tag", index=models.Index(fields=["key", "value", "-created_at", "-id"], name="tag_newest")
        ),
    ]
