import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from config.ids import new_id
from conversations.models import Conversation, Message
from council.models.personas import Persona

MOST_ATTEMPTS = 3


class DeliberationQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def free(self, at: dt.datetime) -> Self:
        """Open ones that nobody works on: never started, or their worker fell silent."""
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lt=at))


class Deliberation(models.Model):
    """One question before the council. This row is the truth of the job; the queue only carries its id.

    A worker holds it by `attempt`, which only rises: whoever holds an older number can no longer write. It shows that it
    lives by moving `lease_until` forward.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        ERROR = "error"

    class Stage(models.TextChoices):
        ADVISOR = "advisor"
        SYNTHESIS = "synthesis"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="deliberations")
    question = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="deliberation")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliberations")
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    last_attempt = models.PositiveIntegerField(default=MOST_ATTEMPTS, help_text="after this one it is given up")
    lease_until = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    error_stage = models.CharField(max_length=9, choices=Stage, blank=True)
    error_seat = models.CharField(max_length=64, blank=True, help_text="the persona that was speaking")
    queued_at = models.DateTimeField(default=now, help_text="when its id was last handed to the queue")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliberationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("conversation", "-created_at", "-id"), name="deliberation_newest"),
            models.Index(
                fields=("lease_until",), condition=Q(status__in=("queued", "running")), name="deliberation_due"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("conversation",),
                condition=Q(status__in=("queued", "running")),
                name="deliberation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("queued", "running", "done", "stopped", "error")),
                name="deliberation_status_known",
            ),
            models.CheckConstraint(condition=Q(attempt__lte=F("last_attempt")), name="deliberation_attempts_bounded"),
        )

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


OPEN = (Deliberation.Status.QUEUED, Deliberation.Status.RUNNING)


class AdvisorReply(models.Model):
    """What one advisor said to one question. Text and state are the message's; here is who spoke and by which engine."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deliberation = models.ForeignKey(Deliberation, on_delete=models.CASCADE, related_name="replies")
    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, related_name="replies")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="advisor_reply")
    advisor_name = models.CharField(max_length=80, help_text="as the persona was called then")
    advisor_role = models.CharField(max_length=120)
    model_id = models.CharField(max_length=120)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    is_usage_estimated = models.BooleanField(default=False)
    error_code = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "advisor replies"
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=("deliberation", "persona"), name="advisor_reply_once"),)

    def __str__(self) -> str:
        return f"{self.advisor_name} on {self.deliberation_id}"


class Synthesis(models.Model):
    """What the three answers come to; `body` is the document's synthesis object, the message's content its JSON text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deliberation = models.OneToOneField(Deliberation, on_delete=models.CASCADE, related_name="synthesis")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="synthesis")
    body = models.JSONField()
    model_id = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "syntheses"
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"Synthesis of {self.deliberation_id}"
