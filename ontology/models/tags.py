from django.db import models

from config.ids import new_id
from ontology.models.entities import Entity


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="tags")
    key = models.CharField(max_length=64)
    value = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("key", "value")
        indexes = (models.Index(fields=("key", "value", "-created_at"), name="tag_key_value"),)
        constraints = (models.UniqueConstraint(fields=("entity", "key", "value"), name="tag_once"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
