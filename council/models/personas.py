from typing import Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from config.ids import new_id

LONGEST_NAME = 80
LONGEST_ROLE = 120
LONGEST_PROMPT = 8_000

colour = RegexValidator(r"^#[0-9A-Fa-f]{6}$", "Use a colour such as #7d9a78.")


def new_text_id() -> str:
    """A persona's id is a text: three of them are fixed names."""
    return str(new_id())


class Voice(models.Model):
    """What a persona consists of; shared by the persona itself and a user's own version of it."""

    name = models.CharField(max_length=LONGEST_NAME)
    role = models.CharField(max_length=LONGEST_ROLE)
    system_prompt = models.TextField(max_length=LONGEST_PROMPT)
    default_model_id = models.CharField(max_length=120)
    avatar_emoji = models.CharField(max_length=16, blank=True)
    accent_color = models.CharField(max_length=7, validators=[colour], default="#8a8177")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class PersonaQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The defaults and one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(is_default=True) | Q(owner=user.pk))


class Persona(Voice):
    """An advisor. The three defaults have fixed ids and no owner; all others belong to who made them."""

    id = models.CharField(primary_key=True, max_length=64, default=new_text_id, editable=False)
    is_default = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="personas"
    )
    entity_id = models.UUIDField(default=new_id, unique=True, editable=False, help_text="its entity in the graph")

    objects = PersonaQuerySet.as_manager()

    class Meta:
        ordering = ("-is_default", "created_at", "id")
        indexes = (models.Index(fields=("owner", "created_at", "id"), name="persona_owner_oldest"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(is_default=True, owner=None) | Q(is_default=False, owner__isnull=False),
                name="persona_default_or_owned",
            ),
        )


class PersonaVersion(Voice):
    """A user's own version of a default persona, known to them under the same id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="versions")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="persona_versions")

    class Meta:
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=("persona", "owner"), name="persona_version_once"),)
