import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """An import may say when a thing came to be. The database knows nothing of such defaults and stays as it is."""

    dependencies = [("ontology", "0005_files_and_tag_names")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name=model,
                    name="created_at",
                    field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
                )
                for model in ("entity", "connection")
            ]
        )
    ]
