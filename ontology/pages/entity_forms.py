"""The forms of the graph's pages. An entity's properties are rows of name, kind and value; those that the document types
have fields of their own. Nothing here needs a script: a row is added and taken away by the server, and what was typed stays."""

from typing import Any, cast

import orjson
from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict

from config.dialects.fields import MAX_PROPERTIES_BYTES
from ontology.models import ConnectionType, EntityType, Status
from ontology.queries.words import BONDS, FAMILIES, STATES, capital, kind, label, relation
from ontology.verbs.entities import PROFILE
from ontology.verbs.schemas import ENTITIES, NUMBER, TEXT, TEXTS, Kind

LONGEST_KEY, LONGEST_VALUE, MOST_ROWS = 200, 60_000, 150
TEXT_ROW, NUMBER_ROW, CHOICE_ROW, JSON_ROW = "text", "number", "choice", "json"
ROW_KINDS = ((TEXT_ROW, "Text"), (NUMBER_ROW, "Number"), (CHOICE_ROW, "Yes or no"), (JSON_ROW, "List or object"))
YES = {"yes": True, "true": True, "no": False, "false": False}

# The sentences of what a row cannot be.
NO_NAME = "Give it a name, or take the row away."
TWICE = "There is another property of this name."
KEPT_NAME = "This is changed in your profile."
NO_NUMBER = "Write a number, such as 12 or 0.5."
NO_CHOICE = "Write yes or no."
NO_JSON = 'Write JSON, such as ["one", "two"] or {"colour": "blue"}.'
NOTHING = "Nothing cannot be kept. Take the row away instead."


def grouped(families: dict[str, tuple[str, ...]], words) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(name, [(each, capital(words(each))) for each in members]) for name, members in families.items()]


class TagForm(forms.Form):
    key = forms.CharField(label="Name", max_length=64, widget=forms.TextInput(attrs={"placeholder": "genre"}))
    value = forms.CharField(max_length=128, widget=forms.TextInput(attrs={"placeholder": "ambient"}))


class ConnectForm(forms.Form):
    relation = forms.ChoiceField(label="How it is connected", choices=grouped(BONDS, relation))
    q = forms.CharField(label="To what", required=False, max_length=200)

    def clean_relation(self):
        return ConnectionType(self.cleaned_data["relation"])


class NumberField(forms.CharField):
    """A number as JSON writes it; whole ones stay whole."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self, value):
        text = super().clean(value)
        return number_of(text) if text else None

    def prepare_value(self, value):
        return orjson.dumps(value).decode() if isinstance(value, int | float) else value


class LinesField(forms.CharField):
    """Texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value):
        lines = [line.strip() for line in super().clean(value).splitlines()]
        return [line for line in lines if line] or None

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value


FIELDS: dict[Kind, type[forms.CharField]] = {TEXT: forms.CharField, NUMBER: NumberField, TEXTS: LinesField}


