from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from ontology.models.entities import Entity

LONGEST_COMMENT = 2000


class Like(models.Model):
    """Somebody likes a thing: a track, a post. Once each; taking it back removes the row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("user", "-created_at", "-id"), name="like_of_user"),)
        constraints = (models.UniqueConstraint(fields=("entity", "user"), name="like_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.entity_id}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None)


class Comment(models.Model):
    """What somebody says about a thing: a track, a post, a stream. One that is taken back is not shown."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comments")
    content = models.TextField(max_length=LONGEST_COMMENT)
    at_ms = models.PositiveIntegerField(null=True, blank=True, help_text="the moment of a track it speaks of")
    created_at = models.DateTimeField(default=now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=("entity", "-created_at", "-id"), condition=Q(deleted_at=None), name="comment_on_entity"
            ),
            models.Index(fields=("author", "-created_at", "-id"), name="comment_of_author"),
        )

    def __str__(self) -> str:
        return f"{self.author_id} on {self.entity_id}"
