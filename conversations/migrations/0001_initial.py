import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("room", "Room"), ("direct", "Direct"), ("client", "Client"), ("council", "Council")],
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                ("project_id", models.UUIDField(blank=True, help_text="a council's project", null=True)),
                (
                    "mode",
                    models.CharField(
                        blank=True, help_text="how a council advises: quick, second-opinion, brain-trust", max_length=16
                    ),
                ),
                ("direct_key", models.CharField(editable=False, max_length=73, null=True, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("closed", "Closed"), ("pending", "Pending")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("last_seq", models.PositiveBigIntegerField(default=0, editable=False)),
                (
                    "last_message_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="of the opening while nothing was said"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
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
                "ordering": ("-last_message_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "-last_message_at", "-id"],
                        name="conversation_kind_newest",
                    ),
                    models.Index(
                        condition=models.Q(("project_id__isnull", False)),
                        fields=["project_id", "-last_message_at", "-id"],
                        name="conversation_project_newest",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("room", "direct", "client", "council"))),
                        name="conversation_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("active", "closed", "pending"))),
                        name="conversation_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("direct_key__isnull", False), ("kind", "direct")),
                            models.Q(models.Q(("kind", "direct"), _negated=True), ("direct_key", None)),
                            _connector="OR",
                        ),
                        name="conversation_direct_has_key",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("member", "Member")], default="member", max_length=8
                    ),
                ),
                ("last_read_seq", models.PositiveBigIntegerField(default=0, help_text="only ever rises")),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("joined_at", "id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("left_at", None)),
                        fields=["user", "conversation"],
                        name="participant_live_of_user",
                    ),
                    models.Index(fields=["conversation", "joined_at", "id"], name="participant_in_order"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at", None)),
                        fields=("conversation", "user"),
                        name="participant_live_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ("owner", "member"))), name="participant_role_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("left_at", None), ("left_at__gte", models.F("joined_at")), _connector="OR"),
                        name="participant_left_after_joining",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="participants",
            field=models.ManyToManyField(
                related_name="conversations", through="conversations.Participant", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("seq", models.PositiveBigIntegerField(editable=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("user", "User"),
                            ("client", "Client"),
                            ("ai", "Ai"),
                            ("advisor", "Advisor"),
                            ("synthesis", "Synthesis"),
                            ("system", "System"),
                        ],
                        default="user",
                        max_length=9,
                    ),
                ),
                ("content", models.TextField(blank=True)),
                ("client_id", models.CharField(blank=True, max_length=64, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("streaming", "Streaming"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("error", "Error"),
                        ],
                        default="done",
                        max_length=9,
                    ),
                ),
                ("metadata", models.JSONField(blank=True, default=dict)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replies",
                        to="conversations.message",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("conversation", "seq"),
                "indexes": [models.Index(fields=["conversation", "-sent_at", "-id"], name="message_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("conversation", "seq"), name="message_seq_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("client_id__isnull", False)),
                        fields=("conversation", "sender", "client_id"),
                        name="message_sent_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ("user", "client", "ai", "advisor", "synthesis", "system"))),
                        name="message_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("streaming", "done", "stopped", "error"))),
                        name="message_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presences",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "presences",
                "constraints": [models.UniqueConstraint(fields=("conversation", "user"), name="presence_once")],
            },
        ),
    ]
