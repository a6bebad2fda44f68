import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from config.ids import new_id

LEASE = dt.timedelta(minutes=2)
MOST_ATTEMPTS = 8


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> Self:
        """Not sent, not given up, and with nobody at it now."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=now()), sent_at=None, attempts__lt=MOST_ATTEMPTS, due_at__lte=now()
        )

    def claim(self, pk: Any) -> "Mail | None":
        """Take one mail for yourself; None where another has it or it is done."""
        taken = self.waiting().filter(pk=pk).update(lease_until=now() + LEASE, attempts=F("attempts") + 1)
        return self.select_related("user").get(pk=pk) if taken else None


class Mail(models.Model):
    """One mail to write. The row is the truth of the job; a secret link is made only when it is written, never kept here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE)
    to = models.EmailField()
    template = models.CharField(max_length=40, help_text="templates/mail/<subject>/<name>")
    context = models.JSONField(default=dict, blank=True)
    queued_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(default=now, help_text="not before; later after a failure")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ("-queued_at", "-id")
        indexes = (
            models.Index(fields=("due_at",), condition=Q(sent_at=None), name="mail_waiting"),
            models.Index(fields=("-queued_at", "-id"), name="mail_newest"),
        )

    def __str__(self) -> str:
        return f"{self.template} to {self.to}"
