from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from conversations.models.conversations import Conversation
from conversations.models.platforms import Platform


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Their own, without those that were removed."""
        return self.filter(user=user.pk, deleted_at=None) if user.is_authenticated else self.none()


class Task(models.Model):
    """Something to do, often for a client. Shown newest first."""

    class Status(models.TextChoices):
        TODO = "todo", "to do"
        IN_PROGRESS = "in_progress", "in progress"
        DONE = "done"

    class Priority(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tasks")
    description = models.CharField(max_length=2000)
    status = models.CharField(max_length=11, choices=Status, default=Status.TODO)
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.MEDIUM)
    platform = models.CharField(max_length=9, choices=Platform, blank=True)
    client_name = models.CharField(max_length=120, blank=True)
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    due_date = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=("user", "-created_at", "-id"), condition=Q(deleted_at=None), name="task_of_user_newest"
            ),
            models.Index(
                fields=("user", "status", "-created_at", "-id"),
                condition=Q(deleted_at=None),
                name="task_of_user_status",
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(status__in=("todo", "in_progress", "done")), name="task_status_known"),
            models.CheckConstraint(condition=Q(priority__in=("low", "medium", "high")), name="task_priority_known"),
            models.CheckConstraint(condition=Q(platform__in=("", *Platform.values)), name="task_platform_named"),
        )

    def __str__(self) -> str:
        return self.description[:80]
