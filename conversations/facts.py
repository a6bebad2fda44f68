from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Fact):
    """Someone said something. Whole, so that no listener has to ask the database; `sent_at` is ISO 8601 with Z."""

    message_id: UUID
    conversation_id: UUID
    seq: int
    role: str
    status: str
    sender_id: UUID | None
    sender_name: str
    content: str
    client_id: str | None
    parent_id: UUID | None
    sent_at: str

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Fact):
    """`what`: opened, renamed, closed, reopened, deleted, participant_added or participant_removed. `user_ids`: whom it concerns."""

    conversation_id: UUID
    what: str
    title: str
    user_ids: tuple[UUID, ...] = ()

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}", *(f"user:{user_id}" for user_id in self.user_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRead(Fact):
    """Someone has read up to this message."""

    conversation_id: UUID
    user_id: UUID
    message_id: UUID | None
    seq: int

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(Fact):
    """This person may no longer read this conversation; their sockets leave it."""

    conversation_id: UUID
    user_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Fact):
    """Someone is writing, or stopped. A signal: heard by who is there, never kept (conversations/live/signals.py)."""

    conversation_id: UUID
    user_id: UUID
    user_name: str
    is_typing: bool

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(Fact):
    """Someone opened this conversation somewhere, or has it open nowhere any more. A signal like `Typing`."""

    conversation_id: UUID
    user_id: UUID
    user_name: str
    is_online: bool

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Fact):
    """The platform told somebody something. Whole, so that no listener has to ask the database."""

    notification_id: UUID
    user_id: UUID
    kind: str
    title: str
    text: str
    url: str
    about_id: UUID | None = None

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsRead(Fact):
    """Somebody read what they were told; their other windows show fewer news."""

    user_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)
