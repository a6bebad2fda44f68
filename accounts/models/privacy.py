import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from config.ids import new_id

EXPORT_LIFE = dt.timedelta(days=7)
EXPORT_LEASE = dt.timedelta(minutes=5)
MOST_ATTEMPTS = 5


class PrivacyChoice(models.Model):
    """What a person chose. Document veza.txt, "CCPA / Sec-GPC". No row: nothing was chosen."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="privacy_choice"
    )
    do_not_sell = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return "do not sell" if self.do_not_sell else "no objection"


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk)

    def unfinished(self) -> Self:
        return self.filter(status__in=(DataExport.Status.QUEUED, DataExport.Status.RUNNING))

    def waiting(self) -> Self:
        return self.unfinished().filter(Q(lease_until=None) | Q(lease_until__lt=now()))

    def claim(self, pk: Any) -> "DataExport | None":
        taken = (
            self.waiting()
            .filter(pk=pk)
            .update(
                status=DataExport.Status.RUNNING, lease_until=now() + EXPORT_LEASE, attempts=F("attempts") + 1, done=0
            )
        )
        return self.select_related("user").get(pk=pk) if taken else None


class DataExport(models.Model):
    """A copy of everything that Stoa keeps of somebody, as a ZIP. Document veza.txt, POST /users/me/export."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports")
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0, help_text="chapters written")
    total = models.PositiveIntegerField(default=0, help_text="chapters there are")
    path = models.CharField(max_length=200, blank=True, editable=False)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "-created_at", "-id"), name="export_of_user"),)
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(status__in=("queued", "running")), name="export_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} copy of {self.user_id}"


class DepartureQuerySet(models.QuerySet["Departure"]):
    def open(self) -> Self:
        return self.filter(cancelled_at=None, erased_at=None)

    def due(self) -> Self:
        return self.open().filter(due_at__lte=now())


class Departure(models.Model):
    """Somebody leaves for good: after a time in which it can be called off, everything of theirs is erased."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="departures")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-id")
        indexes = (
            models.Index(fields=("due_at",), condition=Q(cancelled_at=None, erased_at=None), name="departure_due"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(cancelled_at=None, erased_at=None), name="departure_once_open"
            ),
        )

    def __str__(self) -> str:
        return f"departure of {self.user_id}"
