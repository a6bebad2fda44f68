import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from config.ids import new_id

LONGEST_ANNOUNCED_TITLE = 120
LONGEST_ANNOUNCEMENT = 2000


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def standing(self) -> Self:
        """Those that nobody has withdrawn, whether they are shown already, still, or no more."""
        return self.filter(withdrawn_at=None)

    def visible_to(self, user: Any) -> Self:
        """All of them, for staff: others see the active ones, which need nobody who asks."""
        return self.standing() if user.is_authenticated and user.is_staff else self.none()

    def due(self, moment: dt.datetime) -> Self:
        """What begins to be shown and was not told of yet."""
        return self.standing().filter(Q(ends_at=None) | Q(ends_at__gt=moment), told_at=None, starts_at__lte=moment)


class Announcement(models.Model):
    """The platform speaking to all. Its id is its entity's (type announcement)."""

    class Tone(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(max_length=LONGEST_ANNOUNCED_TITLE)
    content = models.TextField(max_length=LONGEST_ANNOUNCEMENT)
    type = models.CharField(max_length=7, choices=Tone, default=Tone.INFO)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="empty: until it is withdrawn")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # When those who have a page open were told of it: once, however often the sweep runs.
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-starts_at",), condition=Q(withdrawn_at=None), name="announcement_standing"),
            models.Index(
                fields=("starts_at",), condition=Q(told_at=None, withdrawn_at=None), name="announcement_untold"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(type__in=("info", "warning", "error")), name="announcement_type_known"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="announcement_dates"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def is_active_at(self, moment: dt.datetime) -> bool:
        is_over = self.ends_at is not None and self.ends_at <= moment
        return self.withdrawn_at is None and self.starts_at <= moment and not is_over
