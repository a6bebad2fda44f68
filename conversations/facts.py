from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact

EVERYONE = "everyone"
"""The topic of what is for every live listener, whoever they are."""


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
    """`what`: opened, renamed, closed, reopened, deleted, participant_added, participant_removed; of a client's also pending,
    client_changed, assigned, ai_paused and ai_resumed. `user_ids`: whom it concerns. `updated_at` is ISO 8601 with Z.
    """

    conversation_id: UUID
    kind: str
    what: str
    title: str
    status: str
    updated_at: str
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
    """The platform told somebody something. Whole, so that no listener has to ask the database; `created_at` is ISO 8601
    with Z. `is_system`: also said as Dana's `system_notification`, which is about an account rather than about people.
    """

    notification_id: UUID
    user_id: UUID
    kind: str
    title: str
    text: str
    url: str
    created_at: str
    is_system: bool = False
    about_id: UUID | None = None

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsRead(Fact):
    """Somebody read what they were told; their other windows show fewer news."""

    user_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(Fact):
    """A client edited what they said (`edited`), took it back (`deleted`) or reacted to a message (`reacted`); or the files that
    came with it were copied (`files_kept`)."""

    message_id: UUID
    conversation_id: UUID
    seq: int
    what: str
    content: str

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFilesNamed(Fact):
    """A message came with files that lie on its platform for some time; they are to be copied."""

    message_id: UUID

    def topics(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQueued(Fact):
    """A message of ours waits to be sent to its platform."""

    message_id: UUID

    def topics(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Fact):
    """How far a message of ours came on its platform; `status` as in the model, `error` our words where it failed."""

    message_id: UUID
    conversation_id: UUID
    seq: int
    status: str
    error: str

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccountChanged(Fact):
    """`what`: found (a webhook named an account that nobody has connected), connected, claimed, changed, broken, disconnected."""

    account_id: UUID
    owner_id: UUID | None
    what: str
    platform: str
    name: str
    problem: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.owner_id}",) if self.owner_id else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantWanted(Fact):
    """The assistant's turn is open in a client's conversation, from `due_at` on (ISO 8601 with Z)."""

    turn_id: UUID
    conversation_id: UUID
    due_at: str

    def topics(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantTurnEnded(Fact):
    """`status`: answered, handed_over, dropped or failed; `reason` as in the model."""

    turn_id: UUID
    conversation_id: UUID
    owner_id: UUID | None
    status: str
    reason: str

    def topics(self) -> tuple[str, ...]:
        return (f"conversation:{self.conversation_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeFileChanged(Fact):
    """`what`: uploaded, ready, failed (then with `reason`) or removed."""

    file_id: UUID
    user_id: UUID
    what: str
    name: str
    reason: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged(Fact):
    """`what`: created, updated or removed. Whole, so that no listener has to ask the database; `updated_at` is ISO 8601 with Z."""

    task_id: UUID
    user_id: UUID
    what: str
    description: str
    status: str
    priority: str
    updated_at: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationChanged(Fact):
    """`what`: created, updated, tested or removed. Never anything of its config. `updated_at` is ISO 8601 with Z."""

    user_id: UUID
    what: str
    integration_type: str
    status: str
    updated_at: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementMade(Fact):
    """The platform says something to all who are here, from now on. Whole, so that no listener has to ask the database.

    `type`: info, warning or error; `starts_at` and `ends_at` (None: until it is withdrawn) are ISO 8601 with Z.
    """

    announcement_id: UUID
    title: str
    content: str
    type: str
    starts_at: str
    ends_at: str | None

    def topics(self) -> tuple[str, ...]:
        return (EVERYONE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementWithdrawn(Fact):
    """What was said to all is not shown any more."""

    announcement_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (EVERYONE,)
