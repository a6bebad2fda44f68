from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from ontology.models.entities import Entity, public_or_owned
from ontology.models.vocabulary import EventType


class EventQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Events whose actor and target `user` may read; a private one only for the owner of either."""
        if not user.is_authenticated:
            return self.none()
        live = self.filter(Q(actor__deleted_at=None), Q(target=None) | Q(target__deleted_at=None))
        if user.is_staff:
            return live
        return live.filter(public_or_owned(user, "actor__"), Q(target=None) | public_or_owned(user, "target__")).filter(
            Q(is_private=False) | Q(actor__owner=user.pk) | Q(target__owner=user.pk)
        )


class Event(models.Model):
    """Something that happened: append-only history, not the live seam (that is `Change`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=32, choices=EventType)
    actor = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="acted")
    target = models.ForeignKey(Entity, null=True, blank=True, on_delete=models.CASCADE, related_name="happened")
    timestamp = models.DateTimeField(default=now)
    metadata = models.JSONField(default=dict, blank=True)
    is_private = models.BooleanField(default=False)
    is_kept = models.BooleanField(
        default=False, editable=False, help_text="told by a part of Stoa that did it, not noted by hand"
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("-timestamp", "-id")
        indexes = (
            models.Index(fields=("-timestamp", "-id"), name="event_newest"),
            models.Index(fields=("target", "-timestamp", "-id"), name="event_target_newest"),
            models.Index(fields=("actor", "-timestamp", "-id"), name="event_actor_newest"),
            models.Index(fields=("type", "-timestamp", "-id"), name="event_type_newest"),
        )
        constraints = (models.CheckConstraint(condition=Q(type__in=EventType.values), name="event_type_known"),)

    def __str__(self) -> str:
        return f"{self.type} by {self.actor_id}"
