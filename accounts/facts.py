from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp(Fact):
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Fact):
    """These sessions are over; live sockets that stand on one close."""

    user_id: UUID
    session_ids: tuple[UUID, ...]

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)
