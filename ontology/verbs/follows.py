"""Following people. The graph is the only place that knows it: a `following` connection from one account's entity to another's."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from config.errors import Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import Followed, Unfollowed
from ontology.models import Connection, ConnectionType, Entity, EventType
from ontology.queries.people import followings, shown_at
from ontology.verbs.attention import locked
from ontology.verbs.memory import link, log, unlink


@dataclass(frozen=True, slots=True)
class Following:
    """Whether the caller follows them now, and how many do."""

    is_following: bool
    follower_count: int


@transaction.atomic
def follow(*, user_id: object, by: Any) -> Following:
    """Follow an active person; twice is once. Source: decisions.md §5, POST /users/:id/follow.

    The connection is an ordinary one (not `is_kept`): nothing but the graph remembers it, so that ONE's
    /connections/delete ends it as well.
    """
    person = _person(user_id)
    if person.pk == by.pk:
        raise Invalid("Nobody follows themselves", code="own_account")
    locked(by.pk)  # one after the other, so that two clicks at once are told once
    if not _live(by, person).exists():
        link(from_id=by.pk, to_id=person.pk, type=ConnectionType.FOLLOWING, is_kept=False)
        log(type=EventType.USER_ENGAGED, actor_id=by.pk, target_id=person.pk, metadata={"what": "followed"})
        publish(Followed(follower_id=by.pk, follower_name=by.display_name, followed_id=person.pk))
    return Following(True, followers_of(person))


@transaction.atomic
def unfollow(*, user_id: object, by: Any) -> Following:
    """Follow them no more; where one did not, nothing happens. Nobody else is told."""
    person = _person(user_id)
    locked(by.pk)
    if _live(by, person).exists():
        unlink(from_id=by.pk, to_id=person.pk, type=ConnectionType.FOLLOWING)
        left = {"what": "unfollowed", "user_id": str(person.pk)}
        log(type=EventType.USER_ENGAGED, actor_id=by.pk, metadata=left, is_private=True)
        publish(Unfollowed(follower_id=by.pk, followed_id=person.pk))
    return Following(False, followers_of(person))


def followers_of(person: Any) -> int:
    return followings().filter(to_entity=person.pk).filter(shown_at("from_entity")).count()


def _person(user_id: object) -> Any:
    person = get_user_model()._default_manager.filter(pk=lookup_id(user_id), is_active=True).first()
    if person is None or not Entity.objects.filter(pk=person.pk, deleted_at=None).exists():
        raise NotFound("User not found")
    return person


def _live(by: Any, person: Any) -> Any:
    return Connection.objects.filter(
        from_entity=by.pk, to_entity=person.pk, relationship_type=ConnectionType.FOLLOWING, deleted_at=None
    )
