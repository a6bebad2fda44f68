from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from config.encrypted import EncryptedJSONField
from config.ids import new_id


class IntegrationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Their own; staff see all, with secrets masked as for everybody."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.is_staff else self.filter(user=user.pk)


class Integration(models.Model):
    """Somebody's access to a service of others. At most one a type."""

    class Type(models.TextChoices):
        SLACK = "slack", "Slack"
        EMAIL = "email", "Email"
        HUBSPOT = "hubspot", "HubSpot"
        POSTGRESQL = "postgresql", "PostgreSQL"

    class Status(models.TextChoices):
        ACTIVE = "active"
        ERROR = "error"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="integrations")
    type = models.CharField(max_length=10, choices=Type)
    config = EncryptedJSONField()
    status = models.CharField(max_length=6, choices=Status, default=Status.ACTIVE)
    # The last test: when, whether it connected, and the sentence that was said of it.
    tested_at = models.DateTimeField(null=True, blank=True)
    is_connected = models.BooleanField(null=True, blank=True)
    test_code = models.CharField(max_length=40, blank=True)
    test_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("user", "type"), name="integration_once"),
            models.CheckConstraint(
                condition=Q(type__in=("slack", "email", "hubspot", "postgresql")), name="integration_type_known"
            ),
            models.CheckConstraint(condition=Q(status__in=("active", "error")), name="integration_status_known"),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} of {self.user_id}"
