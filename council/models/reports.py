from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id

LONGEST_REASON = 2000
LONGEST_NOTE = 300
LONGEST_SEEN = 2000


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Any) -> Self:
        """One's own; staff see all."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(reporter=user.pk)

    def pending(self) -> Self:
        return self.filter(status=Report.Status.PENDING)


class Report(models.Model):
    """Somebody asks the house to look at somebody, or at something of theirs.

    `content_id` is a plain id, as what it names may be gone one day; `title`, `seen` and `place` tell what the reporter saw, so
    that an edit does not undo it.
    """

    class Content(models.TextChoices):
        USER = "user"
        TRACK = "track"
        COMMENT = "comment"
        POST = "post"
        PRODUCT = "product"
        MESSAGE = "message"

    class Status(models.TextChoices):
        PENDING = "pending"
        RESOLVED = "resolved"
        DISMISSED = "dismissed"

    class Action(models.TextChoices):
        RESOLVE = "resolve"
        DISMISS = "dismiss"
        WARN = "warn"
        REMOVE = "remove"
        BAN = "ban"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    content_type = models.CharField(max_length=7, choices=Content)
    content_id = models.UUIDField()
    # Whose it is: who is warned or switched off. None once they have left for good.
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports_about"
    )
    title = models.CharField(max_length=200, blank=True)
    seen = models.TextField(max_length=LONGEST_SEEN, blank=True, help_text="what it said when it was reported")
    place = models.CharField(max_length=200, blank=True, help_text="a place in Stoa")
    reason = models.TextField(max_length=LONGEST_REASON)
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    action = models.CharField(max_length=7, choices=Action, blank=True)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, help_text="whoever is warned reads it")
    created_at = models.DateTimeField(default=now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), name="report_newest"),
            models.Index(fields=("status", "-created_at", "-id"), name="report_status_newest"),
            models.Index(fields=("reporter", "-created_at"), name="report_of_reporter"),
            models.Index(fields=("content_id",), name="report_about"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("reporter", "content_type", "content_id"),
                condition=Q(status="pending"),
                name="report_pending_once",
            ),
            models.CheckConstraint(
                condition=Q(content_type__in=("user", "track", "comment", "post", "product", "message")),
                name="report_content_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("pending", "resolved", "dismissed")), name="report_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", resolved_at=None) | ~Q(status="pending") & Q(resolved_at__isnull=False),
                name="report_resolved_has_moment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_content_type_display()}: {self.title or self.content_id}"
