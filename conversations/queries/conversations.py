"""The conversations someone is in, with what is new there: four queries, however many they are."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from config.ids import parse_id
from config.paging import Page, keyset, page_of
from conversations.models import Conversation, Message, Participant
from conversations.queries.messages import ROW as MESSAGE_ROW
from conversations.queries.messages import name_of

ROW = (
    "id",
    "kind",
    "title",
    "status",
    "created_by_id",
    "last_seq",
    "last_message_at",
    "created_at",
    "updated_at",
    "last_read_seq",
    "unread",
    "participant_count",
)
NAMED = 3
FEWEST_LETTERS = 3  # of a word that is looked for in what was said
MOST_UNREAD = 100


def inbox(
    *, by: Any, kinds: tuple[str, ...], cursor: str | None, limit: int, search: str = "", only: Q | None = None
) -> Page:
    """Rows of conversations of these kinds, the one with the newest message first; see `with_news` for their parts.

    First which ones, then what is new in those: nothing is counted for a row that is not shown. `only` narrows further.
    """
    rows = Conversation.objects.visible_to(by).filter(only or Q(), kind__in=kinds)
    if not by.is_staff:
        # Says again what visible_to says, so that the database begins at the few that are theirs.
        rows = rows.filter(pk__in=Participant.objects.live().filter(user=by.pk).values("conversation"))
    if search:
        rows = rows.filter(matching(search))
    found = keyset(rows.values("id", "last_message_at"), cursor=cursor, limit=limit, by="last_message_at")
    page = page_of(found, limit=limit, by="last_message_at")
    keys = [row["id"] for row in page.items]
    shown = {row["id"]: row for row in with_news(Conversation.objects.filter(pk__in=keys), by=by)}
    return Page(completed([shown[key] for key in keys if key in shown], by=by), page.next_cursor)


def matching(search: str) -> Q:
    """By its title, someone in it, the client's name or company, or a word that was said."""
    named = Participant.objects.live().filter(
        Q(user__name__icontains=search) | Q(user__username__icontains=search), conversation=OuterRef("pk")
    )
    client = Q(client_thread__client_name__icontains=search) | Q(client_thread__client_company__icontains=search)
    found = Q(title__icontains=search) | Q(Exists(named)) | client
    if len(search) < FEWEST_LETTERS:
        return found
    return found | Q(Exists(Message.objects.filter(conversation=OuterRef("pk"), content__icontains=search)))


def one(*, conversation_id: Any, by: Any) -> dict[str, Any] | None:
    """The row of one conversation, as `inbox` gives them."""
    key = parse_id(conversation_id)
    found = with_news(Conversation.objects.visible_to(by).filter(pk__in=[key] if key else []), by=by)
    return next(iter(completed(list(found[:1]), by=by)), None)


def unread_total(*, by: Any, kinds: tuple[str, ...]) -> int:
    """In how many conversations of these kinds that `by` is in something waits, a hundred at most."""
    news = Message.objects.filter(conversation=OuterRef("conversation"), seq__gt=OuterRef("last_read_seq"))
    waiting = Participant.objects.live().filter(
        Exists(said_by_others(news, by=by)), user=by.pk, conversation__deleted_at=None, conversation__kind__in=kinds
    )
    return len(waiting.values_list("pk")[:MOST_UNREAD])


def said_by_others(messages: QuerySet, *, by: Any) -> QuerySet:
    return messages.filter(~Q(sender=by.pk) | Q(sender=None))


def with_news(rows: QuerySet, *, by: Any) -> QuerySet:
    """With `last_read_seq` of `by`, `unread` (messages of others after it) and `participant_count`."""
    news = Message.objects.filter(conversation=OuterRef("pk"), seq__gt=OuterRef("last_read_seq"))
    people = Participant.objects.live().filter(conversation=OuterRef("pk")).order_by().values("conversation")
    return (
        rows.annotate(last_read_seq=place_of(by))
        .annotate(
            unread=counted(said_by_others(news, by=by).order_by().values("conversation")),
            participant_count=counted(people),
        )
        .values(*ROW)
    )


def place_of(by: Any) -> Coalesce:
    own = Participant.objects.live().filter(conversation=OuterRef("pk"), user=by.pk)
    return Coalesce(Subquery(own.values("last_read_seq")[:1]), Value(0))


def counted(grouped: QuerySet) -> Coalesce:
    return Coalesce(Subquery(grouped.annotate(many=Count("*")).values("many"), output_field=IntegerField()), Value(0))


def completed(rows: list[dict[str, Any]], *, by: Any) -> list[dict[str, Any]]:
    """Add `last_message` (a message's row or None) and, for what has no title, `others` (who else is in it, in words) and
    `other_ids`."""
    last = {message["conversation_id"]: message for message in last_messages(rows)}
    people = others_of([row["id"] for row in rows if not row["title"]], by=by)
    for row in rows:
        others = people.get(row["id"], [])
        row["other_ids"] = [person["user_id"] for person in others]
        row["others"] = names(others)
        row["last_message"] = last.get(row["id"])
    return rows


def last_messages(rows: list[dict[str, Any]]) -> QuerySet:
    """One look-up by number for each, however long the conversations are."""
    wanted = [Q(conversation=row["id"], seq=row["last_seq"]) for row in rows if row["last_seq"]]
    return Message.objects.filter(reduce(or_, wanted, Q(pk__in=()))).values(*MESSAGE_ROW)


def others_of(keys: list[Any], *, by: Any) -> dict[Any, list[dict[str, Any]]]:
    """The others in each of these conversations, in the order they came."""
    rows = Participant.objects.live().filter(conversation__in=keys).exclude(user=by.pk).order_by("joined_at", "id")
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows.values("conversation_id", "user_id", "user__name", "user__username", "user__email"):
        found.setdefault(row["conversation_id"], []).append(dict(row))
    return found


def names(people: list[dict[str, Any]]) -> str:
    """`Ada`, `Ada and Bo`, `Ada, Bo and 3 more`."""
    words = [name_of(person, "user__") for person in people]
    if len(words) > NAMED:
        words = [*words[: NAMED - 1], f"{len(words) - NAMED + 1} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "Nobody else"


def participants(*, conversation_id: Any, by: Any) -> list[dict[str, Any]]:
    """Everyone in it, in the order they came; `name` is how they are called."""
    rows = Participant.objects.visible_to(by).filter(conversation=conversation_id).order_by("joined_at", "id")
    fields = ("user_id", "user__name", "user__username", "user__email", "role", "last_read_seq", "joined_at")
    return [{**row, "name": name_of(row, "user__")} for row in rows.values(*fields)]
