"""What people said about a thing, newest first, cut by a keyset cursor."""

from typing import Any
from uuid import UUID

from config.errors import NotFound
from config.paging import Page, keyset, page_of
from ontology.models import Comment
from ontology.queries.people import fields_at, person_at

ROW = ("id", "entity_id", "author_id", *fields_at("author__"), "content", "at_ms", "created_at")


def comments_on(entity_id: UUID, *, cursor: str | None, limit: int) -> Page:
    """Rows with `author`. Whoever asks has made sure that the thing itself may be seen."""
    rows = Comment.objects.live().filter(entity=entity_id, author__is_active=True).values(*ROW)
    page = page_of(keyset(rows, cursor=cursor, limit=limit), limit=limit)
    return Page([completed(row) for row in page.items], page.next_cursor)


def comment(comment_id: UUID) -> dict[str, Any]:
    """One of them. NotFound where it is gone."""
    row = Comment.objects.live().filter(pk=comment_id).values(*ROW).first()
    if row is None:
        raise NotFound("Comment not found")
    return completed(row)


def completed(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "author": person_at(row, "author__", id=row["author_id"])}
