from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id


class LiveStreamQuerySet(models.QuerySet["LiveStream"]):
    def visible_to(self, user: Any) -> Self:
        """What is announced, as long as its owner's account is active, and one's own drafts."""
        live = self.filter(deleted_at=None, owner__is_active=True)
        if not user.is_authenticated:
            return live.exclude(status=LiveStream.Status.DRAFT)
        return live if user.is_staff else live.filter(~Q(status=LiveStream.Status.DRAFT) | Q(owner=user.pk))

    def editable_by(self, user: Any) -> Self:
        live = self.filter(deleted_at=None)
        return live if user.is_staff else live.filter(owner=user.pk)


class LiveStream(models.Model):
    """A place to broadcast from. Its id is its entity's (type livestream).

    The stream key is never stored: it is made of the id, `key_version` and the server's secret, so a new version makes
    the old key worthless at once. `ingest_id` says by whom it was last published, as a digest of what the ingest server
    calls that connection; empty where the server was not heard of any more. `heard_at` is when it was last heard of.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "not announced yet"
        READY = "ready", "announced, off air"
        LIVE = "live", "on air"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_streams")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    category = models.CharField(max_length=64, blank=True)
    tags = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.READY)
    is_live = models.BooleanField(default=False)
    key_version = models.PositiveIntegerField(default=1, editable=False)
    ingest_id = models.CharField(max_length=64, blank=True, editable=False)
    heard_at = models.DateTimeField(null=True, blank=True, editable=False)
    viewer_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    recording_id = models.UUIDField(null=True, blank=True, help_text="the entity of its latest recording")
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = LiveStreamQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), condition=Q(deleted_at=None), name="stream_newest"),
            models.Index(
                fields=("is_live", "-created_at", "-id"), condition=Q(deleted_at=None), name="stream_live_newest"
            ),
            models.Index(fields=("owner", "-created_at", "-id"), name="stream_of_owner"),
            models.Index(fields=("heard_at",), condition=Q(is_live=True), name="stream_on_air_heard"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/live/{self.pk}/"
