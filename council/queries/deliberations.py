"""What was asked and answered: who may read it, what a follower sees, what a room shows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from config.errors import NotFound
from config.ids import parse_id
from conversations.models import Conversation, Message
from council.gateways.language_model import SEATS
from council.models import AdvisorReply, Deliberation, Project, Synthesis

REPLY = (
    "persona_id", "advisor_name", "advisor_role", "model_id", "prompt_tokens", "completion_tokens",
    "is_usage_estimated", "error_code", "message_id", "message__content", "message__status",
)  # fmt: skip
CONVERSATION = ("id", "project_id", "title", "mode", "created_by_id", "created_at", "updated_at", "last_message_at")

MESSAGE = (
    "id", "conversation_id", "role", "content", "status", "parent_id", "sender_id", "created_at",
    "advisor_reply__persona_id", "advisor_reply__model_id", "advisor_reply__prompt_tokens",
    "advisor_reply__completion_tokens", "advisor_reply__is_usage_estimated", "advisor_reply__advisor_name",
    "advisor_reply__advisor_role", "advisor_reply__error_code", "synthesis__body", "synthesis__model_id",
)  # fmt: skip


@dataclass(frozen=True)
class Snapshot:
    """A deliberation as it is saved now. `replies` are rows of REPLY in the order of the seats."""

    status: str
    error_code: str
    error_stage: str
    error_seat: str
    replies: tuple[dict[str, Any], ...]
    synthesis: dict[str, Any] | None

    @property
    def is_open(self) -> bool:
        return self.status in (Deliberation.Status.QUEUED, Deliberation.Status.RUNNING)


def readable_by(user: Any) -> QuerySet[Conversation]:
    """Council conversations that `user` may read: their own, and those of projects they see."""
    projects = Project.objects.visible_to(user).values("pk")
    councils = Conversation.objects.filter(kind=Conversation.Kind.COUNCIL, deleted_at=None)
    return councils.filter(Q(created_by=user.pk) | Q(project_id__in=projects))


def conversation_read_by(user: Any, conversation_id: object) -> Conversation:
    """The conversation where `user` may read it; NotFound otherwise."""
    key = parse_id(conversation_id)
    conversation = readable_by(user).filter(pk=key).first() if key else None
    if conversation is None:
        raise NotFound("Conversation not found")
    return conversation


def conversations_of_project(user: Any, project_id: object) -> QuerySet[Conversation]:
    """The project's conversations; NotFound where `user` does not see the project."""
    key = parse_id(project_id)
    if key is None or not Project.objects.visible_to(user).filter(pk=key).exists():
        raise NotFound("Project not found")
    return Conversation.objects.filter(kind=Conversation.Kind.COUNCIL, deleted_at=None, project_id=key)


def with_last_status(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The conversations with `council_status`, that of their last question (None before the first)."""
    last = Deliberation.objects.filter(conversation=OuterRef("pk")).order_by("-created_at", "-id")
    return conversations.annotate(council_status=Subquery(last.values("status")[:1]))


def last_deliberation(conversation_id: UUID) -> Deliberation | None:
    """The conversation's last question before the council."""
    return Deliberation.objects.filter(conversation=conversation_id).order_by("-created_at", "-id").first()


def snapshot(deliberation_id: UUID) -> Snapshot:
    """Everything saved of a deliberation. The status is read first, so the last answer cannot slip in between."""
    state = Deliberation.objects.values("status", "error_code", "error_stage", "error_seat").get(pk=deliberation_id)
    replies = AdvisorReply.objects.filter(deliberation=deliberation_id).values(*REPLY)
    in_order = tuple(dict(reply) for reply in sorted(replies, key=lambda reply: SEATS.index(reply["persona_id"])))
    synthesis: dict[str, Any] | None = None
    if state["status"] == Deliberation.Status.DONE:
        synthesis = dict(Synthesis.objects.values("body", "message_id", "model_id").get(deliberation=deliberation_id))
    return Snapshot(**state, replies=in_order, synthesis=synthesis)


def messages_of(conversation_id: UUID) -> list[dict[str, Any]]:
    """All messages of a conversation, oldest first, each with its reply's and synthesis's columns (None elsewhere)."""
    rows = Message.objects.filter(conversation=conversation_id).order_by("seq").values(*MESSAGE)
    return [dict(row) for row in rows]