class EntityForm(forms.Form):
    """Name, state and typed properties; `rows` are the others. `cleaned_data["properties"]` is all of them."""

    name = forms.CharField(max_length=255)
    status = forms.ChoiceField(label="Who sees it", choices=list(STATES.items()), initial=Status.ACTIVE)

    def __init__(self, *args, type: str, properties: dict[str, Any] | None = None, is_profile: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept_names = PROFILE if is_profile else set()
        if is_profile:
            del self.fields["name"], self.fields["status"]
        self.schema = {key: its for key, its in ENTITIES.get(type, {}).items() if key not in self.kept_names}
        given = {key: value for key, value in (properties or {}).items() if key not in self.kept_names}
        for key, its in self.schema.items():
            self._add_field(key, its, given)
        if self.is_bound:
            self.rows, self.had = rows_from(self.data), cast("QueryDict", self.data).getlist("had")
        else:
            self.rows = [row_of(key, value) for key, value in given.items() if value is not None][:MOST_ROWS]
            # What the form showed, and so may take away: not what others added meanwhile.
            self.had = [key for key in self.schema if key in (properties or {})] + [row["name"] for row in self.rows]

    def forgive(self) -> None:
        """Show what was typed and no errors: a row came or went, nothing was sent."""
        self._errors, self.cleaned_data = ErrorDict(), {}

    def _add_field(self, key: str, its: Kind, given: dict[str, Any]) -> None:
        help_text = "One a line." if its is TEXTS else ""
        field = FIELDS[its](label=label(key), required=False, max_length=LONGEST_VALUE, help_text=help_text)
        if key in given and its.fits(given[key]):
            field.initial = given.pop(key)
        self.fields[f"known-{key}"] = field

    row_kinds = ROW_KINDS
    focus = ""  # where the editor puts the cursor: the new "row", or "add" after one was taken away

    def plain_fields(self):
        return [self[name] for name in ("name", "status") if name in self.fields]

    def known_fields(self):
        return [self[f"known-{key}"] for key in self.schema]

    def clean(self):
        super().clean()
        properties = {
            key: value for key in self.schema if (value := self.cleaned_data.get(f"known-{key}")) not in (None, "")
        }
        taken = set(properties)
        for row in self.rows:
            self._clean_row(row, taken, properties)
        if any(row["errors"] for row in self.rows):
            self.add_error(None, "A property needs another look. Nothing was saved yet.")
        elif len(orjson.dumps(properties)) > MAX_PROPERTIES_BYTES:
            self.add_error(None, "The properties together are more than 64 KiB. Take some away.")
        self.cleaned_data["properties"] = properties
        return self.cleaned_data

    def _clean_row(self, row: dict[str, Any], taken: set[str], properties: dict[str, Any]) -> None:
        name = row["name"].strip()
        if not name and not row["value"].strip():
            return
        row["errors"] = fault_of(name, taken, self.kept_names)
        taken.add(name)
        try:
            properties[name] = value_of(row["kind"], row["value"])
        except forms.ValidationError as error:
            row["errors"] += error.messages


def fault_of(name: str, taken: set[str], kept: set[str]) -> list[str]:
    if not name:
        return [NO_NAME]
    if len(name) > LONGEST_KEY:
        return [f"A name has at most {LONGEST_KEY} letters."]
    if "\0" in name:
        return ["A name holds no control characters."]
    if name in kept:
        return [KEPT_NAME]
    return [TWICE] if name in taken else []


# --- rows ----------------------------------------------------------------------------------------------------------


def row_of(key: str, value: Any) -> dict[str, Any]:
    """How a value that is there is shown in the editor."""
    row = {"name": key, "errors": []}
    if isinstance(value, str):
        return {**row, "kind": TEXT_ROW, "value": value}
    if isinstance(value, bool):
        return {**row, "kind": CHOICE_ROW, "value": "yes" if value else "no"}
    if isinstance(value, int | float):
        return {**row, "kind": NUMBER_ROW, "value": orjson.dumps(value).decode()}
    return {**row, "kind": JSON_ROW, "value": orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()}


def rows_from(data) -> list[dict[str, Any]]:
    """The rows as they were sent, in their order; a browser's line ends are made ours."""
    lists = (data.getlist("row-name"), data.getlist("row-kind"), data.getlist("row-value"))
    return [
        {"name": name, "kind": kind, "value": value.replace("\r\n", "\n"), "errors": []}
        for name, kind, value in list(zip(*lists, strict=False))[:MOST_ROWS]
    ]


def value_of(kind: str, text: str) -> Any:
    """What a row means; ValidationError with the sentence for what it cannot."""
    if len(text) > LONGEST_VALUE:
        raise forms.ValidationError(f"A value has at most {LONGEST_VALUE:,} letters.")
    if "\0" in text:
        raise forms.ValidationError("A value holds no control characters.")
    if kind == NUMBER_ROW:
        return number_of(text)
    if kind == CHOICE_ROW:
        if (choice := YES.get(text.strip().lower())) is None:
            raise forms.ValidationError(NO_CHOICE)
        return choice
    return json_of(text) if kind == JSON_ROW else text


def number_of(text: str) -> float:
    try:
        found = orjson.loads(text.strip())
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise forms.ValidationError(NO_NUMBER)
    return found


def json_of(text: str) -> Any:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise forms.ValidationError(NO_JSON) from None
    if found is None:
        raise forms.ValidationError(NOTHING)
    if "\\u0000" in text:
        raise forms.ValidationError("A value holds no control characters.")
    return found


def type_choices() -> list[dict[str, Any]]:
    """The fifty types under their families, to choose one from."""
    return [
        {"name": name, "types": [{"type": type, "name": capital(kind(type))} for type in types]}
        for name, types in FAMILIES.items()
    ]


def known_type(text: str) -> str:
    return text if text in EntityType.values else ""
