import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import config.ids
import config.storages
import marketplace.models.licenses


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("marketplace", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="billing",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="name, company, line1, line2, postcode, city, country, vat_id as given",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="fulfilled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="refunded_cents",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="order",
            name="shipping",
            field=models.JSONField(blank=True, default=dict, help_text="where physical goods go, as given"),
        ),
        migrations.AddField(
            model_name="order",
            name="vat_cents",
            field=models.BigIntegerField(default=0, help_text="VAT within the total"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="fulfilled_at",
            field=models.DateTimeField(blank=True, help_text="sent, where it is a physical thing", null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="reversed_cents",
            field=models.BigIntegerField(default=0, help_text="the seller's share of what was given back"),
        ),
        migrations.AddField(
            model_name="orderline",
            name="stock_returned",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="orderline",
            name="tracking",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="orderline",
            name="vat_bp",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="vat_cents",
            field=models.BigIntegerField(default=0, help_text="VAT within the gross amount"),
        ),
        migrations.AddField(
            model_name="payment",
            name="dispute",
            field=models.CharField(
                blank=True, choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], max_length=8
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="saved_method",
            field=models.CharField(blank=True, help_text="the provider's name of the kept card", max_length=200),
        ),
        migrations.AddField(
            model_name="product",
            name="vat_bp",
            field=models.PositiveIntegerField(
                default=0, help_text="VAT within the price, in basis points: 1900 is 19 %"
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="edited_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="sandboxaccount",
            name="paid_out_cents",
            field=models.BigIntegerField(default=0, help_text="what the seller moved on to their own bank"),
        ),
        migrations.AddField(
            model_name="sandboxmishap",
            name="call",
            field=models.CharField(
                choices=[
                    ("transfer", "Transfer"),
                    ("reversal", "Reversal"),
                    ("payment", "Payment"),
                    ("refund", "Refund"),
                ],
                default="transfer",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="sandboxpayment",
            name="keeps_method",
            field=models.BooleanField(default=False, help_text="the card may be charged again"),
        ),
        migrations.AddField(
            model_name="selleraccount",
            name="vat_id",
            field=models.CharField(blank=True, help_text="named on invoices beside what they sold", max_length=20),
        ),
        migrations.AddField(
            model_name="selleraccount",
            name="balance",
            field=models.JSONField(
                blank=True, default=dict, help_text="as last read: {currency: {available, pending}}"
            ),
        ),
        migrations.AddField(
            model_name="selleraccount",
            name="balance_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="selleraccount",
            name="requirements_due",
            field=models.JSONField(
                blank=True, default=list, help_text="what the provider still asks of the seller, in its words"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="total_cents",
            field=models.BigIntegerField(help_text="with VAT"),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="refunded_cents",
            field=models.BigIntegerField(default=0, help_text="given back or on its way back"),
        ),
        migrations.CreateModel(
            name="Cart",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cart",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-updated_at", "-id"),
                "indexes": [
                    models.Index(condition=models.Q(("user", None)), fields=["updated_at"], name="cart_forgotten")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("user", None), ("token_hash", None), _connector="XOR"), name="cart_of_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment_missing", "payment unknown to the provider"),
                            ("payment_amount", "payment with another amount"),
                            ("payment_state", "payment in another state"),
                            ("refund_state", "refund in another state"),
                            ("transfer_missing", "transfer unknown to the provider"),
                            ("transfer_amount", "transfer with another amount"),
                            ("transfer_extra", "transfer that we did not book"),
                            ("day_total", "totals of a day"),
                            ("ledger", "the ledger does not balance"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reference", models.CharField(help_text="the row or day it is about", max_length=120)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("ours_cents", models.BigIntegerField(blank=True, null=True)),
                ("theirs_cents", models.BigIntegerField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("found_at", models.DateTimeField(auto_now_add=True)),
                ("seen_at", models.DateTimeField(auto_now=True, help_text="when it was last found again")),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ("resolution", models.CharField(blank=True, max_length=300)),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-found_at", "-id"),
                "indexes": [models.Index(fields=["-found_at", "-id"], name="difference_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at", None)),
                        fields=("kind", "reference", "currency"),
                        name="difference_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GearItem",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("category", models.CharField(blank=True, max_length=60)),
                ("brand", models.CharField(blank=True, max_length=100)),
                ("model", models.CharField(blank=True, max_length=100)),
                ("serial_number", models.CharField(blank=True, max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("in_use", "In Use"),
                            ("in_repair", "In Repair"),
                            ("lent", "Lent"),
                            ("sold", "Sold"),
                            ("lost", "Lost"),
                        ],
                        default="in_use",
                        max_length=12,
                    ),
                ),
                ("purchase_date", models.DateField(blank=True, null=True)),
                ("purchase_price_cents", models.BigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("warranty_until_date", models.DateField(blank=True, null=True)),
                ("notes", models.TextField(blank=True, max_length=5000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gear", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purchase_price_cents", None),
                            models.Q(("purchase_price_cents__gte", 0), ("purchase_price_cents__lte", 100000000000)),
                            _connector="OR",
                        ),
                        name="gear_price",
                    ),
                    models.CheckConstraint(condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="gear_currency"),
                ],
                "indexes": [models.Index(fields=["owner", "-created_at", "-id"], name="gear_owner_newest")],
            },
        ),
        migrations.CreateModel(
            name="InvoiceSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(choices=[("invoice", "Invoice"), ("credit_note", "Credit Note")], max_length=12),
                ),
                ("next_number", models.PositiveIntegerField(default=1)),
            ],
            options={
                "verbose_name_plural": "invoice series",
                "constraints": [models.UniqueConstraint(fields=("year", "kind"), name="series_once")],
            },
        ),
        migrations.CreateModel(
            name="License",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("seat", models.PositiveSmallIntegerField(default=1)),
                ("key", models.CharField(default=marketplace.models.licenses.new_key, max_length=40, unique=True)),
                (
                    "source",
                    models.CharField(
                        choices=[("purchase", "Purchase"), ("grant", "Grant"), ("gift", "Gift")],
                        default="purchase",
                        max_length=12,
                    ),
                ),
                (
                    "note",
                    models.CharField(blank=True, help_text="why it was given or revoked, for staff", max_length=200),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("revoked", "Revoked")], default="active", max_length=8
                    ),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("download_count", models.PositiveIntegerField(default=0)),
                ("max_downloads", models.PositiveIntegerField(default=50)),
                ("last_download_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "given_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licenses",
                        to="marketplace.orderline",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licenses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="licenses", to="marketplace.product"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("download_count__lte", models.F("max_downloads"))), name="license_downloads"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at", None), ("status", "active")),
                            models.Q(("revoked_at__isnull", False), ("status", "revoked")),
                            _connector="OR",
                        ),
                        name="license_revoked_has_moment",
                    ),
                    models.UniqueConstraint(fields=("order_line", "seat"), name="license_seat_once"),
                ],
                "indexes": [
                    models.Index(fields=["owner", "-created_at", "-id"], name="license_owner_newest"),
                    models.Index(fields=["product", "-created_at", "-id"], name="license_product_newest"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductFile",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(help_text="data, never a path", max_length=255)),
                (
                    "content",
                    models.FileField(
                        help_text="under a name that we made",
                        max_length=200,
                        storage=config.storages.cloud_files,
                        upload_to="",
                    ),
                ),
                ("content_type", models.CharField(help_text="as recognised, not as claimed", max_length=100)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="marketplace.product"
                    ),
                ),
            ],
            options={
                "ordering": ("product", "position", "id"),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size_bytes__gt", 0)), name="product_file_size")
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("provider_id", models.CharField(max_length=64, unique=True)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("review", "Review"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("details", models.TextField(blank=True, max_length=2000)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("is_asked", models.BooleanField(default=False, help_text="whether the provider may have heard of it")),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="marketplace.order"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="marketplace.payment"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="nobody: the platform itself, for a payment whose order could not be kept",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="refund_newest"),
                    models.Index(fields=["status", "-created_at", "-id"], name="refund_status_newest"),
                    models.Index(condition=models.Q(("status", "pending")), fields=["next_try_at"], name="refund_due"),
                    models.Index(fields=["order", "-created_at"], name="refund_order_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="refund_amount")
                ],
            },
        ),
        migrations.CreateModel(
            name="SandboxRefund",
            fields=[
                ("provider_id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("status", models.CharField(default="pending", max_length=24)),
                ("error_message", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refunds",
                        to="marketplace.sandboxpayment",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at",),
                "indexes": [models.Index(fields=["status", "created_at"], name="sandbox_refund_open")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="sandbox_refund_amount")
                ],
            },
        ),
        migrations.CreateModel(
            name="SandboxReversal",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80, unique=True)),
                ("amount_cents", models.BigIntegerField()),
                ("reference", models.CharField(max_length=80)),
                ("error", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reversals",
                        to="marketplace.sandboxtransfer",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="sandbox_reversal_amount")
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionTier",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100, unique=True)),
                ("description", models.CharField(blank=True, max_length=1000)),
                ("price_cents", models.BigIntegerField(help_text="a month, in minor units")),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("features", models.JSONField(blank=True, default=list)),
                ("platforms", models.JSONField(blank=True, default=list)),
                ("ai_answers_a_day", models.PositiveIntegerField(blank=True, null=True)),
                ("knowledge_files", models.PositiveIntegerField(blank=True, null=True)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True, help_text="off: archived; who has it keeps it")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("position", "price_cents", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("price_cents__gte", 0), ("price_cents__lte", 100000000000)),
                        name="tier_price",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageCount",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-day", "id"),
                "constraints": [models.UniqueConstraint(fields=("user", "kind", "day"), name="usage_once")],
            },
        ),
        migrations.CreateModel(
            name="CartItem",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("quantity", models.PositiveSmallIntegerField()),
                (
                    "unit_cents",
                    models.BigIntegerField(help_text="the price that was seen last, to tell that it has changed"),
                ),
                ("currency", models.CharField(max_length=3)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "cart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="marketplace.cart"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="marketplace.product"
                    ),
                ),
            ],
            options={
                "ordering": ("cart", "created_at", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("cart", "product"), name="cart_product_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 99)), name="cart_quantity"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GearDocument",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("invoice", "Invoice"),
                            ("manual", "Manual"),
                            ("warranty", "Warranty"),
                            ("photo", "Photo"),
                            ("insurance", "Insurance"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(help_text="data, never a path", max_length=255)),
                (
                    "content",
                    models.FileField(
                        help_text="under a name that we made",
                        max_length=200,
                        storage=config.storages.cloud_files,
                        upload_to="",
                    ),
                ),
                ("content_type", models.CharField(help_text="as recognised, not as claimed", max_length=100)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "gear",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="marketplace.gearitem"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["gear", "-created_at", "-id"], name="gear_document_newest")],
            },
        ),
        migrations.CreateModel(
            name="GearRepair",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("repair_date", models.DateField()),
                ("description", models.CharField(max_length=2000)),
                ("cost_cents", models.BigIntegerField(default=0)),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("provider", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "gear",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="repairs", to="marketplace.gearitem"
                    ),
                ),
            ],
            options={
                "ordering": ("-repair_date", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cost_cents__gte", 0), ("cost_cents__lte", 100000000000)),
                        name="repair_cost",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="repair_currency"
                    ),
                ],
                "indexes": [models.Index(fields=["gear", "-repair_date", "-id"], name="gear_repair_newest")],
            },
        ),
        migrations.CreateModel(
            name="RefundLine",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("amount_cents", models.BigIntegerField()),
                ("share_cents", models.BigIntegerField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refund_lines",
                        to="marketplace.orderline",
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="marketplace.refund"
                    ),
                ),
            ],
            options={
                "ordering": ("refund", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("refund", "line"), name="refund_line_once"),
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="refund_line_amount"),
                    models.CheckConstraint(
                        condition=models.Q(("share_cents__gte", 0), ("share_cents__lte", models.F("amount_cents"))),
                        name="refund_line_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferReversal",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("completed", "Completed"),
                            ("owed", "owed: the seller had it paid out; taken from later transfers"),
                        ],
                        default="pending",
                        max_length=12,
                    ),
                ),
                ("provider_id", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("attempt_key", models.CharField(blank=True, max_length=80)),
                ("key_since", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("last_error_code", models.CharField(blank=True, max_length=64)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="marketplace.refund"
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="marketplace.transfer"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(condition=models.Q(("status", "pending")), fields=["next_try_at"], name="reversal_due")
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="reversal_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "completed"), _negated=True),
                            ("provider_id__isnull", False),
                            _connector="OR",
                        ),
                        name="reversal_done_has_proof",
                    ),
                    models.UniqueConstraint(fields=("transfer", "refund"), name="reversal_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UserSubscription",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("incomplete", "Incomplete"),
                            ("active", "Active"),
                            ("past_due", "Past Due"),
                            ("canceled", "Canceled"),
                            ("expired", "Expired"),
                        ],
                        default="incomplete",
                        max_length=12,
                    ),
                ),
                ("start_date", models.DateTimeField()),
                ("end_date", models.DateTimeField(help_text="until when it is paid for")),
                ("payment_method", models.CharField(blank=True, max_length=32)),
                (
                    "saved_method",
                    models.CharField(blank=True, help_text="the provider's name of the kept card", max_length=200),
                ),
                (
                    "is_given",
                    models.BooleanField(default=False, help_text="set by an administrator: never charged, not renewed"),
                ),
                ("past_due_since", models.DateTimeField(blank=True, null=True)),
                (
                    "next_charge_at",
                    models.DateTimeField(blank=True, help_text="when it is renewed or tried again", null=True),
                ),
                ("canceled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reminded_for",
                    models.DateTimeField(blank=True, help_text="the end that its holder was reminded of", null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "tier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="marketplace.subscriptiontier",
                    ),
                ),
                (
                    "next_tier",
                    models.ForeignKey(
                        blank=True,
                        help_text="what it is renewed as, where that is another tier",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.subscriptiontier",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["status", "-created_at", "-id"], name="subscription_status_newest"),
                    models.Index(
                        condition=models.Q(("next_charge_at__isnull", False)),
                        fields=["next_charge_at"],
                        name="subscription_due",
                    ),
                    models.Index(
                        condition=models.Q(("status", "expired"), _negated=True),
                        fields=["end_date"],
                        name="subscription_ending",
                    ),
                    models.Index(fields=["user", "-created_at", "-id"], name="subscription_user_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("end_date__gt", models.F("start_date"))), name="subscription_dates"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("incomplete", "active", "past_due"))),
                        fields=("user",),
                        name="subscription_live_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionCharge",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("start", "Start"), ("renewal", "Renewal"), ("upgrade", "Upgrade")], max_length=8
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="what it is for; the same is never charged twice", max_length=120, unique=True
                    ),
                ),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                ("amount_cents", models.BigIntegerField()),
                (
                    "credit_cents",
                    models.BigIntegerField(
                        default=0, help_text="taken off the price for what was not used of the last period"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("paid", "Paid"), ("failed", "Failed")], default="open", max_length=8
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "tier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.subscriptiontier"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="marketplace.usersubscription",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["status", "created_at"], name="charge_status_oldest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_cents__gte", 0), ("credit_cents__gte", 0)), name="charge_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period_end__gt", models.F("period_start"))), name="charge_period"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("invoice", "Invoice"), ("credit_note", "Credit Note")], max_length=12),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("snapshot", models.JSONField()),
                ("issued_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="marketplace.order",
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_note",
                        to="marketplace.refund",
                    ),
                ),
                (
                    "charge",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="marketplace.subscriptioncharge",
                    ),
                ),
            ],
            options={
                "ordering": ("-issued_at", "-id"),
                "indexes": [models.Index(fields=["-issued_at", "-id"], name="invoice_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "year", "number"), name="invoice_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "invoice")), fields=("order",), name="invoice_order_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "invoice")), fields=("charge",), name="invoice_charge_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("order", None), ("charge", None), _connector="XOR"),
                        name="invoice_of_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "invoice"), ("refund", None)),
                            models.Q(("kind", "credit_note"), ("refund__isnull", False)),
                            _connector="OR",
                        ),
                        name="invoice_credit_has_refund",
                    ),
                ],
            },
        ),
        migrations.AlterField(
            model_name="payment",
            name="order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="payments",
                to="marketplace.order",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_cents__gte", 0), ("vat_cents__lte", models.F("total_cents"))), name="order_vat"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded_cents__gte", 0), ("refunded_cents__lte", models.F("total_cents"))),
                name="order_refunded",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat_cents__gte", 0), ("vat_cents__lte", models.F("gross_cents"))), name="line_vat"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reversed_cents__gte", 0),
                    (
                        "reversed_cents__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("gross_cents"), "-", models.F("fee_cents")
                        ),
                    ),
                ),
                name="line_reversed",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(condition=models.Q(("vat_bp__lte", 10000)), name="product_vat"),
        ),
        migrations.AddField(
            model_name="payment",
            name="charge",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="marketplace.subscriptioncharge",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("created", "pending", "processing", "authorized"))),
                fields=("charge",),
                name="payment_live_charge_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("order", None), ("charge", None), _connector="XOR"), name="payment_of_one_thing"
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["status", "kind", "currency", "price_cents", "stock", "rating_score"], name="product_facets"
            ),
        ),
    ]
