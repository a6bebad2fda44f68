from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0004_tell_play_money"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscriptiontier",
            name="vat_bp",
            field=models.PositiveIntegerField(
                default=0, help_text="VAT within the price, in basis points: 1900 is 19 %"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriptiontier",
            constraint=models.CheckConstraint(condition=models.Q(("vat_bp__lte", 10000)), name="tier_vat"),
        ),
    ]
