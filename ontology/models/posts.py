from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id

LONGEST_POST = 5000
LONGEST_ALT = 500


class PostQuerySet(models.QuerySet["Post"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def visible_to(self, user: Any) -> Self:
        """Posts are for everybody, as long as their author's account is active."""
        return self.live().filter(author__is_active=True)

    def editable_by(self, user: Any) -> Self:
        return self.live() if user.is_staff else self.live().filter(author=user.pk)


class Post(models.Model):
    """Something said to everybody who follows. Its id is its entity's (type social_post).

    `heat` orders what is trending: the base-2 logarithm of the sum of its publication and all likes and comments, each
    counting half as much for every half-life that it is older (verbs/heat.py). It changes only when somebody acts, so a
    list by it is stable.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts")
    content = models.TextField(max_length=LONGEST_POST)
    image = models.ImageField(upload_to="posts", blank=True)
    image_alt = models.CharField(
        max_length=LONGEST_ALT, blank=True, help_text="what the picture shows, for whoever does not see it"
    )
    track_id = models.UUIDField(null=True, blank=True, help_text="a track it shows")
    like_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    heat = models.FloatField(default=0)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)
    edited_at = models.DateTimeField(
        null=True, blank=True, help_text="when its author last changed what it says or shows"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), condition=Q(deleted_at=None), name="post_newest"),
            models.Index(fields=("author", "-created_at", "-id"), condition=Q(deleted_at=None), name="post_of_author"),
            models.Index(fields=("-heat", "-id"), condition=Q(deleted_at=None), name="post_hottest"),
        )

    def __str__(self) -> str:
        return self.content[:60]

    def get_absolute_url(self) -> str:
        return f"/posts/{self.pk}/"
