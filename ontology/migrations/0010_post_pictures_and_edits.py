"""A post's picture says what it shows, and a post that was changed says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0009_what_is_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="image_alt",
            field=models.CharField(
                blank=True, default="", help_text="what the picture shows, for whoever does not see it", max_length=500
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="post",
            name="edited_at",
            field=models.DateTimeField(
                blank=True, help_text="when its author last changed what it says or shows", null=True
            ),
        ),
    ]
