"""People as others see them: how they are called, their face, who follows them."""

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db.models import F, Q, QuerySet

from config.ids import lookup_id
from config.paging import Page, keyset, page_of
from ontology.models import Connection, ConnectionType, Entity, EntityType, Post
from ontology.models.entities import PUBLIC

PERSON = ("id", "name", "username", "email", "image", "bio", "created_at")


def fields_at(path: str) -> tuple[str, ...]:
    """What `person_at` needs of the person at this path of a row: `author__` for an author."""
    return tuple(f"{path}{name}" for name in ("name", "username", "email", "image"))


def person_at(row: dict[str, Any], path: str, *, id: UUID) -> dict[str, Any]:
    """`{id, name, username, avatar_url}` of the person at this path of a row; the name as everywhere in Stoa."""
    name = row[f"{path}name"] or row[f"{path}username"] or (row[f"{path}email"] or "").partition("@")[0]
    image = row[f"{path}image"]
    return {
        "id": id,
        "name": name,
        "username": row[f"{path}username"],
        "avatar_url": default_storage.url(image) if image else None,
    }


def person(user_id: object) -> dict[str, Any] | None:
    """An active person with `bio`, `created_at`, `is_creator` and how many follow them, they follow, and posts they have."""
    active = get_user_model()._default_manager.filter(is_active=True)
    row = active.filter(pk=lookup_id(user_id)).values(*PERSON).first()
    if row is None:
        return None
    key = row["id"]
    return {
        **person_at(row, "", id=key),
        "bio": row["bio"],
        "created_at": row["created_at"],
        "is_creator": Entity.objects.filter(pk=key, type=EntityType.CREATOR).exists(),
        "follower_count": followings().filter(to_entity=key).filter(shown_at("from_entity")).count(),
        "following_count": followings().filter(from_entity=key).filter(shown_at("to_entity")).count(),
        "post_count": Post.objects.live().filter(author=key).count(),
    }


def followings() -> QuerySet[Connection]:
    """Who follows whom now, people alone: an account's entity has the account's id."""
    live = Connection.objects.filter(relationship_type=ConnectionType.FOLLOWING, deleted_at=None)
    return live.filter(to_entity=F("to_entity__owner"))


def shown_at(end: str) -> Q:
    """Whether the entity at this end is that of an account that is on: who was switched off is shown nowhere."""
    return Q(**{f"{end}__deleted_at": None, f"{end}__owner": F(end), f"{end}__owner__is_active": True})


def followed_by(user: Any) -> QuerySet[Connection, Any]:
    """The ids of those whom `user` follows, for use within a query."""
    return followings().filter(from_entity=user.pk).order_by().values("to_entity")


def is_following(*, user: Any, person_id: UUID) -> bool:
    return user.is_authenticated and followings().filter(from_entity=user.pk, to_entity=person_id).exists()


def following_among(keys: list[UUID], *, user: Any) -> set[UUID]:
    """Which of these people `user` follows."""
    return set(followings().filter(from_entity=user.pk, to_entity__in=keys).values_list("to_entity", flat=True))


def people_named(words: str, *, cursor: str | None, limit: int) -> Page:
    """Active people whose name or username says `words`, the newest first: rows of `listed`. Without words, everybody."""
    rows = get_user_model()._default_manager.filter(is_active=True)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(username__icontains=words))
    page = page_of(keyset(rows.values(*PERSON), cursor=cursor, limit=limit), limit=limit)
    return Page([listed(row, "", id=row["id"]) for row in page.items], page.next_cursor)


def followers_of(person_id: UUID, *, cursor: str | None, limit: int) -> Page:
    """Who follows them, the latest first: rows of `listed`, where `id` is the person's."""
    return _along(followings().filter(to_entity=person_id), "from_entity", cursor=cursor, limit=limit)


def followed_from(person_id: UUID, *, cursor: str | None, limit: int) -> Page:
    """Whom they follow, the latest first."""
    return _along(followings().filter(from_entity=person_id), "to_entity", cursor=cursor, limit=limit)


def _along(rows: "QuerySet[Connection, Any]", end: str, *, cursor: str | None, limit: int) -> Page:
    path = f"{end}__owner__"
    wanted = rows.filter(shown_at(end)).values("id", "created_at", f"{path}bio", f"{end}_id", *fields_at(path))
    page = page_of(keyset(wanted, cursor=cursor, limit=limit), limit=limit)
    return Page([listed(row, path, id=row[f"{end}_id"]) for row in page.items], page.next_cursor)


def listed(row: dict[str, Any], path: str, *, id: UUID) -> dict[str, Any]:
    """`person_at` with `bio`."""
    return {**person_at(row, path, id=id), "bio": row[f"{path}bio"]}


def for_sale(person_id: UUID) -> QuerySet[Entity]:
    """What they have on the market, newest first, as the graph knows it: the store itself stands above this app."""
    theirs = Entity.objects.filter(owner=person_id, type=EntityType.DIGITAL_PRODUCT, is_kept=True, is_private=False)
    return theirs.filter(deleted_at=None, status__in=PUBLIC).order_by("-created_at", "-id")
