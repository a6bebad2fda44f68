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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiled(Fact):
    """Somebody asks the house to look at something. Who it was is in the row, which staff read."""

    report_id: UUID
    content_type: str
    content_id: UUID

    def topics(self) -> tuple[str, ...]:
        return ("reports",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResolved(Fact):
    """`status`: resolved or dismissed; `action` as in the model."""

    report_id: UUID
    content_type: str
    content_id: UUID
    reporter_id: UUID
    status: str
    action: str

    def topics(self) -> tuple[str, ...]:
        return ("reports",)
