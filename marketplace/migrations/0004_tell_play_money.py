"""Rows from before say by themselves what they are: the sandbox's own books name the payments that it took."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q


def fill(apps, schema_editor):
    payments = apps.get_model("marketplace", "Payment").objects
    played = apps.get_model("marketplace", "SandboxPayment").objects.filter(pk=OuterRef("provider_id"))
    payments.filter(Exists(played)).update(is_sandbox=True)
    refunds = apps.get_model("marketplace", "Refund").objects
    bare = refunds.filter(payment=OuterRef("pk"), lines=None)
    payments.filter(Q(refund_due=True) | Exists(bare), status="succeeded").update(is_spare=True)

    transfers = apps.get_model("marketplace", "Transfer").objects
    transfers.filter(Exists(payments.filter(order=OuterRef("order"), is_sandbox=True))).update(is_sandbox=True)

    bookings = apps.get_model("marketplace", "LedgerTransaction").objects
    reversals = apps.get_model("marketplace", "TransferReversal").objects
    sources = {
        "payment": payments.filter(is_sandbox=True),
        "transfer": transfers.filter(is_sandbox=True),
        "refund": refunds.filter(payment__is_sandbox=True),
        "reversal": reversals.filter(transfer__is_sandbox=True),
    }
    for name, rows in sources.items():
        keys = {str(key) for key in rows.values_list("pk", flat=True)}
        found = bookings.filter(source_key__startswith=f"{name}:").values_list("pk", "source_key")
        mine = [pk for pk, source in found if source.split(":")[1] in keys]
        for first in range(0, len(mine), 500):
            bookings.filter(pk__in=mine[first : first + 500]).update(is_sandbox=True)

    lines = apps.get_model("marketplace", "OrderLine").objects
    lines.filter(product__kind="physical").update(kind="physical")

    disputes = apps.get_model("marketplace", "Dispute").objects
    for payment in payments.exclude(dispute=""):
        taken = payment.refunded_cents if payment.dispute == "lost" else 0
        disputes.create(payment=payment, provider_id="", status=payment.dispute, taken_cents=taken)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0003_play_money_disputes_and_answers")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
