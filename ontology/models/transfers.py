import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from config.ids import new_id

LEASE = dt.timedelta(minutes=5)


class GraphTransferQuerySet(models.QuerySet["GraphTransfer"]):
    def visible_to(self, user: Any) -> Self:
        return self if user.is_staff else self.filter(user=user.pk)

    def waiting(self) -> Self:
        moment = now()
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=moment), status__in=("queued", "running"))

    def claim(self, pk: Any) -> "GraphTransfer | None":
        taken = (
            self.waiting().filter(pk=pk).update(status="running", lease_until=now() + LEASE, attempts=F("attempts") + 1)
        )
        return self.get(pk=pk) if taken else None


class GraphTransfer(models.Model):
    """A bulk import into the graph or an export of it, as JSON Lines, with its progress."""

    class Kind(models.TextChoices):
        IMPORT = "import"
        EXPORT = "export"

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="graph_transfers")
    kind = models.CharField(max_length=6, choices=Kind)
    status = models.CharField(max_length=7, choices=Status, default=Status.QUEUED)
    path = models.CharField(max_length=300, blank=True)
    total_lines = models.PositiveIntegerField(default=0)
    done_lines = models.PositiveIntegerField(default=0)
    failed_line = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_before = models.PositiveSmallIntegerField(default=0, help_text="its latest progress")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GraphTransferQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "-created_at", "-id"), name="transfer_of_user"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d %H:%M}"
