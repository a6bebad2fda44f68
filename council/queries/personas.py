"""Advisors as one user sees them: a default in the user's own version where there is one."""

from typing import Any

from django.db.models import QuerySet

from config.errors import NotFound
from council.models import Persona, PersonaVersion

VOICE = ("name", "role", "system_prompt", "default_model_id", "avatar_emoji", "accent_color", "updated_at")


def personas_of(user: Any) -> list[Persona]:
    """The defaults first, in the order they speak, then one's own; two queries."""
    personas = list(Persona.objects.visible_to(user))
    versions = {version.persona_id: version for version in PersonaVersion.objects.filter(owner=user)}
    return [_merged(persona, versions.get(persona.pk)) for persona in personas]


def visible_persona(user: Any, persona_id: str) -> QuerySet[Persona]:
    """The persona with this id where `user` may see it; ids are texts, so an odd one is simply unknown."""
    return Persona.objects.visible_to(user).filter(pk=persona_id[:64].replace("\0", ""))


def persona_of(user: Any, persona_id: str) -> Persona:
    """One persona as `user` sees it; NotFound otherwise."""
    persona = visible_persona(user, persona_id).first()
    if persona is None:
        raise NotFound("Persona not found")
    return as_seen_by(user, persona)


def as_seen_by(user: Any, persona: Persona) -> Persona:
    """The persona with the user's own words in place; not to be saved."""
    return _merged(persona, PersonaVersion.objects.filter(persona=persona, owner=user).first())


def _merged(persona: Persona, version: PersonaVersion | None) -> Persona:
    if version is not None:
        for name in VOICE:
            setattr(persona, name, getattr(version, name))
    return persona
