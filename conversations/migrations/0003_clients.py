import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.encrypted
import config.ids
import config.storages
import conversations.models.knowledge


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("conversations", "0002_notification"),
    ]

    operations = [
        migrations.CreateModel(
            name="KnowledgeFile",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("file_name", models.CharField(max_length=255)),
                ("file_size", models.PositiveBigIntegerField()),
                (
                    "file_type",
                    models.CharField(choices=[("pdf", "Pdf"), ("docx", "Docx"), ("txt", "Txt")], max_length=4),
                ),
                (
                    "file",
                    models.FileField(
                        max_length=200,
                        storage=config.storages.cloud_files,
                        upload_to=conversations.models.knowledge.stored_at,
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("ready", "Ready"), ("failed", "Failed")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="why no text could be taken out", max_length=40)),
                ("content", models.TextField(blank=True)),
                ("page_count", models.PositiveIntegerField(blank=True, null=True)),
                ("passage_count", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="knowledge_files",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["user", "-created_at", "-id"], name="knowledge_file_of_user"),
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["created_at"], name="knowledge_file_due"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("file_type__in", ("pdf", "docx", "txt"))), name="knowledge_file_type_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("waiting", "ready", "failed"))),
                        name="knowledge_file_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Passage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.PositiveIntegerField()),
                ("page", models.PositiveIntegerField(blank=True, null=True)),
                ("text", models.TextField()),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the text: the same twice in one account is one passage", max_length=64
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="conversations.knowledgefile",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("file", "position"),
                "constraints": [
                    models.UniqueConstraint(fields=("file", "position"), name="passage_position_once"),
                    models.UniqueConstraint(fields=("user", "digest"), name="passage_text_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlatformAccount",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "platform",
                    models.CharField(
                        choices=[("facebook", "Facebook"), ("instagram", "Instagram"), ("whatsapp", "WhatsApp")],
                        max_length=9,
                    ),
                ),
                (
                    "external_id",
                    models.CharField(
                        help_text="the page's id, the Instagram account's id, or WhatsApp's phone_number_id",
                        max_length=64,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "is_unclaimed",
                    models.BooleanField(default=False, help_text="made by a webhook; nobody has connected it yet"),
                ),
                ("is_sandbox", models.BooleanField(default=False, help_text="what is sent stays here")),
                ("access_token", config.encrypted.EncryptedJSONField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("connected", "Connected"),
                            ("broken", "needs attention"),
                            ("disconnected", "Disconnected"),
                        ],
                        default="connected",
                        max_length=12,
                    ),
                ),
                (
                    "problem",
                    models.CharField(blank=True, help_text="why it needs attention, in our words", max_length=300),
                ),
                ("answers_by_ai", models.BooleanField(default=False, help_text="the assistant answers clients here")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="platform_accounts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("platform", "name", "id"),
                "indexes": [models.Index(fields=["owner", "platform"], name="platform_account_of_owner")],
                "constraints": [
                    models.UniqueConstraint(fields=("platform", "external_id"), name="platform_account_once"),
                    models.CheckConstraint(
                        condition=models.Q(("platform__in", ["facebook", "instagram", "whatsapp"])),
                        name="platform_account_platform_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("connected", "broken", "disconnected"))),
                        name="platform_account_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="delivery",
                        serialize=False,
                        to="conversations.message",
                    ),
                ),
                ("external_id", models.CharField(blank=True, max_length=255, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("pending", "Pending"),
                            ("sent", "Sent"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                        ],
                        max_length=9,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error_text", models.CharField(blank=True, help_text="in our words", max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("is_unknown", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="conversations.platformaccount",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "pending")), fields=["next_try_at"], name="delivery_due"
                    ),
                    models.Index(fields=["account", "created_at"], name="delivery_of_account"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "external_id"), name="delivery_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ("received", "pending", "sent", "delivered", "read", "failed"))
                        ),
                        name="delivery_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "pending"), _negated=True),
                            ("next_try_at__isnull", False),
                            _connector="OR",
                        ),
                        name="delivery_pending_has_next_try",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientThread",
            fields=[
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="client_thread",
                        serialize=False,
                        to="conversations.conversation",
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        choices=[("facebook", "Facebook"), ("instagram", "Instagram"), ("whatsapp", "WhatsApp")],
                        max_length=9,
                    ),
                ),
                ("lead_id", models.UUIDField(default=config.ids.new_id, editable=False, unique=True)),
                ("client_name", models.CharField(blank=True, max_length=120)),
                ("client_company", models.CharField(blank=True, max_length=120)),
                ("client_wrote_at", models.DateTimeField(blank=True, null=True)),
                ("reply_until", models.DateTimeField(blank=True, null=True)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("is_ai_paused", models.BooleanField(default=False)),
                ("ai_answered_seq", models.PositiveBigIntegerField(default=0, help_text="only ever rises")),
                (
                    "is_flagged",
                    models.BooleanField(default=False, help_text="it came to an account that nobody has connected"),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assigned_threads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="threads",
                        to="conversations.platformaccount",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["platform", "conversation"], name="client_thread_of_platform"),
                    models.Index(
                        condition=models.Q(("waiting_since__isnull", False)),
                        fields=["waiting_since"],
                        name="client_thread_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("platform__in", ["facebook", "instagram", "whatsapp"])),
                        name="client_thread_platform_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientIdentity",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("psid", "Psid"), ("igsid", "Igsid"), ("wa_id", "Wa Id"), ("bsuid", "Bsuid")],
                        max_length=5,
                    ),
                ),
                ("value", models.CharField(max_length=128)),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to="conversations.clientthread",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to="conversations.platformaccount",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "client identities",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "kind", "value"), name="client_identity_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("psid", "igsid", "wa_id", "bsuid"))),
                        name="client_identity_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("description", models.CharField(max_length=2000)),
                (
                    "status",
                    models.CharField(
                        choices=[("todo", "to do"), ("in_progress", "in progress"), ("done", "Done")],
                        default="todo",
                        max_length=11,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("low", "Low"), ("medium", "Medium"), ("high", "High")], default="medium", max_length=6
                    ),
                ),
                (
                    "platform",
                    models.CharField(
                        blank=True,
                        choices=[("facebook", "Facebook"), ("instagram", "Instagram"), ("whatsapp", "WhatsApp")],
                        max_length=9,
                    ),
                ),
                ("client_name", models.CharField(blank=True, max_length=120)),
                ("due_date", models.DateField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["user", "-created_at", "-id"],
                        name="task_of_user_newest",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["user", "status", "-created_at", "-id"],
                        name="task_of_user_status",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("todo", "in_progress", "done"))), name="task_status_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("priority__in", ("low", "medium", "high"))), name="task_priority_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("platform__in", ("", "facebook", "instagram", "whatsapp"))),
                        name="task_platform_named",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitingReceipt",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("external_id", models.CharField(max_length=255)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("pending", "Pending"),
                            ("sent", "Sent"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                        ],
                        max_length=9,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_receipts",
                        to="conversations.platformaccount",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="waiting_receipt_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "external_id", "status"), name="waiting_receipt_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AssistantTurn",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("upto_seq", models.PositiveBigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("answered", "Answered"),
                            ("handed_over", "handed over"),
                            ("dropped", "Dropped"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=11,
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="why it was handed over, dropped or failed", max_length=40),
                ),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("engine", models.CharField(blank=True, max_length=80)),
                ("passages", models.JSONField(blank=True, default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.message",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assistant_turns",
                        to="conversations.conversation",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ("waiting", "running"))),
                        fields=["due_at"],
                        name="assistant_turn_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("waiting", "running"))),
                        fields=("conversation",),
                        name="assistant_turn_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ("waiting", "running", "answered", "handed_over", "dropped", "failed"))
                        ),
                        name="assistant_turn_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InboxSettings",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "default_owner",
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
                "verbose_name": "inbox settings",
                "verbose_name_plural": "inbox settings",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="inbox_settings_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Integration",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("slack", "Slack"),
                            ("email", "Email"),
                            ("hubspot", "HubSpot"),
                            ("postgresql", "PostgreSQL"),
                        ],
                        max_length=10,
                    ),
                ),
                ("config", config.encrypted.EncryptedJSONField()),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("error", "Error")], default="active", max_length=6
                    ),
                ),
                ("tested_at", models.DateTimeField(blank=True, null=True)),
                ("is_connected", models.BooleanField(blank=True, null=True)),
                ("test_code", models.CharField(blank=True, max_length=40)),
                ("test_message", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="integrations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "type"), name="integration_once"),
                    models.CheckConstraint(
                        condition=models.Q(("type__in", ("slack", "email", "hubspot", "postgresql"))),
                        name="integration_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("active", "error"))), name="integration_status_known"
                    ),
                ],
            },
        ),
    ]
