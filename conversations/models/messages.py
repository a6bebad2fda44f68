from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from conversations.models.conversations import Conversation

LONGEST_MESSAGE = 10_000


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        return self.filter(conversation__in=Conversation.objects.visible_to(user))


class Message(models.Model):
    """What was said. Shown in the order of (sent_at, id); followed live and caught up with in the order of `seq`."""

    class Role(models.TextChoices):
        USER = "user"
        CLIENT = "client"
        AI = "ai"
        ADVISOR = "advisor"
        SYNTHESIS = "synthesis"
        SYSTEM = "system"

    class Status(models.TextChoices):
        STREAMING = "streaming"
        DONE = "done"
        STOPPED = "stopped"
        ERROR = "error"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveBigIntegerField(editable=False)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    role = models.CharField(max_length=9, choices=Role, default=Role.USER)
    content = models.TextField(blank=True)
    client_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 -- unique where given
    status = models.CharField(max_length=9, choices=Status, default=Status.DONE)
    metadata = models.JSONField(default=dict, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replies")
    sent_at = models.DateTimeField(default=now)
    created_at = models.DateTimeField(auto_now_add=True)

    # True on what `send_message` answers where it was sent before.
    is_resend = False

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("conversation", "seq")
        indexes = (models.Index(fields=("conversation", "-sent_at", "-id"), name="message_newest"),)
        constraints = (
            models.UniqueConstraint(fields=("conversation", "seq"), name="message_seq_once"),
            models.UniqueConstraint(
                fields=("conversation", "sender", "client_id"),
                condition=Q(client_id__isnull=False),
                name="message_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=("user", "client", "ai", "advisor", "synthesis", "system")),
                name="message_role_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("streaming", "done", "stopped", "error")), name="message_status_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.seq} in {self.conversation_id}"
