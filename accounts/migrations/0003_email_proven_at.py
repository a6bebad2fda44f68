"""When whoever reads the mail of an address is known to hold the account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_accounts_whole"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_proven_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="ways in set up until then are not known to be those of who reads the address's mail",
                null=True,
            ),
        ),
    ]
