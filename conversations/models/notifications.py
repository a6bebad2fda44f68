from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    """The platform speaking to one person. `key` names what it is about: told once, however often a job runs."""

    class Kind(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.INFO)
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=300, blank=True, help_text="a place in Stoa")
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("user", "-created_at", "-id"), name="notification_of_user"),
            models.Index(fields=("user",), condition=Q(read_at=None), name="notification_unread"),
        )
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="notification_told_once"),)

    def __str__(self) -> str:
        return self.title
