"""Posts in the orders in which people read them, each cut by a keyset cursor: what is added meanwhile shifts nothing.

The cursor of lists by time is the documented one (veza.txt, GET /social/feed): base64 of `created_at_unix_nano|uuid`.
That of the trending list holds heat and id in the same way, and is opaque.
"""

import base64
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet

from config.errors import Invalid, NotFound
from config.ids import lookup_id, parse_id
from config.paging import Page
from ontology.models import Like, Post, Track
from ontology.queries.people import fields_at, followed_by, person_at

ROW = ("id", "author_id", *fields_at("author__"), "content", "image", "image_alt", "track_id", "like_count",
       "comment_count", "heat", "created_at", "edited_at")  # fmt: skip
TRACK = ("id", "owner_id", "title", "artist", "cover", "duration_ms", "format")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
LONGEST_CURSOR = 200

Place = tuple[Any, Any]


def feed(*, user: Any, cursor: str | None, limit: int) -> Page:
    """Newest first. Signed in: the posts of those whom one follows and one's own. For whoever follows nobody, and without
    a sign-in: everybody's."""
    rows = Post.objects.visible_to(user)
    if user.is_authenticated and follows_anybody(user):
        rows = rows.filter(Q(author__in=followed_by(user)) | Q(author=user.pk))
    return by_time(rows, user=user, cursor=cursor, limit=limit)


def explore(*, user: Any, cursor: str | None, limit: int) -> Page:
    """Newest first, what the feed does not bring: signed in, posts of others whom one does not follow; otherwise all."""
    rows = Post.objects.visible_to(user)
    if user.is_authenticated:
        rows = rows.exclude(author=user.pk).exclude(author__in=followed_by(user))
    return by_time(rows, user=user, cursor=cursor, limit=limit)


def trending(*, user: Any, cursor: str | None, limit: int) -> Page:
    """Hottest first (verbs/heat.py says what that is). Nobody's posts are left out."""
    rows = Post.objects.visible_to(user)
    place = read_cursor(cursor, heat_of) if cursor else None
    return cut(rows, user=user, by="heat", after=place, limit=limit)


def posts_of(person_id: object, *, user: Any, cursor: str | None, limit: int) -> Page:
    return by_time(
        Post.objects.visible_to(user).filter(author=lookup_id(person_id)), user=user, cursor=cursor, limit=limit
    )


def post(post_id: object, *, user: Any) -> dict[str, Any]:
    """One post as the lists show it. NotFound where there is none."""
    row = Post.objects.visible_to(user).filter(pk=lookup_id(post_id)).values(*ROW).first()
    if row is None:
        raise NotFound("Post not found")
    return completed([row], user=user)[0]


def follows_anybody(user: Any) -> bool:
    return user.is_authenticated and followed_by(user).exists()


# --- pages and cursors ---------------------------------------------------------------------------------------------


def by_time(rows: QuerySet, *, user: Any, cursor: str | None, limit: int) -> Page:
    place = read_cursor(cursor, moment_of) if cursor else None
    return cut(rows, user=user, by="created_at", after=place, limit=limit)


def cut(rows: QuerySet, *, user: Any, by: str, after: Place | None, limit: int) -> Page:
    """One page in the descending order of (`by`, id)."""
    if after:
        value, key = after
        # The redundant first bound is what lets both databases walk the index.
        rows = rows.filter(**{f"{by}__lte": value}).filter(Q(**{f"{by}__lt": value}) | Q(**{by: value, "id__lt": key}))
    found = list(rows.order_by(f"-{by}", "-id").values(*ROW)[: limit + 1])
    items = completed(found[:limit], user=user)
    is_last = len(found) <= limit
    return Page(items, None if is_last else write_cursor(items[-1][by], items[-1]["id"]))


def write_cursor(value: dt.datetime | float, key: object) -> str:
    first = f"{(value - EPOCH) // MICROSECOND * 1000}" if isinstance(value, dt.datetime) else repr(value)
    return base64.b64encode(f"{first}|{key}".encode()).decode()


def read_cursor(text: str, value_of: Any) -> Place:
    """What `write_cursor` put in, also without its padding; Invalid for anything else."""
    bare = text.rstrip("=")
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError
        first, _, last = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode().partition("|")
        value, key = value_of(first), parse_id(last)
        if key is None:
            raise ValueError
    except (ValueError, OverflowError):
        raise Invalid("The cursor is not one of ours", details={"cursor": ["Unknown cursor."]}) from None
    return value, key


def moment_of(text: str) -> dt.datetime:
    if not (text.isascii() and text.isdigit() and len(text) <= 21):
        raise ValueError
    return EPOCH + int(text) // 1000 * MICROSECOND


def heat_of(text: str) -> float:
    value = float(text)
    if not abs(value) < 1e9:  # neither huge nor no number
        raise ValueError
    return value


# --- what a row shows ----------------------------------------------------------------------------------------------


def completed(rows: Iterable[dict[str, Any]], *, user: Any) -> list[dict[str, Any]]:
    """With `author`, `image_url`, `track` (where everybody may hear it) and `is_liked`: two queries, however many rows."""
    shown = list(rows)
    tracks = tracks_of([row["track_id"] for row in shown if row["track_id"]])
    liked = liked_of([row["id"] for row in shown], user=user)
    return [
        {
            **row,
            "author": person_at(row, "author__", id=row["author_id"]),
            "image_url": default_storage.url(row["image"]) if row["image"] else "",
            "track": tracks.get(row["track_id"]),
            "is_liked": row["id"] in liked,
        }
        for row in shown
    ]


def tracks_of(keys: list[Any]) -> dict[Any, dict[str, Any]]:
    live = Track.objects.published().filter(pk__in=keys)
    return {row["id"]: {**row, **track_extras(row)} for row in live.values(*TRACK)}


def track_extras(row: dict[str, Any]) -> dict[str, Any]:
    """`cover_url` and the length in `seconds`."""
    length = row["duration_ms"]
    return {
        "cover_url": default_storage.url(row["cover"]) if row["cover"] else "",
        "seconds": None if length is None else length / 1000,
    }


def liked_of(keys: list[Any], *, user: Any) -> set[Any]:
    """Which of these things `user` likes."""
    if not user.is_authenticated:
        return set()
    return set(Like.objects.filter(user=user.pk, entity__in=keys).values_list("entity", flat=True))
