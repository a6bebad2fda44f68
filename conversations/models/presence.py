import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from conversations.models.conversations import Conversation

# Who has a socket open says so every 20 s and is forgotten after 60 (messaging-design.md §4).
SEEN_FOR = dt.timedelta(seconds=60)


class PresenceQuerySet(models.QuerySet):
    def online(self) -> Self:
        return self.filter(seen_at__gt=now() - SEEN_FOR)

    def visible_to(self, user: Any) -> Self:
        return self.online() if user.is_authenticated else self.none()


class Presence(models.Model):
    """Someone who has joined a conversation with a live socket of one of the web processes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presences")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="presences")
    seen_at = models.DateTimeField(default=now)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "presences"
        constraints = (models.UniqueConstraint(fields=("conversation", "user"), name="presence_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id} at {self.seen_at:%H:%M:%S}"
