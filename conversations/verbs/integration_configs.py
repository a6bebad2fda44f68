"""What somebody gives as the config of an integration, held against its declaration. messaging-design.md §7."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from config.errors import Invalid
from conversations.models.integration_settings import MASK, IntegrationType, Setting

KINDS: dict[str, tuple[type, str]] = {
    "string": (str, "Must be a text."),
    "integer": (int, "Must be a whole number."),
    "boolean": (bool, "Must be true or false."),
}
Faults = dict[str, list[str]]


def checked_config(kind: IntegrationType, given: object, *, stored: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The whole config, with what was masked as it is `stored`. Invalid with the sentences of every field that is wrong."""
    if not isinstance(given, Mapping):
        raise Invalid("config: Must be an object.", details={"config": ["Must be an object."]})
    faults: Faults = {name[:100]: ["Unknown field."] for name in map(str, given) if name not in names_of(kind)}
    config: dict[str, Any] = {}
    for setting in kind.settings:
        if setting.name not in given:
            if setting.is_required:
                faults[setting.name] = ["This field is required."]
            continue
        value = unmasked(setting, given, stored or {})
        if fault := fault_of(setting, value):
            faults[setting.name] = [fault]
        else:
            config[setting.name] = value
    if not faults:
        faults = faults_between(config)
    if faults:
        field, sentences = next(iter(faults.items()))
        raise Invalid(f"config.{field}: {sentences[0]}", details={"config": faults})
    return config


def names_of(kind: IntegrationType) -> set[str]:
    return {setting.name for setting in kind.settings}


def unmasked(setting: Setting, given: Mapping[str, Any], stored: Mapping[str, Any]) -> Any:
    """What is stored, where the mask came back and the secret still goes where it was given for; otherwise what was given."""
    value = given[setting.name]
    if value != MASK or not setting.is_secret or setting.name not in stored:
        return value
    goes_elsewhere = any(given.get(name) != stored.get(name) for name in setting.sent_to)
    return value if goes_elsewhere else stored[setting.name]


def fault_of(setting: Setting, value: Any) -> str:
    """A sentence, or nothing."""
    kind, sentence = KINDS[setting.kind]
    if type(value) is not kind:
        return sentence
    if setting.is_secret and value == MASK:
        return "Give the secret itself: none is kept for this host." if setting.sent_to else "Give the secret itself."
    if setting.choices and value not in setting.choices:
        return f"Must be one of {', '.join(map(str, setting.choices))}."
    if isinstance(value, str):
        return fault_of_text(setting, value)
    return fault_of_number(setting, value) if isinstance(value, int) else ""


def fault_of_text(setting: Setting, value: str) -> str:
    if not value.strip():
        return "This field may not be blank."
    if len(value) > setting.most:
        return f"Must have at most {setting.most} characters."
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
        return "Must be one line of text."
    if setting.pattern and not re.fullmatch(setting.pattern, value):
        return f"This does not look right. {setting.description}."
    return ""


def fault_of_number(setting: Setting, value: int) -> str:
    is_less = setting.least is not None and value < setting.least
    is_more = setting.greatest is not None and value > setting.greatest
    return f"Must be a whole number from {setting.least} to {setting.greatest}." if is_less or is_more else ""


def faults_between(config: Mapping[str, Any]) -> Faults:
    """What belongs to a server that is not named is a mistake, not something to keep."""
    if "imap_host" in config:
        return {}
    lost = [name for name in config if name.startswith("imap_")]
    return {name: ["Name the IMAP server too, or leave this out."] for name in lost}
