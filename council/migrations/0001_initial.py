import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.ids
import council.models.personas


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("conversations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deliberation",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("error", "Error"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0, editable=False)),
                ("last_attempt", models.PositiveIntegerField(default=3, help_text="after this one it is given up")),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("stop_requested_at", models.DateTimeField(blank=True, null=True)),
                ("error_code", models.CharField(blank=True, max_length=32)),
                (
                    "error_stage",
                    models.CharField(
                        blank=True, choices=[("advisor", "Advisor"), ("synthesis", "Synthesis")], max_length=9
                    ),
                ),
                ("error_seat", models.CharField(blank=True, help_text="the persona that was speaking", max_length=64)),
                (
                    "queued_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="when its id was last handed to the queue"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliberations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliberations",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliberation",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["conversation", "-created_at", "-id"], name="deliberation_newest"),
                    models.Index(
                        condition=models.Q(("status__in", ("queued", "running"))),
                        fields=["lease_until"],
                        name="deliberation_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("queued", "running"))),
                        fields=("conversation",),
                        name="deliberation_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("queued", "running", "done", "stopped", "error"))),
                        name="deliberation_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempt__lte", models.F("last_attempt"))),
                        name="deliberation_attempts_bounded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Persona",
            fields=[
                ("name", models.CharField(max_length=80)),
                ("role", models.CharField(max_length=120)),
                ("system_prompt", models.TextField(max_length=8000)),
                ("default_model_id", models.CharField(max_length=120)),
                ("avatar_emoji", models.CharField(blank=True, max_length=16)),
                (
                    "accent_color",
                    models.CharField(
                        default="#8a8177",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator("^#[0-9A-Fa-f]{6}$", "Use a colour such as #7d9a78.")
                        ],
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "id",
                    models.CharField(
                        default=council.models.personas.new_text_id,
                        editable=False,
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("is_default", models.BooleanField(default=False)),
                (
                    "entity_id",
                    models.UUIDField(
                        default=config.ids.new_id, editable=False, help_text="its entity in the graph", unique=True
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="personas",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-is_default", "created_at", "id"),
                "indexes": [models.Index(fields=["owner", "created_at", "id"], name="persona_owner_oldest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_default", True), ("owner", None)),
                            models.Q(("is_default", False), ("owner__isnull", False)),
                            _connector="OR",
                        ),
                        name="persona_default_or_owned",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AdvisorReply",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("advisor_name", models.CharField(help_text="as the persona was called then", max_length=80)),
                ("advisor_role", models.CharField(max_length=120)),
                ("model_id", models.CharField(max_length=120)),
                ("prompt_tokens", models.PositiveIntegerField(default=0)),
                ("completion_tokens", models.PositiveIntegerField(default=0)),
                ("is_usage_estimated", models.BooleanField(default=False)),
                ("error_code", models.CharField(blank=True, max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="advisor_reply",
                        to="conversations.message",
                    ),
                ),
                (
                    "deliberation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="replies", to="council.deliberation"
                    ),
                ),
                (
                    "persona",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="council.persona"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "advisor replies",
                "ordering": ("created_at", "id"),
                "constraints": [models.UniqueConstraint(fields=("deliberation", "persona"), name="advisor_reply_once")],
            },
        ),
        migrations.CreateModel(
            name="PersonaVersion",
            fields=[
                ("name", models.CharField(max_length=80)),
                ("role", models.CharField(max_length=120)),
                ("system_prompt", models.TextField(max_length=8000)),
                ("default_model_id", models.CharField(max_length=120)),
                ("avatar_emoji", models.CharField(blank=True, max_length=16)),
                (
                    "accent_color",
                    models.CharField(
                        default="#8a8177",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator("^#[0-9A-Fa-f]{6}$", "Use a colour such as #7d9a78.")
                        ],
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="persona_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "persona",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="council.persona"
                    ),
                ),
            ],
            options={
                "ordering": ("created_at", "id"),
                "constraints": [models.UniqueConstraint(fields=("persona", "owner"), name="persona_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, max_length=5000)),
                ("is_shared", models.BooleanField(default=False, help_text="members may read its conversations")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="projects",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-updated_at", "-id"),
                "indexes": [models.Index(fields=["created_by", "-updated_at", "-id"], name="project_owner_newest")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="project_named")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectMember",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="council.project"
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
                "ordering": ("joined_at", "id"),
                "constraints": [models.UniqueConstraint(fields=("project", "user"), name="project_member_once")],
            },
        ),
        migrations.AddField(
            model_name="project",
            name="members",
            field=models.ManyToManyField(
                blank=True, related_name="shared_projects", through="council.ProjectMember", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="Synthesis",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("body", models.JSONField()),
                ("model_id", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "deliberation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="synthesis", to="council.deliberation"
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="synthesis",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "syntheses",
                "ordering": ("created_at", "id"),
            },
        ),
    ]
