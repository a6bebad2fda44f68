"""Events remember who told them; a transfer remembers its latest progress."""

from django.db import migrations, models


def keep(apps, schema_editor):
    """What was told until now was told by Stoa, nearly all of it; who wrote by hand was not asked for."""
    apps.get_model("ontology", "Event").objects.update(is_kept=True)


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0008_tag_newest"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="is_kept",
            field=models.BooleanField(
                default=False, editable=False, help_text="told by a part of Stoa that did it, not noted by hand"
            ),
        ),
        migrations.AddField(
            model_name="graphtransfer",
            name="attempts_before",
            field=models.PositiveSmallIntegerField(default=0, help_text="its latest progress"),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
