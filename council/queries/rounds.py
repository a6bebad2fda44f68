"""A conversation as a room shows it: its questions in turn, each with three seats and what they came to."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations.models import Message
from council.gateways.engines import label_of
from council.gateways.language_model import PUBLIC_SENTENCES, SEATS, ErrorCode
from council.models import Deliberation
from council.queries.deliberations import messages_of
from council.queries.personas import personas_of


@dataclass(frozen=True)
class Seat:
    """One advisor in a round. `status`: waiting, streaming, done, stopped or error."""

    id: str
    name: str
    role: str
    status: str
    text: str


@dataclass(frozen=True)
class Round:
    """One question. `fault` is a sentence where it ended early, `engine` the label of what answered."""

    question: str
    status: str
    asked_at: Any
    seats: tuple[Seat, ...]
    synthesis: dict[str, Any] | None
    fault: str
    engine: str

    @property
    def is_open(self) -> bool:
        return self.status in (Deliberation.Status.QUEUED, Deliberation.Status.RUNNING)

    @property
    def can_be_retried(self) -> bool:
        return self.status in (Deliberation.Status.STOPPED, Deliberation.Status.ERROR)


def rounds_of(user: Any, conversation_id: UUID) -> list[Round]:
    """Oldest first; the same few queries however many questions there are."""
    personas = {persona.pk: persona for persona in personas_of(user)}
    deliberations = {row.question_id: row for row in Deliberation.objects.filter(conversation=conversation_id)}
    questions: dict[UUID, dict[str, Any]] = {}
    replies: dict[UUID, dict[str, dict[str, Any]]] = {}
    syntheses: dict[UUID, dict[str, Any]] = {}
    for row in messages_of(conversation_id):
        if row["role"] == Message.Role.USER and row["id"] in deliberations:
            questions[row["id"]] = row
        elif row["role"] == Message.Role.ADVISOR:
            replies.setdefault(row["parent_id"], {})[row["advisor_reply__persona_id"]] = row
        elif row["role"] == Message.Role.SYNTHESIS:
            syntheses[row["parent_id"]] = row["synthesis__body"]
    return [
        Round(
            question=question["content"],
            status=deliberations[key].status,
            asked_at=question["created_at"],
            seats=tuple(_seat(seat, personas[seat], replies.get(key, {}).get(seat)) for seat in SEATS),
            synthesis=syntheses.get(key),
            fault=_fault(deliberations[key]),
            engine=next((label_of(row["advisor_reply__model_id"]) for row in replies.get(key, {}).values()), ""),
        )
        for key, question in questions.items()
    ]


def _seat(seat: str, persona: Any, reply: dict[str, Any] | None) -> Seat:
    if reply is None:
        return Seat(seat, persona.name, persona.role, "waiting", "")
    name, role = reply["advisor_reply__advisor_name"], reply["advisor_reply__advisor_role"]
    return Seat(seat, name, role, reply["status"], reply["content"])


def _fault(deliberation: Deliberation) -> str:
    if deliberation.status == Deliberation.Status.STOPPED:
        return "You stopped the council here. What was said is kept."
    if deliberation.status == Deliberation.Status.ERROR:
        return PUBLIC_SENTENCES[ErrorCode(deliberation.error_code)]
    return ""
