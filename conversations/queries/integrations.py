"""Whose integrations somebody may look at. A config is read one at a time, and shown masked."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from config.encrypted import Undecipherable, decrypt
from config.errors import Forbidden, NotFound, Unavailable
from config.ids import parse_id
from conversations.models import Integration
from conversations.models.integration_settings import IntegrationType
from conversations.models.integration_types import TYPES

UNREADABLE = (
    "What is stored of this integration cannot be read with this house's keys. Enter it anew, or ask whoever runs it."
)


def known_type(type: object) -> IntegrationType:
    kind = TYPES.get(type) if isinstance(type, str) else None
    if kind is None:
        raise NotFound("Integration type not found")
    return kind


def readable_owner(user_id: object, *, by: User) -> UUID:
    """Oneself, or for staff anybody that there is. Who is not staff learns of nobody else whether they exist."""
    key = parse_id(user_id)
    if key == by.pk:
        return by.pk
    if not by.is_staff:
        raise Forbidden
    if key is None or not User.objects.visible_to(by).filter(pk=key).exists():
        raise NotFound("User not found")
    return key


def writable_owner(user_id: object, *, by: User) -> UUID:
    """Oneself alone: staff may look, and change nothing."""
    owner_id = readable_owner(user_id, by=by)
    if owner_id != by.pk:
        raise Forbidden
    return owner_id


def integrations_of(*, user_id: object, by: User) -> QuerySet[Integration]:
    """The newest first; without their configs."""
    owner_id = readable_owner(user_id, by=by)
    return Integration.objects.visible_to(by).filter(user=owner_id).defer("config")


def one_integration(*, user_id: object, type: object, by: User) -> Integration:
    found = integrations_of(user_id=user_id, by=by).filter(type=known_type(type).type).first()
    if found is None:
        raise NotFound("Integration not found")
    return found


def config_of(integration: Integration) -> dict[str, Any]:
    """With its secrets; Unavailable where no key fits it."""
    try:
        config: dict[str, Any] = integration.config
    except Undecipherable:
        raise Unavailable(UNREADABLE, code="unreadable") from None
    return config


def masked_config(integration: Integration) -> dict[str, Any]:
    return TYPES[integration.type].masked(config_of(integration))


def sandboxed_types(*, user_id: object, by: User) -> set[str]:
    """Which of somebody's integrations their twins answer for: one query, and no failure for what cannot be read."""
    rows = integrations_of(user_id=user_id, by=by).annotate(stored=Cast(F("config"), TextField()))
    return {type for type, stored in rows.values_list("type", "stored") if is_sandboxed(stored)}


def is_sandboxed(stored: str) -> bool:
    try:
        return bool(decrypt(stored).get("sandbox"))
    except Undecipherable:
        return False
