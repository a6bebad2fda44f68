"""Switching parts of the house on and off. Document veza.txt, "Feature Flags"."""

import re
from typing import Any

from django.db import transaction

from accounts.facts import FeatureFlagChanged
from accounts.models import FeatureFlag, User
from accounts.models.feature_flags import FLAG_NAME, LONGEST_FLAG
from accounts.verbs.audit import keep_change
from config.errors import Forbidden, Invalid, NotFound
from ontology.changes import publish

MOST_FLAGS = 500
LONGEST_DESCRIPTION = 200
NAME_RULE = f"1 to {LONGEST_FLAG} letters, digits, dots, hyphens and underscores; the first is a letter or a digit."


@transaction.atomic
def set_flag(
    *, name: str, enabled: bool, by: User, description: str | None = None, for_staff: bool | None = None
) -> FeatureFlag:
    """Switch it. One that is not here is made: the document has no other way to make one. What is None stays as it is."""
    check_administrator(by)
    name = checked_name(name)
    given = {"enabled": enabled, "description": checked_description(description), "for_staff": for_staff}
    changes = {field: value for field, value in given.items() if value is not None}
    flag = FeatureFlag.objects.select_for_update().filter(name=name).first()
    if flag is None:
        return _make(name, changes, by)
    if all(getattr(flag, field) == value for field, value in changes.items()):
        return flag
    for field, value in changes.items():
        setattr(flag, field, value)
    flag.changed_by = by
    flag.save()
    _tell(flag, "switched", by)
    return flag


@transaction.atomic
def remove_flag(*, name: str, by: User) -> None:
    """Whoever asks for it finds it off from now on."""
    check_administrator(by)
    flag = FeatureFlag.objects.select_for_update().filter(name=name).first()
    if flag is None:
        raise NotFound("Feature flag not found")
    FeatureFlag.objects.filter(name=name).delete()
    flag.enabled = flag.for_staff = False
    _tell(flag, "removed", by)


def check_administrator(by: Any) -> None:
    if not by.is_admin:
        raise Forbidden("Only administrators may do this")


def checked_name(name: str) -> str:
    if len(name) > LONGEST_FLAG or not re.fullmatch(FLAG_NAME[1:-1], name):
        raise Invalid(f"A flag's name is {NAME_RULE}", details={"name": [f"Must be {NAME_RULE}"]})
    return name


def checked_description(text: str | None) -> str | None:
    text = None if text is None else " ".join(text.split())
    if text is not None and (len(text) > LONGEST_DESCRIPTION or "\0" in text):
        fault = f"Must be a text of at most {LONGEST_DESCRIPTION} characters."
        raise Invalid(f"description: {fault}", details={"description": [fault]})
    return text


def _make(name: str, given: dict[str, Any], by: User) -> FeatureFlag:
    if FeatureFlag.objects.count() >= MOST_FLAGS:
        raise Invalid(f"There are {MOST_FLAGS} flags already; remove one first", code="too_many_flags")
    flag, is_new = FeatureFlag.objects.get_or_create(name=name, defaults={**given, "changed_by": by})
    if not is_new:  # somebody else was quicker
        return set_flag(name=name, by=by, **given)
    _tell(flag, "made", by)
    return flag


def _tell(flag: FeatureFlag, what: str, by: User) -> None:
    state = "on" if flag.enabled else "off"
    keep_change(action=f"feature flag {what}: {state}", resource=flag.name, user_id=by.pk)
    publish(FeatureFlagChanged(name=flag.name, what=what, enabled=flag.enabled, for_staff=flag.for_staff))
