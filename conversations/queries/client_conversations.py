"""Clients' conversations as Dana lists them: four queries, however many they are. Document dana.txt, "Conversations"."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from config.errors import NotFound
from config.ids import lookup_id
from config.paging import Window
from conversations.models import Conversation, Message, Participant
from conversations.queries.client_messages import ROW as MESSAGE_ROW
from conversations.queries.client_messages import shown
from conversations.queries.conversations import counted, place_of, said_by_others

THREAD = (
    "account_id",
    "platform",
    "client_name",
    "client_company",
    "client_wrote_at",
    "reply_until",
    "waiting_since",
    "assignee_id",
    "is_ai_paused",
    "is_flagged",
)
ROW = ("id", "created_by_id", "title", "status", "created_at", "updated_at", "last_message_at", "last_seq")


def listed(
    *, by: Any, platform: str | None = None, status: str | None = None, window: Window
) -> tuple[list[dict[str, Any]], int]:
    """The rows of one window, the one with the newest message first, each with its `last_message` (a row or None); and how many
    there are."""
    rows = theirs(by)
    if platform:
        rows = rows.filter(client_thread__platform=platform)
    if status:
        rows = rows.filter(status=status)
    # First which ones: nothing is counted or looked up for a row that is not shown.
    order = ("-last_message_at", "-id")
    keys = list(rows.order_by(*order).values_list("pk", flat=True)[window.offset : window.offset + window.limit])
    shown_rows = list(whole(Conversation.objects.filter(pk__in=keys), by=by).order_by(*order))
    return with_last_message(shown_rows), rows.count()


def one(*, conversation_id: Any, by: Any) -> dict[str, Any]:
    """The row of one, as `listed` gives it; NotFound where `by` may not see it or it is no client's."""
    rows = Conversation.objects.visible_to(by).filter(kind=Conversation.Kind.CLIENT, pk=lookup_id(conversation_id))
    found = list(whole(rows, by=by))
    if not found:
        raise NotFound("Conversation not found")
    return with_last_message(found)[0]


def theirs(by: Any) -> QuerySet:
    rows = Conversation.objects.visible_to(by).filter(kind=Conversation.Kind.CLIENT)
    if by.is_staff:
        return rows
    # Says again what visible_to says, so that the database begins at the few that are theirs.
    return rows.filter(pk__in=Participant.objects.live().filter(user=by.pk).values("conversation"))


def whole(rows: QuerySet, *, by: Any) -> QuerySet:
    """With the thread's columns by their own names, the messages of others that `by` has not read, and the last message's id."""
    messages = Message.objects.filter(conversation=OuterRef("pk"))
    news = said_by_others(messages.filter(seq__gt=OuterRef("last_read_seq")), by=by)
    last = shown(messages).order_by("-sent_at", "-id").values("pk")[:1]
    return rows.annotate(last_read_seq=place_of(by), last_message_id=Subquery(last)).values(
        *ROW,
        "last_message_id",
        *(f"client_thread__{name}" for name in THREAD),
        unread_count=counted(shown(news).order_by().values("conversation")),
    )


def with_last_message(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = [row["last_message_id"] for row in rows if row["last_message_id"]]
    last = {message["id"]: message for message in Message.objects.filter(pk__in=keys).values(*MESSAGE_ROW)}
    for row in rows:
        row["last_message"] = last.get(row.pop("last_message_id"))
        row.update({name: row.pop(f"client_thread__{name}") for name in THREAD})
    return rows
