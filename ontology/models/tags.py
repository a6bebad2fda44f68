from typing import Any, Self

from django.db import models

from config.ids import new_id
from ontology.models.entities import Entity, public_or_owned


class TagQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The tags of live entities that `user` may read."""
        if not user.is_authenticated:
            return self.none()
        live = self.filter(entity__deleted_at=None)
        return live if user.is_staff else live.filter(public_or_owned(user, "entity__"))


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="tags")
    key = models.CharField(max_length=64)
    value = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ("key", "value")
        indexes = (models.Index(fields=("key", "value", "-created_at", "-id"), name="tag_newest"),)
        constraints = (models.UniqueConstraint(fields=("entity", "key", "value"), name="tag_once"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
