"""The register of personal data: of every column of every model, what it is and what becomes of it.

Each app declares its tables in `{app}/personal_data.py`; accounts also declares those of other packages. The copy of
somebody's data (accounts/verbs/exports.py) and the erasure (accounts/verbs/departures.py) both run from this map, and
tests/house/test_personal_data.py fails on a column that nobody classified.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import FileField, Model, Q, QuerySet

APPS_FROM_THE_TOP = ("council", "conversations", "marketplace", "accounts", "ontology")


@dataclass(frozen=True, slots=True)
class Person:
    """Whose rows are looked for; what was published after `until` is not theirs any more."""

    id: UUID
    email: str
    until: dt.datetime


Found = Callable[[Person], QuerySet[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One model's declaration.

    `of`: look-up paths from a row to the user it belongs to, or `found`, which asks in its own way; neither where the
    table holds nobody's data. `stays`: why the rows outlive their person, with `anonymised` columns replaced (by a value,
    or by a function of the row whose docstring says what it puts there) and `kept` ones as they are, each for a reason.
    Without `stays` the rows are erased. A column is `exported`, `withheld` (a secret, never exported), `anonymised`, `kept` or
    `not_personal`; an exported one of a table that stays may be anonymised or kept besides.
    """

    model: type[Model]
    of: tuple[str, ...] = ()
    found: Found | None = None
    stays: str = ""
    exported: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    not_personal: tuple[str, ...] = ()
    anonymised: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    # The app that declared it: it says when the table's turn comes in an erasure.
    app: str = ""

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def is_of_people(self) -> bool:
        return bool(self.of or self.found)

    @property
    def columns(self) -> dict[str, Any]:
        """The model's fields by column."""
        return {each.attname: each for each in self.model._meta.concrete_fields}

    @property
    def file_columns(self) -> list[str]:
        return [name for name, each in self.columns.items() if isinstance(each, FileField)]

    def rows(self, person: Person) -> QuerySet[Any]:
        """The rows of `person`, each once, in the order they were made."""
        everything = self.model._base_manager.all()
        if self.found is not None:
            rows = self.found(person)
        else:
            mine = Q()
            for path in self.of:
                mine |= Q(**{path: person.id})
            rows = everything.filter(mine) if mine else everything.none()
        if len(self.of) > 1:
            rows = everything.filter(pk__in=rows.values("pk"))
        return rows.order_by("pk")

    def rule_of(self, column: str) -> str:
        """What the map says of this column, for people."""
        if column in self.not_personal:
            return "not personal"
        if column in self.withheld:
            return "a secret, never exported; erased with its row"
        words = ["exported"] if column in self.exported else ["not exported"]
        if column in self.anonymised:
            words.append(f"anonymised: {said(self.anonymised[column])}")
        elif self.stays:
            words.append(f"kept: {self.kept.get(column, self.stays)}")
        else:
            words.append("erased with its row")
        return "; ".join(words)

    def faults(self) -> list[str]:
        """What is wrong with this declaration; nothing where all is well."""
        groups = {
            "exported": set(self.exported),
            "withheld": set(self.withheld),
            "not personal": set(self.not_personal),
            "anonymised": set(self.anonymised),
            "kept": set(self.kept),
        }
        named = set().union(*groups.values())
        return [
            *(f"{self.label}.{column} is not classified" for column in sorted(self.columns.keys() - named)),
            *(f"{self.label}.{column} does not exist" for column in sorted(named - self.columns.keys())),
            *(f"{self.label}.{column} is {pair}" for column, pair in doubles(groups)),
            *self.contradictions(),
        ]

    def contradictions(self) -> Iterator[str]:
        if not self.stays and (self.anonymised or self.kept):
            yield f"{self.label} is erased, so that no column of it is anonymised or kept"
        if self.stays and self.withheld:
            yield f"{self.label} stays, so that its secrets must be anonymised"
        if self.exported and not self.is_of_people:
            yield f"{self.label} has exported columns and nobody they belong to"
        for column, why in self.kept.items():
            if len(why) < 10:
                yield f"{self.label}.{column} is kept without a reason"


def doubles(groups: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Columns in two groups at once, but for exported ones that are also anonymised or kept."""
    names = list(groups)
    allowed = {("exported", "anonymised"), ("exported", "kept")}
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if (one, other) not in allowed:
                for column in sorted(groups[one] & groups[other]):
                    yield column, f"both {one} and {other}"


def said(value: Any) -> str:
    """What a column is replaced by, in words."""
    if callable(value):
        return (value.__doc__ or value.__name__).strip().splitlines()[0].rstrip(".")
    return "emptied" if value in (None, "", {}, []) else repr(value)


REGISTER: dict[str, Table] = {}


def declare(app: str, *declared: Table) -> None:
    """Add an app's tables, in the order in which their rows leave."""
    for each in declared:
        if each.label in REGISTER:
            raise ValueError(f"{each.label} is declared twice")
        REGISTER[each.label] = replace(each, app=app)


def table(
    model: type[Model],
    *,
    of: str = "",
    found: Found | None = None,
    stays: str = "",
    exported: str = "",
    withheld: str = "",
    not_personal: str = "",
    anonymised: Mapping[str, Any] | None = None,
    kept: Mapping[str, str] | None = None,
) -> Table:
    """A declaration as it is written: paths and columns as words with blanks between."""
    return Table(
        model=model,
        of=tuple(of.split()),
        found=found,
        stays=stays,
        exported=tuple(exported.split()),
        withheld=tuple(withheld.split()),
        not_personal=tuple(not_personal.split()),
        anonymised=anonymised or {},
        kept=kept or {},
    )


def tables() -> list[Table]:
    return list(REGISTER.values())


def chapters() -> list[Table]:
    """The tables of which a person gets their rows."""
    return [each for each in tables() if each.is_of_people and each.exported]


def in_leaving_order() -> list[Table]:
    """From the app that stands highest down, so that nothing goes while another still stands upon it."""
    people = [each for each in tables() if each.is_of_people]
    return sorted(people, key=lambda each: APPS_FROM_THE_TOP.index(each.app))
