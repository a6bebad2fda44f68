"""Opening, naming, closing and removing a conversation."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import parse_id
from config.moments import iso
from conversations.facts import ConversationChanged
from conversations.models import Conversation, Participant
from conversations.models.conversations import LONGEST_TITLE
from ontology.changes import publish
from ontology.models import ConnectionType, EntityType, EventType
from ontology.verbs.memory import forget, know, link, log

MOST_INVITED = 100


@transaction.atomic
def open_conversation(
    *,
    kind: str,
    title: str = "",
    participants: Iterable[Any] = (),
    by: User,
    project_id: UUID | None = None,
    mode: str = "",
) -> Conversation:
    """A new conversation that `by` owns, with the users whose ids are in `participants`.

    A direct one is opened with exactly one other person; where the two already have one, that is the answer.
    """
    people = invited(participants, by=by)
    if kind == Conversation.Kind.DIRECT:
        return open_direct(with_whom=people, by=by)
    conversation = Conversation.objects.create(
        kind=kind,
        title=checked_title(title, required=kind == Conversation.Kind.ROOM),
        created_by=by,
        project_id=project_id,
        mode=mode,
    )
    return fill(conversation, people, by=by)


def open_direct(*, with_whom: list[User], by: User) -> Conversation:
    if len(with_whom) != 1:
        raise Invalid("A direct conversation is between you and one other person")
    key = ":".join(sorted((str(by.pk), str(with_whom[0].pk))))
    conversation, is_new = Conversation.objects.get_or_create(
        direct_key=key, defaults={"kind": Conversation.Kind.DIRECT, "created_by": by}
    )
    return fill(conversation, with_whom, by=by) if is_new else conversation


def fill(conversation: Conversation, people: list[User], *, by: User) -> Conversation:
    """The people of a new conversation, and what the graph and the listeners hear of it."""
    remember(conversation)
    for user in (by, *people):
        seat(conversation, user, role=Participant.Role.OWNER if user == by else Participant.Role.MEMBER)
    log_change(conversation, "opened", by=by)
    announce(conversation, "opened")
    return conversation


def seat(conversation: Conversation, user: User, *, role: str = Participant.Role.MEMBER) -> Participant:
    """A live place in the conversation. What was said before counts as read: it is history, not news."""
    participant = Participant.objects.create(
        conversation=conversation, user=user, role=role, last_read_seq=conversation.last_seq
    )
    link(from_id=user.pk, to_id=conversation.pk, type=ConnectionType.PARTICIPATED_IN, is_private=True)
    return participant


def invited(ids: Iterable[Any], *, by: User) -> list[User]:
    """The active users with these ids, without `by` and without doubles; Invalid where one is unknown."""
    wanted = list(dict.fromkeys(parse_id(given) for given in ids))
    if len(wanted) > MOST_INVITED:
        raise Invalid(f"At most {MOST_INVITED} people can be invited at once")
    keys = [key for key in wanted if key != by.pk]
    found = User.objects.filter(is_active=True).in_bulk([key for key in keys if key])
    if len(found) != len(keys):
        raise Invalid("Someone you invited does not exist", details={"participant_ids": ["Unknown user."]})
    return [found[key] for key in keys if key]


def checked_title(title: str, *, required: bool) -> str:
    title = " ".join(title.split())
    if required and not title:
        raise Invalid("A room needs a name", details={"name": ["This field may not be blank."]})
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"A name has at most {LONGEST_TITLE} characters", details={"name": ["Too long."]})
    return title


def owned(conversation_id: Any, *, by: User) -> Conversation:
    """The conversation, its row locked, where `by` owns it; NotFound for strangers, Forbidden for members."""
    conversation = locked(conversation_id, by=by)
    if not conversation.memberships.live().filter(user=by, role=Participant.Role.OWNER).exists():
        raise Forbidden("Only its owner can do this")
    return conversation


def locked(conversation_id: Any, *, by: User) -> Conversation:
    """The conversation, its row locked, where `by` may see it."""
    key = parse_id(conversation_id)
    if key is not None:
        wait_for_turn(key)
    visible = Conversation.objects.visible_to(by).select_for_update(no_key=True)
    conversation = visible.filter(pk=key).first() if key else None
    if conversation is None:
        raise NotFound("Conversation not found")
    return conversation


def wait_for_turn(key: UUID) -> None:
    """On PostgreSQL, take a lock of this transaction's own before the row's.

    Waiting for a row lock already gives a transaction its id, so that whoever comes first need not have the lowest. Waiting
    for this one does not: ids are then given in turn, and changes, followed by id, are heard in the order of `seq`.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key.int % 2**63])


