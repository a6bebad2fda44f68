from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from config.storages import cloud_files


class CloudFileQuerySet(models.QuerySet["CloudFile"]):
    def visible_to(self, user: Any) -> Self:
        """One's own; a share link opens a file without this."""
        return self.filter(deleted_at=None, owner=user.pk)


class CloudFile(models.Model):
    """A file kept for somebody, with its versions. Its id is its entity's (type media_asset, private)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cloud_files")
    name = models.CharField(max_length=255, help_text="data, never a path")
    content_type = models.CharField(max_length=100, help_text="as recognised, not as claimed")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.FileField(
        max_length=200, storage=cloud_files, help_text="where the current content is, under a name that we made"
    )
    version = models.PositiveIntegerField(default=1, help_text="the number of the current content")
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CloudFileQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=("owner", "-created_at", "-id"), condition=Q(deleted_at=None), name="cloud_file_of_owner"
            ),
            models.Index(fields=("owner", "sha256"), name="cloud_file_same"),
            models.Index(fields=("storage_key",), name="cloud_file_content"),
            models.Index(fields=("deleted_at",), condition=Q(deleted_at__isnull=False), name="cloud_file_to_remove"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/files/{self.pk}/"

    @property
    def key(self) -> str:
        return str(self.storage_key.name)


class FileVersion(models.Model):
    """What a file held at some time. The content of several versions may be one object."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(CloudFile, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    storage_key = models.FileField(max_length=200, storage=cloud_files)
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-version",)
        indexes = (models.Index(fields=("storage_key",), name="file_version_content"),)
        constraints = (models.UniqueConstraint(fields=("file", "version"), name="file_version_once"),)

    def __str__(self) -> str:
        return f"version {self.version} of {self.file_id}"

    @property
    def key(self) -> str:
        return str(self.storage_key.name)


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now()), revoked_at=None, file__deleted_at=None)


class ShareLink(models.Model):
    """A link that opens one file for whoever has it. Only its hash is kept."""

    class Permission(models.TextChoices):
        READ = "read", "see what it is and download it"
        VIEW = "view", "see what it is"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(CloudFile, on_delete=models.CASCADE, related_name="share_links")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    permissions = models.CharField(max_length=8, choices=Permission, default=Permission.READ)
    download_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"link to {self.file_id}"
