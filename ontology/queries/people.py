"""People as others see them: how they are called, their face, who follows them."""

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db.models import F, QuerySet

from config.ids import lookup_id
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
        "follower_count": followings().filter(to_entity=key, from_entity__deleted_at=None).count(),
        "following_count": followings().filter(from_entity=key, to_entity__deleted_at=None).count(),
        "post_count": Post.objects.live().filter(author=key).count(),
    }


def followings() -> QuerySet[Connection]:
    """Who follows whom now, people alone: an account's entity has the account's id."""
    live = Connection.objects.filter(relationship_type=ConnectionType.FOLLOWING, deleted_at=None)
    return live.filter(to_entity=F("to_entity__owner"))


def followed_by(user: Any) -> QuerySet[Connection, Any]:
    """The ids of those whom `user` follows, for use within a query."""
    return followings().filter(from_entity=user.pk).order_by().values("to_entity")


def is_following(*, user: Any, person_id: UUID) -> bool:
    return user.is_authenticated and followings().filter(from_entity=user.pk, to_entity=person_id).exists()


def for_sale(person_id: UUID) -> QuerySet[Entity]:
    """What they have on the market, newest first, as the graph knows it: the store itself stands above this app."""
    theirs = Entity.objects.filter(owner=person_id, type=EntityType.DIGITAL_PRODUCT, is_kept=True, is_private=False)
    return theirs.filter(deleted_at=None, status__in=PUBLIC).order_by("-created_at", "-id")
