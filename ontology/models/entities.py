from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.ids import new_id
from ontology.models.vocabulary import EntityType, Status

PUBLIC = (Status.ACTIVE, Status.PUBLISHED)


class EntityQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Live entities that `user` may read: public ones, their own, and for staff all."""
        if not user.is_authenticated:
            return self.none()
        live = self.filter(deleted_at=None)
        return live if user.is_staff else live.filter(public_or_owned(user))

    def editable_by(self, user: Any) -> Self:
        live = self.filter(deleted_at=None)
        return live if user.is_staff else live.filter(owner=user.pk)


def public_or_owned(user: Any, at: str = "") -> Q:
    """The rule above as a condition on the entity at the path `at` (such as `from_entity__`)."""
    return Q(**{f"{at}status__in": PUBLIC, f"{at}is_private": False}) | Q(**{f"{at}owner": user.pk})


class Entity(models.Model):
    """A thing of one of the fifty types.

    Ours: `is_private` hides platform facts, such as an order, whatever their status. `is_kept` marks what another part of
    Stoa writes here (a product, a room, an account): it is changed there, not by hand, or the graph and the part it
    remembers would tell two stories.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=32, choices=EntityType)
    name = models.CharField(max_length=255)
    properties = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    is_private = models.BooleanField(default=False)
    is_kept = models.BooleanField(default=False, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="entities"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = EntityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entities"
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("-created_at", "-id"), condition=Q(deleted_at=None), name="entity_newest"),
            models.Index(
                fields=("type", "-created_at", "-id"), condition=Q(deleted_at=None), name="entity_type_newest"
            ),
            models.Index(
                fields=("type", "status", "-created_at", "-id"),
                condition=Q(deleted_at=None),
                name="entity_type_status_newest",
            ),
            models.Index(fields=("owner", "-created_at", "-id"), name="entity_owner_newest"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(type__in=EntityType.values), name="entity_type_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="entity_status_known"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/graph/{self.pk}/"

    @property
    def is_open(self) -> bool:
        """Whether every signed-in person may read it."""
        return self.deleted_at is None and self.status in PUBLIC and not self.is_private
