"""Making and revising advisors. Source: council.txt, "Personas", and decisions.md §5 for own versions of the defaults."""

import re
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from council.models import Persona, PersonaVersion
from council.models.personas import LONGEST_NAME, LONGEST_PROMPT, LONGEST_ROLE
from council.queries.personas import as_seen_by, visible_persona
from ontology.models import ConnectionType, EntityType, EventType
from ontology.verbs.memory import forget, know, link, log

MOST_PERSONAS = 200
LIMITS = {
    "name": (LONGEST_NAME, "Name"),
    "role": (LONGEST_ROLE, "Role"),
    "system_prompt": (LONGEST_PROMPT, "System prompt"),
    "default_model_id": (120, "Model"),
}
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@transaction.atomic
def create_persona(*, by: User, **fields: Any) -> Persona:
    """An advisor of one's own."""
    if Persona.objects.filter(owner=by).count() >= MOST_PERSONAS:
        raise Invalid(f"One account holds at most {MOST_PERSONAS} personas")
    fields.setdefault("default_model_id", "claude-sonnet-4")
    for name in LIMITS:
        fields.setdefault(name, "")
    persona = Persona.objects.create(owner=by, **checked(fields))
    remember(persona)
    link(from_id=by.pk, to_id=persona.entity_id, type=ConnectionType.OWNS, is_private=True)
    log_change(persona, EventType.AGENT_CREATED, "persona_created", by=by)
    return persona


@transaction.atomic
def revise_persona(*, persona_id: str, by: User, **fields: Any) -> Persona:
    """Change what is given. On a default it changes the user's own version; administrators change everybody's."""
    persona = found(persona_id, by=by)
    fields = checked(fields)
    if persona.is_default and not by.is_admin:
        version, _ = PersonaVersion.objects.get_or_create(persona=persona, owner=by, defaults=voice_of(persona))
        save(version, fields)
        log_change(persona, EventType.CONTENT_CHANGED, "persona_version_changed", by=by)
        return as_seen_by(by, persona)
    save(persona, fields)
    remember(persona)
    log_change(persona, EventType.CONTENT_CHANGED, "persona_changed", by=by)
    return as_seen_by(by, persona)


@transaction.atomic
def delete_persona(*, persona_id: str, by: User) -> None:
    """Remove an own persona, or one's own version of a default, which then is again as everybody sees it."""
    persona = found(persona_id, by=by)
    if persona.is_default:
        removed, _ = PersonaVersion.objects.filter(persona=persona, owner=by).delete()
        if not removed:
            raise Forbidden("A default persona cannot be deleted")
        log_change(persona, EventType.CONTENT_CHANGED, "persona_version_removed", by=by)
        return
    log_change(persona, EventType.CONTENT_CHANGED, "persona_deleted", by=by)
    forget(id=persona.entity_id)
    try:
        persona.delete()
    except ProtectedError:
        raise Conflict("This persona has given answers that are kept, so it stays") from None


def found(persona_id: str, *, by: User) -> Persona:
    persona = visible_persona(by, persona_id).select_for_update(of=("self",)).first()
    if persona is None:
        raise NotFound("Persona not found")
    return persona


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The given fields without outer blanks; Invalid where one is empty, too long or no colour."""
    for name, (limit, label) in LIMITS.items():
        if name not in fields:
            continue
        fields[name] = fields[name].strip()
        if not fields[name]:
            raise Invalid(f"{label} is required")
        if len(fields[name]) > limit:
            raise Invalid(f"{label} has at most {limit:,} characters")
    if len(fields.get("avatar_emoji", "")) > 16:
        raise Invalid("Avatar has at most 16 characters")
    if "accent_color" in fields and not COLOUR.fullmatch(fields["accent_color"]):
        raise Invalid("Accent color must look like #7d9a78")
    return fields


def voice_of(persona: Persona) -> dict[str, str]:
    return {
        name: getattr(persona, name)
        for name in ("name", "role", "system_prompt", "default_model_id", "avatar_emoji", "accent_color")
    }


def save(voice: Persona | PersonaVersion, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(voice, name, value)
    voice.save()


def remember(persona: Persona) -> None:
    default_types = {"persona_strategist": EntityType.STRATEGY_AGENT, "persona_skeptic": EntityType.RESEARCH_AGENT}
    know(
        id=persona.entity_id,
        type=default_types.get(persona.pk, EntityType.INTELLIGENCE_AGENT),
        name=persona.name,
        owner_id=persona.owner_id,
        properties={"personaId": persona.pk, "role": persona.role},
        is_private=not persona.is_default,
    )


def log_change(persona: Persona, type: EventType, what: str, *, by: User) -> None:
    log(type=type, actor_id=by.pk, target_id=persona.entity_id, metadata={"what": what}, is_private=True)
