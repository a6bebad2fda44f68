import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import config.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("ontology", "0002_change_xid"),
    ]

    operations = [
        migrations.CreateModel(
            name="CloudFile",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(help_text="data, never a path", max_length=255)),
                ("content_type", models.CharField(help_text="as recognised, not as claimed", max_length=100)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("storage_key", models.CharField(help_text="where the current content is", max_length=200)),
                ("version", models.PositiveIntegerField(default=1, help_text="the number of the current content")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cloud_files",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["owner", "-created_at", "-id"],
                        name="cloud_file_of_owner",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("content", models.TextField(max_length=2000)),
                (
                    "at_ms",
                    models.PositiveIntegerField(blank=True, help_text="the moment of a track it speaks of", null=True),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="ontology.entity"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["entity", "-created_at", "-id"],
                        name="comment_on_entity",
                    ),
                    models.Index(fields=["author", "-created_at", "-id"], name="comment_of_author"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileVersion",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
                ("storage_key", models.CharField(max_length=200)),
                ("content_type", models.CharField(max_length=100)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="ontology.cloudfile"
                    ),
                ),
            ],
            options={
                "ordering": ("-version",),
                "constraints": [models.UniqueConstraint(fields=("file", "version"), name="file_version_once")],
            },
        ),
        migrations.CreateModel(
            name="GraphTransfer",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("import", "Import"), ("export", "Export")], max_length=6)),
                (
                    "status",
                    models.CharField(
                        choices=[("queued", "Queued"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                        default="queued",
                        max_length=7,
                    ),
                ),
                ("path", models.CharField(blank=True, max_length=300)),
                ("total_lines", models.PositiveIntegerField(default=0)),
                ("done_lines", models.PositiveIntegerField(default=0)),
                ("failed_line", models.PositiveIntegerField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="graph_transfers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["user", "-created_at", "-id"], name="transfer_of_user")],
            },
        ),
        migrations.CreateModel(
            name="Like",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="likes", to="ontology.entity"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="likes", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [models.Index(fields=["user", "-created_at", "-id"], name="like_of_user")],
                "constraints": [models.UniqueConstraint(fields=("entity", "user"), name="like_once")],
            },
        ),
        migrations.CreateModel(
            name="LiveStream",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, max_length=5000)),
                ("category", models.CharField(blank=True, max_length=64)),
                ("tags", models.JSONField(blank=True, default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "not announced yet"),
                            ("ready", "announced, off air"),
                            ("live", "on air"),
                            ("ended", "Ended"),
                        ],
                        default="ready",
                        max_length=8,
                    ),
                ),
                ("is_live", models.BooleanField(default=False)),
                ("key_version", models.PositiveIntegerField(default=1, editable=False)),
                ("viewer_count", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recording_id",
                    models.UUIDField(blank=True, help_text="the entity of its latest recording", null=True),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="live_streams",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-created_at", "-id"], name="stream_newest"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["is_live", "-created_at", "-id"],
                        name="stream_live_newest",
                    ),
                    models.Index(fields=["owner", "-created_at", "-id"], name="stream_of_owner"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("content", models.TextField(max_length=5000)),
                ("image", models.ImageField(blank=True, upload_to="posts")),
                ("track_id", models.UUIDField(blank=True, help_text="a track it shows", null=True)),
                ("like_count", models.PositiveIntegerField(default=0)),
                ("comment_count", models.PositiveIntegerField(default=0)),
                ("heat", models.FloatField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-created_at", "-id"], name="post_newest"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["author", "-created_at", "-id"],
                        name="post_of_author",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-heat", "-id"], name="post_hottest"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "permissions",
                    models.CharField(
                        choices=[("read", "see what it is and download it"), ("view", "see what it is")],
                        default="read",
                        max_length=8,
                    ),
                ),
                ("download_count", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="share_links", to="ontology.cloudfile"
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="TagName",
            fields=[
                ("name", models.CharField(help_text="lower case", max_length=128, primary_key=True, serialize=False)),
                ("plain", models.CharField(max_length=128)),
                ("uses", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ("-uses", "name"),
                "indexes": [
                    models.Index(fields=["plain", "-uses"], name="tag_name_plain"),
                    models.Index(fields=["-uses", "name"], name="tag_name_most_used"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Track",
            fields=[
                ("id", models.UUIDField(default=config.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("artist", models.CharField(blank=True, max_length=200)),
                ("description", models.TextField(blank=True, max_length=5000)),
                ("genre", models.CharField(blank=True, max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")], default="published", max_length=9
                    ),
                ),
                ("file", models.FileField(max_length=200, upload_to="tracks")),
                ("file_name", models.CharField(help_text="as it was called when it came", max_length=200)),
                ("format", models.CharField(help_text="mp3, ogg, flac, wav or m4a", max_length=8)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("cover", models.ImageField(blank=True, upload_to="covers")),
                ("waveform", models.JSONField(blank=True, default=list, help_text="peaks from 0 to 255")),
                (
                    "waveform_status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("ready", "Ready"), ("none", "cannot be drawn")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("like_count", models.PositiveIntegerField(default=0)),
                ("comment_count", models.PositiveIntegerField(default=0)),
                ("play_count", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tracks", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-created_at", "-id"], name="track_newest"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["genre", "-created_at", "-id"],
                        name="track_genre",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["format", "-created_at", "-id"],
                        name="track_format",
                    ),
                    models.Index(condition=models.Q(("deleted_at", None)), fields=["title", "id"], name="track_title"),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-like_count", "-id"], name="track_liked"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-play_count", "-id"], name="track_played"
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)), fields=["-duration_ms", "-id"], name="track_longest"
                    ),
                    models.Index(fields=["owner", "-created_at", "-id"], name="track_of_owner"),
                    models.Index(
                        condition=models.Q(("waveform_status", "waiting")),
                        fields=["lease_until"],
                        name="track_waveform_waiting",
                    ),
                ],
            },
        ),
    ]
