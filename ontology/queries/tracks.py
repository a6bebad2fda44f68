"""Tracks in the orders in which people look for them, each cut by a keyset cursor: what is added meanwhile shifts nothing.

The cursor is the documented one (veza.txt, GET /tracks): base64 of `{"created_at": …, "id": …}`, with the sorted column
in place of `created_at` where another one sorts.
"""

import base64
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db.models import Count, Q, QuerySet

from config.errors import Invalid, NotFound
from config.ids import NOBODY, lookup_id, parse_id
from ontology.models import Connection, ConnectionType, EntityType, Tag, Track
from ontology.models.entities import PUBLIC
from ontology.queries.feed import liked_of
from ontology.queries.people import fields_at, person_at
from ontology.queries.search import search_entities

ROW = ("id", "owner_id", *fields_at("owner__"), "title", "artist", "description", "genre", "status", "format",
       "size_bytes", "duration_ms", "cover", "waveform_status", "like_count", "comment_count", "play_count",
       "created_at", "updated_at")  # fmt: skip
SORTS = {
    "created_at": "created_at",
    "title": "title",
    "like_count": "like_count",
    "play_count": "play_count",
    "duration": "duration_ms",
}
LONGEST_SEARCH = 200
LONGEST_CURSOR = 1600
MOST_GENRES = 24
MOST_PRODUCTS = 5
GENRES_KEPT = 60  # seconds


class Listed(NamedTuple):
    """`total` only where a page was asked for by its number."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    total: int | None = None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


class Anyone:
    """Who reads what is public, and nothing of their own."""

    is_authenticated, is_staff, pk = True, False, NOBODY


def tracks(
    *,
    user: Any,
    limit: int,
    cursor: str | None = None,
    page: int | None = None,
    genre: str = "",
    format: str = "",
    owner_id: object = None,
    status: str = "published",
    sort_by: str = "created_at",
    sort_order: str = "",
) -> Listed:
    """One page; without `sort_order` titles ascend and all else descends. With `status` draft or any, those
    that `user` may see. A cursor counts before a page's number. By length, tracks of unknown length are left out."""
    rows: QuerySet[Track] = Track.objects.published() if status == "published" else Track.objects.visible_to(user)
    if status not in ("published", "any"):
        rows = rows.filter(status=status)
    if genre:
        rows = rows.filter(genre=" ".join(genre.lower().split()))
    if format:
        rows = rows.filter(format=format.lower())
    if owner_id:
        rows = rows.filter(owner=lookup_id(owner_id))
    column = SORTS[sort_by]
    if column == "duration_ms":
        rows = rows.exclude(duration_ms=None)
    is_falling = (sort_order or ("asc" if sort_by == "title" else "desc")) == "desc"
    total = rows.count() if page and not cursor else None
    start = (page - 1) * limit if page and not cursor else 0
    if cursor:
        rows = beyond(rows, column, read_cursor(cursor, sort_by), is_falling=is_falling)
    sign = "-" if is_falling else ""
    found = list(rows.order_by(f"{sign}{column}", f"{sign}id").values(*ROW)[start : start + limit + 1])
    items = completed(found[:limit], user=user)
    more = write_cursor(sort_by, items[-1][column], items[-1]["id"]) if len(found) > limit else None
    return Listed(items, more, total)


def search_tracks(*, user: Any, words: str, limit: int, cursor: str | None = None, genre: str = "") -> Listed:
    """Published tracks that say the words: in their title first, then in artist, genre, tags or description."""
    page = search_entities(
        user=Anyone(),
        words=words,
        type=EntityType.MEDIA_ASSET,
        # Other media assets carry words too; a page of them would be an empty page of tracks.
        within=Track.objects.published().values("pk"),
        tag=("genre", genre) if genre else None,
        limit=limit,
        cursor=cursor,
        fields=("id",),
    )
    keys = [row["id"] for row in page.items]
    rows = {row["id"]: row for row in Track.objects.published().filter(pk__in=keys).values(*ROW)}
    return Listed(completed([rows[key] for key in keys if key in rows], user=user), page.next_cursor)


