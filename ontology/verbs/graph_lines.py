"""The lines of an import and an export: JSON objects in ONE's own shapes, with `kind` beside them.

    {"kind": "entity", "_id"?, "type", "name", "properties"?, "status"?, "createdAt"?, "isPrivate"?}
    {"kind": "connection", "_id"?, "fromEntityId", "toEntityId", "relationshipType", "metadata"?, "createdAt"?, "isPrivate"?}
    {"kind": "event", "_id"?, "type", "actorId", "targetId"?, "timestamp"?, "metadata"?, "isPrivate"?}
    {"kind": "tag", "_id"?, "entityId", "key", "value"}

Moments are whole milliseconds since 1970. `updatedAt` and a null `deletedAt`, which ONE's schemas have, are taken and
mean nothing: what is imported was changed last by its import. An unknown key is a mistake and refused.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn
from uuid import UUID

import orjson
from django.utils.timezone import now

from config import strict_json
from config.errors import Invalid
from config.ids import parse_id
from ontology.models import ConnectionType, EntityType, EventType, Status
from ontology.verbs.schemas import check_connection_metadata, check_event_metadata, check_properties

MOST_LINE_BYTES = 256 * 1024
MOST_PROPERTIES_BYTES = 64 * 1024
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# Django makes such a list anew whenever it is asked for one.
ENTITY_TYPES, CONNECTION_TYPES = frozenset(EntityType.values), frozenset(ConnectionType.values)
EVENT_TYPES, STATUSES = frozenset(EventType.values), frozenset(Status.values)
AHEAD = dt.timedelta(minutes=5)  # clocks differ


class BadLine(Exception):
    """This line cannot be imported, and so nothing of its file is. `reason` is a sentence for people."""

    def __init__(self, number: int, reason: str) -> None:
        self.number, self.reason = number, reason
        super().__init__(f"Line {number}: {reason}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that has ONE's shape. `values` are fields of its model; `id` is None where the line gives none."""

    number: int
    kind: str
    id: UUID | None
    values: dict[str, Any] = field(default_factory=dict)

    def names(self) -> Iterator[tuple[str, UUID]]:
        """The entities it speaks of, as (field, id)."""
        for name in ENDS.get(self.kind, ()):
            if self.values[name] is not None:
                yield name, self.values[name]


ENDS = {"connection": ("from_entity_id", "to_entity_id"), "event": ("actor_id", "target_id"), "tag": ("entity_id",)}
OWN = {"connection": "from_entity_id", "event": "actor_id", "tag": "entity_id"}
"""Which of the ends must be the importer's own, as when it is written by hand (decisions.md, section 4)."""
WIRE = {
    "from_entity_id": "fromEntityId",
    "to_entity_id": "toEntityId",
    "actor_id": "actorId",
    "target_id": "targetId",
    "entity_id": "entityId",
}


def raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(number, line) from 1, without blank ones."""
    number = 0
    while raw := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(raw) > MOST_LINE_BYTES:
            raise BadLine(number, "It is longer than 256 KiB.")
        if raw.strip():
            yield number, raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw


def kind_of(number: int, raw: bytes) -> tuple[str, dict[str, Any]]:
    try:
        given = strict_json.loads(raw, called="line")
    except ValueError as error:
        raise BadLine(number, f"{error}.") from None
    if not isinstance(given, dict):
        raise BadLine(number, "It is not a JSON object.")
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in READERS:
        raise BadLine(number, f"Its kind must be one of {', '.join(READERS)}.")
    return kind, given


def read_lines(file: BinaryIO, *, entities: bool | None = None) -> Iterator[Line]:
    """The lines of the file from its beginning: all, or the entities alone, or all the others."""
    file.seek(0)
    for number, raw in raw_lines(file):
        kind, given = kind_of(number, raw)
        if entities is None or entities == (kind == "entity"):
            yield shaped(number, kind, given)


def shaped(number: int, kind: str, given: dict[str, Any]) -> Line:
    """The line, if it has one of the shapes above; whether its ends are there is asked elsewhere."""
    read = Reader(number, given)
    key = read.id("_id", required=False)
    values = READERS[kind](read)
    read.nothing_else()
    return Line(number, kind, key, values)


class Reader:
    """Takes one key after the other out of a line's object and refuses what does not fit."""

    def __init__(self, number: int, given: dict[str, Any]) -> None:
        self.number, self.given = number, given

    def refuse(self, key: str, sentence: str) -> NoReturn:
        raise BadLine(self.number, f"{key}: {sentence}")

    def take(self, key: str, *, required: bool = True) -> Any:
        value = self.given.pop(key, None)
        if value is None and required:
            self.refuse(key, "This is required.")
        return value

    def text(self, key: str, most: int) -> str:
        value = self.take(key)
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= most:
            self.refuse(key, f"Must be a text of 1 to {most} letters.")
        return value.strip()

    def choice(self, key: str, choices: frozenset[str], default: str | None = None) -> str:
        value = self.take(key, required=default is None)
        value = default if value is None else value
        if not isinstance(value, str) or value not in choices:
            self.refuse(key, "This is none of the document's.")
        return value

    def id(self, key: str, *, required: bool = True) -> UUID | None:
        value = self.take(key, required=required)
        found = parse_id(value) if isinstance(value, str) else None
        if value is not None and not found:
            self.refuse(key, "Must be an id (a UUID).")
        return found

    def object(self, key: str) -> dict[str, Any]:
        value = self.take(key, required=False)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse(key, "Must be an object.")
        if len(orjson.dumps(value)) > MOST_PROPERTIES_BYTES:
            self.refuse(key, "Must be at most 64 KiB of JSON.")
        return value

    def flag(self, key: str) -> bool:
        value = self.take(key, required=False)
        if value not in (None, True, False) or type(value) is int:
            self.refuse(key, "Must be true or false.")
        return bool(value)

    def moment(self, key: str) -> dt.datetime | None:
        value = self.take(key, required=False)
        if value is None:
            return None
        if type(value) is not int or not 0 <= value < 2**53:
            self.refuse(key, "Must be a Unix timestamp in milliseconds.")
        latest = now() + AHEAD
        if value > (latest - EPOCH) // dt.timedelta(milliseconds=1):
            self.refuse(key, "Must not lie in the future.")
        return EPOCH + dt.timedelta(milliseconds=value)

    def check(self, rule: Callable[[str, dict[str, Any]], None], type: str, given: dict[str, Any]) -> None:
        """A rule of schemas.py, whose fault is said in one sentence."""
        try:
            rule(type, given)
        except Invalid as error:
            [(where, faults)] = error.details.items()
            key, sentences = next(iter(faults.items()))
            self.refuse(f"{where}.{key}", sentences[0])

    def nothing_else(self) -> None:
        if self.given:
            self.refuse(str(min(self.given))[:64], "This key is unknown.")


def _entity(read: Reader) -> dict[str, Any]:
    values: dict[str, Any] = {
        "type": read.choice("type", ENTITY_TYPES),
        "name": read.text("name", 255),
        "properties": read.object("properties"),
        "status": read.choice("status", STATUSES, Status.ACTIVE.value),
        "created_at": read.moment("createdAt"),
        "is_private": read.flag("isPrivate"),
    }
    read.check(check_properties, values["type"], values["properties"])
    read.moment("updatedAt")
    if read.take("deletedAt", required=False) is not None:
        read.refuse("deletedAt", "What is deleted is not imported.")
    return values


def _connection(read: Reader) -> dict[str, Any]:
    values: dict[str, Any] = {
        "from_entity_id": read.id("fromEntityId"),
        "to_entity_id": read.id("toEntityId"),
        "relationship_type": read.choice("relationshipType", CONNECTION_TYPES),
        "metadata": read.object("metadata"),
        "created_at": read.moment("createdAt"),
        "is_private": read.flag("isPrivate"),
    }
    read.check(check_connection_metadata, values["relationship_type"], values["metadata"])
    if read.take("deletedAt", required=False) is not None:
        read.refuse("deletedAt", "What is deleted is not imported.")
    return values


def _event(read: Reader) -> dict[str, Any]:
    values: dict[str, Any] = {
        "type": read.choice("type", EVENT_TYPES),
        "actor_id": read.id("actorId"),
        "target_id": read.id("targetId", required=False),
        "timestamp": read.moment("timestamp"),
        "metadata": read.object("metadata"),
        "is_private": read.flag("isPrivate"),
    }
    read.check(check_event_metadata, values["type"], values["metadata"])
    return values


def _tag(read: Reader) -> dict[str, Any]:
    return {"entity_id": read.id("entityId"), "key": read.text("key", 64), "value": read.text("value", 128)}


READERS: dict[str, Callable[[Reader], dict[str, Any]]] = {
    "entity": _entity,
    "connection": _connection,
    "event": _event,
    "tag": _tag,
}
