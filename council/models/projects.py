from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from config.ids import new_id

LONGEST_NAME = 200
LONGEST_DESCRIPTION = 5_000


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own projects, and the shared ones one is a member of."""
        if not user.is_authenticated:
            return self.none()
        membership = Exists(ProjectMember.objects.filter(project=OuterRef("pk"), user=user.pk))
        return self.filter(Q(created_by=user.pk) | Q(is_shared=True) & membership)


class Project(models.Model):
    """A matter under advice: questions on it are kept together, and members read them while it is shared."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    description = models.TextField(max_length=LONGEST_DESCRIPTION, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="projects")
    is_shared = models.BooleanField(default=False, help_text="members may read its conversations")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="ProjectMember", related_name="shared_projects", blank=True
    )

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "-id")
        indexes = (models.Index(fields=("created_by", "-updated_at", "-id"), name="project_owner_newest"),)
        constraints = (models.CheckConstraint(condition=~Q(name=""), name="project_named"),)

    def __str__(self) -> str:
        return self.name


class ProjectMember(models.Model):
    """Someone the owner shares a project with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("joined_at", "id")
        constraints = (models.UniqueConstraint(fields=("project", "user"), name="project_member_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}"
