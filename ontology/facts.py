"""What can happen: frozen dataclasses in the past tense. Each app has its own; this is their base and ontology's few."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Fields are plain JSON values or UUIDs. `topics()` names who listens live: `user:<id>`, `conversation:<id>`, `entity:<id>`."""

    def topics(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChanged(Fact):
    """An entity was created, updated or deleted."""

    entity_id: UUID
    type: str
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.entity_id}",)
