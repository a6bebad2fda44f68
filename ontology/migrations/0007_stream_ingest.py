from django.db import migrations, models


class Migration(migrations.Migration):
    """Who publishes a live stream, and when its ingest server was last heard of."""

    dependencies = [("ontology", "0006_given_moments")]
    operations = [
        migrations.AddField(
            model_name="livestream",
            name="ingest_id",
            field=models.CharField(blank=True, default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="livestream",
            name="heard_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="livestream",
            index=models.Index(condition=models.Q(("is_live", True)), fields=["heard_at"], name="stream_on_air_heard"),
        ),
    ]
