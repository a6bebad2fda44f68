from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id


class TrackQuerySet(models.QuerySet["Track"]):
    def published(self) -> Self:
        return self.filter(deleted_at=None, status=Track.Status.PUBLISHED, owner__is_active=True)

    def visible_to(self, user: Any) -> Self:
        """What people whose account is on have published, and one's own in any state; staff see all."""
        live = self.filter(deleted_at=None)
        if not user.is_authenticated:
            return live.published()
        public = Q(status=Track.Status.PUBLISHED, owner__is_active=True)
        return live if user.is_staff else live.filter(public | Q(owner=user.pk))

    def editable_by(self, user: Any) -> Self:
        live = self.filter(deleted_at=None)
        return live if user.is_staff else live.filter(owner=user.pk)


class Track(models.Model):
    """A recording somebody uploaded. Its id is its entity's (type media_asset)."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    class Waveform(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        NONE = "none", "cannot be drawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tracks")
    title = models.CharField(max_length=200)
    artist = models.CharField(max_length=200, blank=True)
    description = models.TextField(max_length=5000, blank=True)
    genre = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.PUBLISHED)
    file = models.FileField(upload_to="tracks", max_length=200)
    file_name = models.CharField(max_length=200, help_text="as it was called when it came")
    format = models.CharField(max_length=8, help_text="mp3, ogg, flac, wav or m4a")
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    cover = models.ImageField(upload_to="covers", blank=True)
    waveform = models.JSONField(default=list, blank=True, help_text="peaks from 0 to 255")
    waveform_status = models.CharField(max_length=8, choices=Waveform, default=Waveform.WAITING)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    like_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    play_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = TrackQuerySet.as_manager()

    made_creator = False
    """Set by `upload_track` on what it returns: whether this track made its owner a creator."""

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), condition=Q(deleted_at=None), name="track_newest"),
            models.Index(fields=("genre", "-created_at", "-id"), condition=Q(deleted_at=None), name="track_genre"),
            models.Index(fields=("format", "-created_at", "-id"), condition=Q(deleted_at=None), name="track_format"),
            models.Index(fields=("title", "id"), condition=Q(deleted_at=None), name="track_title"),
            models.Index(fields=("-like_count", "-id"), condition=Q(deleted_at=None), name="track_liked"),
            models.Index(fields=("-play_count", "-id"), condition=Q(deleted_at=None), name="track_played"),
            models.Index(fields=("-duration_ms", "-id"), condition=Q(deleted_at=None), name="track_longest"),
            models.Index(fields=("owner", "-created_at", "-id"), name="track_of_owner"),
            models.Index(
                fields=("lease_until",), condition=Q(waveform_status="waiting"), name="track_waveform_waiting"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/tracks/{self.pk}/"
