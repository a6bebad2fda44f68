import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import config.ids
import marketplace.models.orders


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="SandboxAccount",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80, unique=True)),
                ("email", models.EmailField(max_length=254)),
                ("is_active", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("-created_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="SandboxMishap",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refuse", "refuses: balance insufficient"),
                            ("down", "does not answer, nothing happened"),
                            ("lose_answer", "does it, and the answer is lost"),
                            ("sticky", "fails inside, and replays that failure under the same key"),
                            ("slow", "does it, and answers late"),
                        ],
                        max_length=12,
                    ),
                ),
                ("seconds", models.PositiveSmallIntegerField(default=0, help_text="how late, where slow")),
                ("times_left", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("created_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="LedgerTransaction",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "source_key",
                    models.CharField(
                        help_text="what it is for; the same is never booked twice", max_length=120, unique=True
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["-created_at", "-id"], name="ledger_newest")],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(default=marketplace.models.orders.new_number, max_length=16, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("paid", "Paid"),
                            ("fulfilled", "Fulfilled"),
                            ("partially_refunded", "Partially Refunded"),
                            ("refunded", "Refunded"),
                            ("canceled", "Canceled"),
                            ("expired", "Expired"),
                        ],
                        default="pending",
                        max_length=20,
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="why it was not paid, for the buyer", max_length=200),
                ),
                ("currency", models.CharField(max_length=3)),
                ("total_cents", models.BigIntegerField()),
                ("holds_stock", models.BooleanField(default=True, help_text="given back exactly once")),
                ("expires_at", models.DateTimeField()),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["buyer", "-created_at", "-id"], name="order_buyer_newest"),
                    models.Index(fields=["status", "-created_at", "-id"], name="order_status_newest"),
                    models.Index(
                        condition=models.Q(("status", "pending")), fields=["expires_at"], name="order_expiring"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("total_cents__gte", 0)), name="order_total"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ("pending", "canceled", "expired")),
                            ("paid_at__isnull", False),
                            _connector="OR",
                        ),
                        name="order_paid_has_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("route", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("locked_until", models.DateTimeField(null=True)),
                ("answer", models.JSONField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketplace.order",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["created_at"], name="idempotency_oldest")],
                "constraints": [models.UniqueConstraint(fields=("user", "route", "key"), name="idempotency_once")],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("provider_id", models.CharField(max_length=64, unique=True)),
                ("method", models.CharField(max_length=32)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("pending", "Pending"),
                            ("processing", "Processing"),
                            ("authorized", "Authorized"),
                            ("review", "Review"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                            ("succeeded", "Succeeded"),
                        ],
                        default="created",
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("amount_cents", models.BigIntegerField()),
                ("captured_cents", models.BigIntegerField(default=0)),
                ("refunded_cents", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                (
                    "refund_due",
                    models.BooleanField(
                        default=False, help_text="paid, but the order could not be kept: owed to the buyer"
                    ),
                ),
                ("client_secret", models.CharField(blank=True, max_length=200)),
                ("connector_ref", models.CharField(blank=True, max_length=200)),
                ("provider_updated_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="payments", to="marketplace.order"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["status", "created_at"], name="payment_status_oldest"),
                    models.Index(fields=["order", "-created_at"], name="payment_order_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("captured_cents__lte", models.F("amount_cents")),
                            ("refunded_cents__gte", 0),
                            ("refunded_cents__lte", models.F("captured_cents")),
                        ),
                        name="payment_amounts",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("created", "pending", "processing", "authorized"))),
                        fields=("order",),
                        name="payment_live_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, max_length=5000)),
                (
                    "kind",
                    models.CharField(
                        choices=[("digital", "Digital"), ("physical", "Physical")], default="digital", max_length=8
                    ),
                ),
                ("price_cents", models.BigIntegerField(help_text="minor units of the currency")),
                ("currency", models.CharField(default="EUR", max_length=3)),
                ("stock", models.IntegerField(blank=True, help_text="empty: unlimited", null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("track_id", models.UUIDField(blank=True, null=True)),
                ("cover", models.ImageField(blank=True, upload_to="products")),
                ("preview", models.FileField(blank=True, help_text="a short piece to listen to", upload_to="products")),
                ("preview_seconds", models.PositiveIntegerField(blank=True, null=True)),
                ("rating_sum", models.PositiveIntegerField(default=0)),
                ("rating_count", models.PositiveIntegerField(default=0)),
                (
                    "rating_score",
                    models.PositiveIntegerField(default=0, help_text="the average times 100, for ordering"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["status", "-created_at", "-id"], name="product_newest"),
                    models.Index(fields=["status", "price_cents", "id"], name="product_cheapest"),
                    models.Index(fields=["status", "-price_cents", "-id"], name="product_dearest"),
                    models.Index(fields=["status", "-rating_score", "-rating_count", "-id"], name="product_best"),
                    models.Index(fields=["status", "title", "id"], name="product_title"),
                    models.Index(fields=["seller", "-created_at", "-id"], name="product_seller_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("price_cents__gte", 0), ("price_cents__lte", 100000000000)),
                        name="product_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stock", None), ("stock__gte", 0), _connector="OR"), name="product_stock"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="product_currency"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("quantity", models.IntegerField()),
                (
                    "took_stock",
                    models.BooleanField(default=False, help_text="whether the stock was counted when this was ordered"),
                ),
                ("unit_cents", models.BigIntegerField()),
                ("gross_cents", models.BigIntegerField()),
                ("fee_cents", models.BigIntegerField(help_text="this line's part of the platform's fee")),
                ("refunded_cents", models.BigIntegerField(default=0)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="marketplace.order"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sold_lines",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_lines",
                        to="marketplace.product",
                    ),
                ),
            ],
            options={
                "ordering": ("order", "id"),
                "indexes": [models.Index(fields=["seller", "-order"], name="line_seller_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "product"), name="line_product_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="line_quantity"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross_cents",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("unit_cents"), "*", models.F("quantity")
                                ),
                            )
                        ),
                        name="line_gross",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fee_cents__gte", 0), ("fee_cents__lte", models.F("gross_cents"))),
                        name="line_fee",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("refunded_cents__gte", 0), ("refunded_cents__lte", models.F("gross_cents"))
                        ),
                        name="line_refunded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("rating", models.PositiveSmallIntegerField()),
                ("comment", models.TextField(blank=True, max_length=2000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="marketplace.order"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="marketplace.product"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["product", "-created_at", "-id"], name="review_product_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "buyer"), name="review_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rating__gte", 1), ("rating__lte", 5)), name="review_rating"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SandboxPayment",
            fields=[
                ("provider_id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("order_ref", models.CharField(max_length=64)),
                ("method", models.CharField(max_length=32)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("status", models.CharField(default="processing", max_length=24)),
                ("error_message", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("-created_at",),
                "indexes": [models.Index(fields=["status", "created_at"], name="sandbox_payment_open")],
            },
        ),
        migrations.CreateModel(
            name="SandboxTransfer",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=80, unique=True)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("group", models.CharField(max_length=80)),
                ("reference", models.CharField(max_length=80)),
                ("error", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transfers",
                        to="marketplace.sandboxaccount",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["group"], name="sandbox_transfer_group")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="sandbox_transfer_amount")
                ],
            },
        ),
        migrations.CreateModel(
            name="SellerAccount",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("provider_id", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("transfers_active", models.BooleanField(default=False)),
                ("default_currency", models.CharField(default="EUR", max_length=3)),
                ("connected_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seller_account",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("transfers_active", False), ("provider_id__isnull", False), _connector="OR"
                        ),
                        name="seller_active_has_account",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("gross_cents", models.BigIntegerField()),
                ("platform_fee_cents", models.BigIntegerField()),
                (
                    "fee_bp",
                    models.PositiveIntegerField(help_text="the fee's rate in basis points when the order was paid"),
                ),
                (
                    "debt_offset_cents",
                    models.BigIntegerField(default=0, help_text="kept back for what the seller owes"),
                ),
                ("amount_cents", models.BigIntegerField()),
                ("reversed_cents", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("processing", "Processing"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("blocked", "Blocked"),
                            ("canceled", "Canceled"),
                            ("partially_reversed", "Partially Reversed"),
                            ("reversed", "Reversed"),
                        ],
                        default="pending",
                        max_length=20,
                    ),
                ),
                ("retry_count", models.PositiveIntegerField(default=0)),
                (
                    "tries_spent",
                    models.PositiveIntegerField(default=0, help_text="of the budget; a retry by hand starts it anew"),
                ),
                ("next_retry_at", models.DateTimeField(blank=True, null=True)),
                ("retried_at", models.DateTimeField(blank=True, help_text="last retry by hand", null=True)),
                ("attempted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "attempt_key",
                    models.CharField(blank=True, help_text="what makes a repeated call one transfer", max_length=80),
                ),
                (
                    "key_since",
                    models.DateTimeField(
                        blank=True, help_text="first use of the key; providers keep it 24 hours", null=True
                    ),
                ),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("provider_id", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("last_error_code", models.CharField(blank=True, max_length=64)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="marketplace.order"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="transfer_newest"),
                    models.Index(fields=["seller", "-created_at", "-id"], name="transfer_seller_newest"),
                    models.Index(fields=["status", "-created_at", "-id"], name="transfer_status_newest"),
                    models.Index(
                        condition=models.Q(("status__in", ("pending", "failed", "processing"))),
                        fields=["next_retry_at"],
                        name="transfer_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "seller"), name="transfer_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount_cents",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("gross_cents"), "-", models.F("platform_fee_cents")
                                    ),
                                    "-",
                                    models.F("debt_offset_cents"),
                                ),
                            ),
                            ("amount_cents__gte", 0),
                        ),
                        name="transfer_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reversed_cents__gte", 0), ("reversed_cents__lte", models.F("amount_cents"))
                        ),
                        name="transfer_reversed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ("completed", "partially_reversed", "reversed")), _negated=True),
                            ("provider_id__isnull", False),
                            _connector="OR",
                        ),
                        name="transfer_sent_has_proof",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("provider", models.CharField(default="hyperswitch", max_length=32)),
                ("event_id", models.CharField(max_length=128)),
                ("type", models.CharField(max_length=64)),
                ("body", models.TextField(help_text="as it was signed")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("processed", "Processed"),
                            ("unmatched", "Unmatched"),
                            ("ignored", "Ignored"),
                            ("failed", "Failed"),
                            ("dead", "Dead"),
                        ],
                        default="new",
                        max_length=12,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("processed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-received_at", "-id"),
                "indexes": [
                    models.Index(fields=["status", "received_at"], name="webhook_status_oldest"),
                    models.Index(fields=["-received_at", "-id"], name="webhook_newest"),
                ],
                "constraints": [models.UniqueConstraint(fields=("provider", "event_id"), name="webhook_event_once")],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("account", models.CharField(max_length=64)),
                ("amount_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "transaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="marketplace.ledgertransaction",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "ledger entries",
                "ordering": ("transaction", "id"),
                "indexes": [models.Index(fields=["account", "currency"], name="ledger_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_cents", 0), _negated=True), name="ledger_not_zero"
                    )
                ],
            },
        ),
    ]
