"""What the declarations in integration_types.py are made of, and what is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

MASK = "********"
"""Stands for every secret that is read back, always as long; given back to us it means: as before."""

HOST = r"^[^\s,/\\@%\[\]?#\"']+$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value of a config. `kind` is JSON Schema's: string, integer or boolean.

    `pattern` fits the whole text, `most` is its longest, `ports` names a table of settings.py whose keys are the choices.
    `sent_to` names the settings that say where a secret goes: it is not kept for a host that it was not given for.
    """

    name: str
    title: str
    description: str
    kind: str = "string"
    is_required: bool = True
    is_secret: bool = False
    pattern: str = ""
    most: int = 255
    ports: str = ""
    least: int | None = None
    greatest: int | None = None
    words: tuple[str, ...] = ()
    default: Any = None
    sent_to: tuple[str, ...] = ()
    is_advanced: bool = False

    @property
    def choices(self) -> tuple[Any, ...]:
        return tuple(getattr(settings, self.ports)) if self.ports else self.words

    def schema(self) -> dict[str, Any]:
        told: dict[str, Any] = {"type": self.kind, "title": self.title, "description": self.description}
        if self.kind == "string":
            told |= {"minLength": 1, "maxLength": self.most}
        limits = {"pattern": self.pattern, "enum": list(self.choices), "minimum": self.least, "maximum": self.greatest}
        told |= {name: limit for name, limit in limits.items() if limit not in ("", [], None)}
        if self.default is not None:
            told["default"] = self.default
        return told | ({"secret": True, "writeOnly": True} if self.is_secret else {})


SANDBOX = Setting(
    name="sandbox",
    title="Sandbox",
    description="Try it without the service: a stand-in answers tests, and every answer says so. A secret with “invalid” in it is refused",
    kind="boolean",
    is_required=False,
    default=False,
    is_advanced=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationType:
    """`steps` tell people how to get what is asked for, in order."""

    type: str
    name: str
    description: str
    category: str
    icon: str
    steps: tuple[str, ...]
    own_settings: tuple[Setting, ...]

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (*self.own_settings, SANDBOX)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {setting.name: setting.schema() for setting in self.settings},
            "required": [setting.name for setting in self.settings if setting.is_required],
            "additionalProperties": False,
        }

    def masked(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What may be read of a config: of a secret only that it is there."""
        shown = {setting.name: setting.is_secret for setting in self.settings if setting.name in config}
        return {name: MASK if is_secret else config[name] for name, is_secret in shown.items()}


def password(name: str, title: str, description: str, *, sent_to: tuple[str, ...], is_required: bool = True) -> Setting:
    return Setting(
        name=name,
        title=title,
        description=description,
        most=500,
        is_secret=True,
        sent_to=sent_to,
        is_required=is_required,
    )
