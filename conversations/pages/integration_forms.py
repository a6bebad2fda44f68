"""The form of each integration, made of its declaration. A secret is never shown: an empty field keeps the one that is stored."""

from collections.abc import Mapping
from typing import Any

from django import forms

from config.errors import DomainError
from conversations.models.integration_settings import MASK, IntegrationType, Setting


class ConfigForm(forms.Form):
    """`stored` is the masked config of what is connected already."""

    def __init__(self, data: Any = None, *, kind: IntegrationType, stored: Mapping[str, Any] | None = None):
        self.kind, self.stored = kind, stored or {}
        shown = {setting.name: self.stored.get(setting.name, setting.default) for setting in kind.settings}
        super().__init__(data, initial=shown)
        for setting in kind.settings:
            self.fields[setting.name] = field_of(setting, is_kept=self.keeps(setting))

    def keeps(self, setting: Setting) -> bool:
        return setting.is_secret and setting.name in self.stored

    @property
    def plain_fields(self):
        return [self[setting.name] for setting in self.kind.settings if not setting.is_advanced]

    @property
    def advanced_fields(self):
        return [self[setting.name] for setting in self.kind.settings if setting.is_advanced]

    @property
    def opens_advanced(self) -> bool:
        """Where something in there is wrong, or is not as it would be by itself."""
        changed = {
            setting.name for setting in self.kind.settings if setting.name in self.stored and setting.is_advanced
        }
        return any(field.errors or field.name in changed for field in self.advanced_fields)

    def config(self) -> dict[str, Any]:
        """What was filled in, as the verb takes it."""
        config = {}
        for setting in self.kind.settings:
            value = self.cleaned_data[setting.name]
            is_given = value not in ("", None) if setting.kind != "boolean" else value != bool(setting.default)
            if is_given:
                config[setting.name] = value
            elif self.keeps(setting):
                config[setting.name] = MASK
        return config

    def explain(self, error: DomainError) -> None:
        """The rule's sentences, at the fields they are about."""
        faults = error.details.get("config") if isinstance(error.details, dict) else None
        if not isinstance(faults, dict):
            self.add_error(None, error.message)
            return
        for name, sentences in faults.items():
            self.add_error(name if name in self.fields else None, sentences)


def field_of(setting: Setting, *, is_kept: bool) -> forms.Field:
    about: dict[str, Any] = {
        "label": setting.title,
        "help_text": "One is stored. Leave this empty to keep it." if is_kept else f"{setting.description}.",
        "required": setting.is_required and not is_kept,
    }
    if setting.kind == "boolean":
        return forms.BooleanField(**about | {"required": False})
    if setting.ports:
        nothing = [] if setting.is_required else [("", "Chosen for you")]
        return forms.TypedChoiceField(
            choices=[*nothing, *((port, port) for port in setting.choices)], coerce=int, **about
        )
    if setting.words:
        return forms.ChoiceField(choices=[(word, word) for word in setting.words], **about)
    if setting.kind == "integer":
        return forms.IntegerField(min_value=setting.least, max_value=setting.greatest, **about)
    return text_of(setting, about, is_kept=is_kept)


def text_of(setting: Setting, about: dict[str, Any], *, is_kept: bool) -> forms.CharField:
    if setting.is_secret:
        kept = {"placeholder": MASK} if is_kept else {}
        widget: forms.Widget = forms.PasswordInput(attrs={"autocomplete": "new-password", **kept})
    else:
        widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    return forms.CharField(max_length=setting.most, strip=not setting.is_secret, widget=widget, **about)
