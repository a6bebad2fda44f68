"""The conversations someone is in, with what is new there: three queries, however many they are."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
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
PEOPLE_NAMED = 3
MOST_UNREAD = 100


def inbox(*, by: Any, kinds: tuple[str, ...], cursor: str | None, limit: int, search: str = "") -> Page:
    """Rows of conversations of these kinds, the one with the newest message first; see `with_news` for their parts."""
    rows = Conversation.objects.visible_to(by).filter(kind__in=kinds)
    if search:
        named = Participant.objects.live().filter(
            Q(user__name__icontains=search) | Q(user__username__icontains=search), conversation=OuterRef("pk")
        )
        rows = rows.filter(Q(title__icontains=search) | Q(pk__in=named.values("conversation")))
    found = keyset(with_news(rows, by=by), cursor=cursor, limit=limit, by="last_message_at")
    page = page_of(found, limit=limit, by="last_message_at")
    return Page(completed(page.items, by=by), page.next_cursor)


def one(*, conversation_id: Any, by: Any) -> dict[str, Any] | None:
    """The row of one conversation, as `inbox` gives them."""
    key = parse_id(conversation_id)
    found = with_news(Conversation.objects.visible_to(by).filter(pk__in=[key] if key else []), by=by)
    return next(iter(completed(list(found[:1]), by=by)), None)


def unread_total(*, by: Any, kinds: tuple[str, ...]) -> int:
    """In how many conversations of these kinds something waits, a hundred at most."""
    rows = Conversation.objects.visible_to(by).filter(kind__in=kinds).annotate(last_read_seq=place_of(by))
    waiting = rows.filter(
        pk__in=Message.objects.filter(conversation=OuterRef("pk"), seq__gt=OuterRef("last_read_seq"))
        .filter(~Q(sender=by.pk) | Q(sender=None))
        .values("conversation")
    )
    return len(waiting.values_list("pk")[:MOST_UNREAD])


def with_news(rows: QuerySet, *, by: Any) -> QuerySet:
    """With `last_read_seq` of `by`, `unread` (messages of others after it) and `participant_count`."""
    news = Message.objects.filter(conversation=OuterRef("pk"), seq__gt=OuterRef("last_read_seq"))
    people = Participant.objects.live().filter(conversation=OuterRef("pk")).order_by().values("conversation")
    return (
        rows.annotate(last_read_seq=place_of(by))
        .annotate(
            unread=counted(news.filter(~Q(sender=by.pk) | Q(sender=None)).order_by().values("conversation")),
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
    """Add `others` (who else is in it, in words), `other_ids` and `last_message` (a message's row or None)."""
    keys = [row["id"] for row in rows]
    last = {m["conversation_id"]: m for m in last_messages(keys)}
    people = others_of(keys, by=by)
    for row in rows:
        named = people.get(row["id"], [])
        row["other_ids"] = [person["user_id"] for person in named]
        row["others"] = names(named, total=row["participant_count"] - 1)
        row["last_message"] = last.get(row["id"])
    return rows


def last_messages(keys: list[Any]) -> QuerySet:
    newest = Message.objects.filter(conversation=OuterRef("conversation")).order_by("-seq").values("pk")[:1]
    return Message.objects.filter(conversation__in=keys, pk=Subquery(newest)).values(*MESSAGE_ROW)


def others_of(keys: list[Any], *, by: Any) -> dict[Any, list[dict[str, Any]]]:
    """Who joined first of each conversation, `by` left out, a few of each."""
    first = (
        Participant.objects.live()
        .filter(conversation=OuterRef("conversation"))
        .exclude(user=by.pk)
        .order_by("joined_at", "id")
        .values("pk")[:PEOPLE_NAMED]
    )
    rows = Participant.objects.filter(conversation__in=keys, pk__in=Subquery(first)).order_by("joined_at", "id")
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows.values("conversation_id", "user_id", "user__name", "user__username", "user__email"):
        found.setdefault(row["conversation_id"], []).append(dict(row))
    return found


def names(people: list[dict[str, Any]], *, total: int) -> str:
    """`Ada`, `Ada and Bo`, `Ada, Bo and 3 more`."""
    words = [name_of(person, "user__") for person in people]
    if total > len(words):
        words = [*words[:2], f"{total - len(words[:2])} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "Nobody else"


def participants(*, conversation_id: Any, by: Any) -> list[dict[str, Any]]:
    """Everyone in it, in the order they came; `name` is how they are called."""
    rows = Participant.objects.visible_to(by).filter(conversation=conversation_id).order_by("joined_at", "id")
    fields = ("user_id", "user__name", "user__username", "user__email", "role", "last_read_seq", "joined_at")
    return [{**row, "name": name_of(row, "user__")} for row in rows.values(*fields)]
