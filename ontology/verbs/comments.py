"""Saying something about any entity that one may see."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from config.errors import Forbidden, Invalid, NotFound
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import Commented, CommentRemoved
from ontology.models import LONGEST_COMMENT, Comment, EntityType, EventType
from ontology.verbs.attention import count, locked, thing_for
from ontology.verbs.heat import COMMENTED, cool, warm
from ontology.verbs.memory import log

BEGINNING = 140
LATEST_MOMENT = 7 * 24 * 3600 * 1000


@transaction.atomic
def add_comment(
    *, entity_id: object, content: str, by: Any, at_ms: int | None = None, type: EntityType | None = None
) -> Comment:
    """`at_ms`: the moment of a recording it speaks of. With `type`, a thing of another one is NotFound."""
    text = said(content, most=LONGEST_COMMENT)
    if at_ms is not None and not 0 <= at_ms <= LATEST_MOMENT:
        raise Invalid(details={"at_ms": [f"Must be milliseconds from 0 to {LATEST_MOMENT}."]})
    thing = thing_for(entity_id, by=by, type=type)
    comment = Comment.objects.create(entity=thing, author_id=by.pk, content=text, at_ms=at_ms)
    counts = count(thing, comments=1)
    warm(thing, COMMENTED, comment.created_at)
    about = {"what": "commented", "comment_id": str(comment.pk)}
    log(type=EventType.COMMENT_POSTED, actor_id=by.pk, target_id=thing.pk, metadata=about)
    publish(
        Commented(
            comment_id=comment.pk,
            entity_id=thing.pk,
            type=thing.type,
            name=thing.name,
            author_id=by.pk,
            author_name=by.display_name,
            owner_id=thing.owner_id,
            text=text[:BEGINNING],
            comment_count=counts.comment_count,
        )
    )
    return comment


@transaction.atomic
def remove_comment(*, comment_id: object, by: Any) -> Comment:
    """Take it away for good: for whoever wrote it, whoever owns what it is about, and staff."""
    found = Comment.objects.live().select_related("entity").filter(pk=lookup_id(comment_id)).first()
    if found is None or not may_see(found, by=by):
        raise NotFound("Comment not found")
    if not by.is_staff and by.pk not in (found.author_id, found.entity.owner_id):
        raise Forbidden("Only its author, or the owner of what it is about, may remove a comment")
    return _remove(found, by=by)


@transaction.atomic
def remove_all_comments(*, user_id: UUID) -> None:
    """For somebody who leaves for good, so that no counter goes on counting them."""
    rows = Comment.objects.live().filter(author=user_id).order_by("entity", "id").select_related("author")
    for comment in rows.iterator():
        _remove(comment, by=comment.author)


def said(content: object, *, most: int) -> str:
    """The text as it is kept: without blanks around it, line ends as \\n. Invalid where nothing or too much is said."""
    text = content.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(content, str) else ""
    if not text:
        raise Invalid("Write something first", details={"content": ["This may not be blank."]})
    if len(text) > most:
        raise Invalid(
            f"This is longer than {most} characters", details={"content": [f"Must be at most {most} characters."]}
        )
    if "\0" in text:
        raise Invalid("This holds a character that no text has", details={"content": ["Null characters are not text."]})
    return text


def may_see(comment: Comment, *, by: Any) -> bool:
    return (
        comment.author_id == by.pk or type(comment.entity).objects.visible_to(by).filter(pk=comment.entity_id).exists()
    )


def _remove(comment: Comment, *, by: Any) -> Comment:
    thing = locked(comment.entity_id)
    comment.deleted_at = now()
    if not Comment.objects.live().filter(pk=comment.pk).update(deleted_at=comment.deleted_at):
        return comment  # somebody else was quicker
    counts = count(thing, comments=-1)
    cool(thing, COMMENTED, comment.created_at)
    about = {"what": "comment_removed", "comment_id": str(comment.pk)}
    log(type=EventType.CONTENT_INTERACTED, actor_id=by.pk, target_id=thing.pk, metadata=about)
    publish(
        CommentRemoved(
            comment_id=comment.pk,
            entity_id=thing.pk,
            type=thing.type,
            author_id=comment.author_id,
            owner_id=thing.owner_id,
            comment_count=counts.comment_count,
        )
    )
    return comment
