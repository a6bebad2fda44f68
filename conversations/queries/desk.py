"""What the inbox's pages show beside the words: narrowed lists, counts, and the client's side of a conversation."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from conversations.models import ClientThread, Conversation, Message, Participant, Task

MOST_TASKS = 20
MOST_CHOICES = 50

ROW = (
    "conversation_id",
    "platform",
    "client_name",
    "client_company",
    "waiting_since",
    "is_flagged",
    "assignee_id",
    "account__is_sandbox",
)
SAID = (
    "id",
    "metadata",
    "parent_id",
    "delivery__status",
    "delivery__error_code",
    "delivery__error_text",
    "delivery__is_unknown",
    "delivery__updated_at",
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """`show`: "", clients or unanswered; `status` and `platform` of clients' ones; `is_everyones`: staff look at all there are."""

    show: str = ""
    status: str = ""
    platform: str = ""
    is_everyones: bool = False

    def as_q(self, *, by: Any) -> Q:
        wanted = Q()
        if self.show or self.status or self.platform:
            wanted &= Q(kind=Conversation.Kind.CLIENT)
        if self.show == "unanswered":
            wanted &= WAITING
        if self.status:
            wanted &= Q(status=self.status)
        if self.platform:
            wanted &= Q(client_thread__platform=self.platform)
        return wanted if self.is_everyones else wanted & takes_part(by)


WAITING = Q(client_thread__waiting_since__isnull=False) & ~Q(status=Conversation.Status.CLOSED)


def takes_part(user: Any) -> Q:
    return Q(Exists(Participant.objects.live().filter(conversation=OuterRef("pk"), user=user.pk)))


def counts(*, by: Any, is_everyones: bool) -> dict[str, int]:
    """How many there are behind each way to narrow clients' conversations: clients, unanswered, and the statuses."""
    rows = Conversation.objects.visible_to(by).filter(kind=Conversation.Kind.CLIENT)
    if not is_everyones:
        rows = rows.filter(takes_part(by))
    each = {status: Count("pk", filter=Q(status=status)) for status in Conversation.Status.values}
    return rows.aggregate(clients=Count("pk"), unanswered=Count("pk", filter=WAITING), **each)


def client_sides(keys: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """The client's side of each of these conversations, which the caller may see."""
    rows = ClientThread.objects.filter(conversation__in=keys).values(*ROW)
    return {row["conversation_id"]: row for row in rows}


def seats(keys: list[UUID], *, by: Any) -> set[UUID]:
    """In which of these conversations `by` has a place; staff see others too, and there nothing is news to them."""
    rows = Participant.objects.live().filter(conversation__in=keys, user=by.pk)
    return set(rows.values_list("conversation_id", flat=True))


def thread_of(conversation_id: UUID, *, by: Any) -> ClientThread | None:
    rows = ClientThread.objects.select_related("conversation", "account", "assignee")
    return rows.filter(conversation__in=Conversation.objects.visible_to(by), pk=conversation_id).first()


def beside_words(keys: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """What messages carry beside their words (metadata), and how far they came on their platform."""
    return {row["id"]: row for row in Message.objects.filter(pk__in=keys).values(*SAID)}


def tasks_of(conversation_id: UUID, *, by: Any) -> list[Task]:
    """Their own tasks about this conversation: what is to be done first, then what is done."""
    rows = Task.objects.visible_to(by).filter(conversation=conversation_id)
    open_first = sorted(rows[:MOST_TASKS], key=lambda task: task.status == Task.Status.DONE)
    return list(open_first)