def track(track_id: object, *, user: Any) -> dict[str, Any]:
    """One track as the lists show it, with `waveform`. NotFound where there is none, and for another's draft."""
    row = Track.objects.visible_to(user).filter(pk=lookup_id(track_id)).values(*ROW, "waveform").first()
    if row is None:
        raise NotFound("Track not found")
    return completed([row], user=user)[0]


def visible_id(track_id: object, *, user: Any) -> UUID:
    """The track's id, where `user` may see it. NotFound otherwise."""
    key = Track.objects.visible_to(user).filter(pk=lookup_id(track_id)).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound("Track not found")
    return key


def genres() -> list[str]:
    """Those of most published tracks, in the order of the alphabet; as they were a minute ago at most."""
    return cache.get_or_set("track-genres", ask_genres, GENRES_KEPT) or []


def ask_genres() -> list[str]:
    counted = Track.objects.published().exclude(genre="").order_by().values_list("genre").annotate(uses=Count("pk"))
    return sorted(name for name, _ in counted.order_by("-uses", "genre")[:MOST_GENRES])


def waveforms(keys: Iterable[UUID]) -> dict[UUID, list[int]]:
    return dict(Track.objects.filter(pk__in=list(keys)).values_list("id", "waveform"))


def for_sale_with(track_id: UUID) -> list[dict[str, Any]]:
    """The products that this track is sold as, as the graph knows them: the store itself stands above this app."""
    rows = Connection.objects.filter(
        to_entity=track_id,
        relationship_type=ConnectionType.REFERENCES,
        deleted_at=None,
        from_entity__type=EntityType.DIGITAL_PRODUCT,
        from_entity__deleted_at=None,
        from_entity__is_private=False,
        from_entity__status__in=PUBLIC,
    )
    found = rows.order_by("-created_at", "-id").values_list("from_entity", "from_entity__name")[:MOST_PRODUCTS]
    return [{"id": key, "name": name} for key, name in found]


# --- pages and cursors ---------------------------------------------------------------------------------------------


def beyond(rows: QuerySet[Track], column: str, place: tuple[Any, UUID], *, is_falling: bool) -> QuerySet[Track]:
    value, key = place
    way = "lt" if is_falling else "gt"
    # The redundant first bound is what lets both databases walk the index.
    rows = rows.filter(**{f"{column}__{way}e": value})
    return rows.filter(Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"id__{way}": key}))


def write_cursor(sort_by: str, value: Any, key: UUID) -> str:
    told = value.isoformat() if isinstance(value, dt.datetime) else value
    return base64.urlsafe_b64encode(orjson.dumps({sort_by: told, "id": str(key)})).decode().rstrip("=")


def read_cursor(text: str, sort_by: str) -> tuple[Any, UUID]:
    """What `write_cursor` put in for this order; Invalid for anything else."""
    bare = text.rstrip("=")
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError
        told = orjson.loads(base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)))
        key, value = parse_id(told["id"]), VALUES[sort_by](told[sort_by])
        if key is None:
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError):
        raise Invalid("The cursor is not one of ours", details={"cursor": ["Unknown cursor."]}) from None
    return value, key


def moment_in(value: Any) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(dt.UTC)


def text_in(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def number_in(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError
    return value


VALUES = {
    "created_at": moment_in,
    "title": text_in,
    "like_count": number_in,
    "play_count": number_in,
    "duration": number_in,
}


# --- what a row shows ----------------------------------------------------------------------------------------------


def completed(rows: list[dict[str, Any]], *, user: Any) -> list[dict[str, Any]]:
    """With `owner`, `tags`, `cover_url`, `seconds` and `is_liked`: two queries, however many rows."""
    keys = [row["id"] for row in rows]
    tags, liked = tags_of(keys), liked_of(keys, user=user)
    return [
        {
            **row,
            "owner": person_at(row, "owner__", id=row["owner_id"]),
            "tags": tags[row["id"]],
            "cover_url": default_storage.url(row["cover"]) if row["cover"] else "",
            "seconds": None if row["duration_ms"] is None else row["duration_ms"] / 1000,
            "is_liked": row["id"] in liked,
        }
        for row in rows
    ]


def tags_of(keys: list[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = Tag.objects.filter(entity__in=keys, key="tag").order_by("created_at", "id").values_list("entity", "value")
    for key, value in rows:
        found[key].append(value)
    return found
