from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from conversations.models.conversations import Conversation
from conversations.models.messages import Message


class AssistantTurnQuerySet(models.QuerySet):
    def due(self, moment: Any) -> Self:
        """What is to be answered now and nobody is answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(free, status__in=AssistantTurn.OPEN, due_at__lte=moment)

    def open(self) -> Self:
        return self.filter(status__in=AssistantTurn.OPEN)


class AssistantTurn(models.Model):
    """The assistant's turn in a client's conversation; at most one is open in each. The row is the truth of its job."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        ANSWERED = "answered"
        HANDED_OVER = "handed_over", "handed over"
        DROPPED = "dropped"
        FAILED = "failed"

    OPEN = (Status.WAITING, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="assistant_turns")
    # The client's newest message when it was wanted; what came later makes it start over.
    upto_seq = models.PositiveBigIntegerField()
    status = models.CharField(max_length=11, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=40, blank=True, help_text="why it was handed over, dropped or failed")
    due_at = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    engine = models.CharField(max_length=80, blank=True)
    answer = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The passages that were used, as they were: {passage_id, file_id, file_name, page, text}.
    passages = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AssistantTurnQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("due_at",), condition=Q(status__in=("waiting", "running")), name="assistant_turn_due"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("conversation",),
                condition=Q(status__in=("waiting", "running")),
                name="assistant_turn_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("waiting", "running", "answered", "handed_over", "dropped", "failed")),
                name="assistant_turn_status_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} in {self.conversation_id}"
