from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from ontology.models.entities import Entity, public_or_owned
from ontology.models.vocabulary import ConnectionType


class ConnectionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Live connections between live entities that `user` may both read; a private one only for the owner of an end."""
        if not user.is_authenticated:
            return self.none()
        live = self.filter(deleted_at=None, from_entity__deleted_at=None, to_entity__deleted_at=None)
        if user.is_staff:
            return live
        return live.filter(public_or_owned(user, "from_entity__"), public_or_owned(user, "to_entity__")).filter(
            Q(is_private=False) | Q(from_entity__owner=user.pk) | Q(to_entity__owner=user.pk)
        )


class Connection(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    from_entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="outgoing")
    to_entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="incoming")
    relationship_type = models.CharField(max_length=32, choices=ConnectionType)
    metadata = models.JSONField(default=dict, blank=True)
    is_private = models.BooleanField(default=False)
    is_kept = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("from_entity", "relationship_type", "-created_at", "-id"), name="connection_from"),
            models.Index(fields=("to_entity", "relationship_type", "-created_at", "-id"), name="connection_to"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("from_entity", "to_entity", "relationship_type"),
                condition=Q(deleted_at=None),
                name="connection_live_once",
            ),
            models.CheckConstraint(
                condition=Q(relationship_type__in=ConnectionType.values), name="connection_type_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_entity_id} {self.relationship_type} {self.to_entity_id}"
