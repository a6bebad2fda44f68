from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationOpened(Fact):
    """A question waits for the council: newly asked, or taken up again."""

    deliberation_id: UUID
    conversation_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorAnswered(Fact):
    """One seat's answer is complete and saved."""

    deliberation_id: UUID
    conversation_id: UUID
    persona_id: str

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliberationEnded(Fact):
    """`status`: done, stopped or error."""

    deliberation_id: UUID
    conversation_id: UUID
    user_id: UUID
    status: str

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}", f"user:{self.user_id}")