def refuse_direct(conversation: Conversation) -> None:
    if conversation.kind == Conversation.Kind.DIRECT:
        raise Conflict("A direct conversation belongs to both people and stays as it is", code="direct_conversation")


def refuse_client(conversation: Conversation) -> None:
    """What clients write goes on arriving there, and its name and status have rules of their own (client_threads)."""
    if conversation.kind == Conversation.Kind.CLIENT:
        raise Conflict("A client's conversation is changed in the inbox", code="client_conversation")


@transaction.atomic
def rename_conversation(*, conversation_id: Any, title: str, by: User) -> Conversation:
    conversation = owned(conversation_id, by=by)
    refuse_direct(conversation)
    refuse_client(conversation)
    conversation.title = checked_title(title, required=conversation.kind == Conversation.Kind.ROOM)
    return changed(conversation, "renamed", by=by, fields=["title"])


@transaction.atomic
def close_conversation(*, conversation_id: Any, by: User) -> Conversation:
    """Nobody can write any more; everything stays to be read. Closing twice is closing once."""
    conversation = owned(conversation_id, by=by)
    refuse_direct(conversation)
    refuse_client(conversation)
    if conversation.status == Conversation.Status.CLOSED:
        return conversation
    conversation.status = Conversation.Status.CLOSED
    return changed(conversation, "closed", by=by, fields=["status"])


@transaction.atomic
def reopen_conversation(*, conversation_id: Any, by: User) -> Conversation:
    conversation = owned(conversation_id, by=by)
    refuse_client(conversation)
    if conversation.status == Conversation.Status.ACTIVE:
        return conversation
    conversation.status = Conversation.Status.ACTIVE
    return changed(conversation, "reopened", by=by, fields=["status"])


@transaction.atomic
def delete_conversation(*, conversation_id: Any, by: User) -> Conversation:
    """Gone for everyone in it. The rows stay for staff; nothing else reads them."""
    conversation = owned(conversation_id, by=by)
    refuse_direct(conversation)
    refuse_client(conversation)
    conversation.deleted_at = now()
    conversation.save(update_fields=["deleted_at", "updated_at"])
    log_change(conversation, "deleted", by=by)
    forget(id=conversation.pk)
    announce(conversation, "deleted")
    return conversation


def changed(conversation: Conversation, what: str, *, by: User, fields: list[str]) -> Conversation:
    conversation.save(update_fields=[*fields, "updated_at"])
    remember(conversation)
    log_change(conversation, what, by=by)
    announce(conversation, what)
    return conversation


def remember(conversation: Conversation) -> None:
    know(
        id=conversation.pk,
        type=EntityType.CONVERSATION,
        name=conversation.title or conversation.get_kind_display(),
        owner_id=conversation.created_by_id,
        properties={"kind": conversation.kind, "status": conversation.status},
        is_private=True,
    )


def log_change(conversation: Conversation, what: str, *, by: User, **more: Any) -> None:
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=by.pk,
        target_id=conversation.pk,
        metadata={"what": f"conversation_{what}", **more},
        is_private=True,
    )


def announce(conversation: Conversation, what: str, *, also: Iterable[UUID] = ()) -> None:
    """Tell everyone in it (at most a thousand by name; the rest hear it where they have the conversation open)."""
    people = conversation.memberships.live().values_list("user_id", flat=True)[:1000]
    publish(
        ConversationChanged(
            conversation_id=conversation.pk,
            kind=conversation.kind,
            what=what,
            title=conversation.title,
            status=conversation.status,
            updated_at=iso(conversation.updated_at),
            user_ids=tuple(dict.fromkeys((*people, *also))),
        )
    )
