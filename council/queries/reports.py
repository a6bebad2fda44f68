"""What can be reported, as whoever reports it sees it; and what staff see of reports."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import User
from config.errors import Forbidden, NotFound
from config.ids import lookup_id
from config.paging import Window
from conversations.models import Message
from council.models import Report
from council.models.reports import LONGEST_SEEN
from marketplace.models import Product
from ontology.models import Comment, Post, Track
from ontology.verbs.comments import may_see

Content = Report.Content
PLACES = {"social_post": "/posts/{id}/", "media_asset": "/tracks/{id}/", "livestream": "/live/{id}/"}
BEGINNING = 80


@dataclass(frozen=True, slots=True)
class Reportable:
    """`name` is for a sentence ("the track Low Tide"), `title` for a list, `seen` what it says, `place` where it stands."""

    content_type: str
    id: UUID
    owner_id: UUID
    name: str
    title: str
    seen: str
    place: str


def reportable(*, content_type: str, content_id: Any, by: Any) -> Reportable:
    """NotFound for what `by` does not see, or what is no person's."""
    finder = FINDERS.get(content_type)
    found = finder(lookup_id(content_id), by) if finder else None
    if found is None:
        raise NotFound("There is nothing here that could be reported")
    return found


def reports_for_staff(*, status: str, by: Any, window: Window) -> tuple[list[Report], int]:
    """The newest first, with how many there are; `status` may be `all`."""
    if not by.is_staff:
        raise Forbidden("Only staff may read reports")
    rows = Report.objects.visible_to(by).select_related("reporter", "subject", "resolved_by")
    rows = rows if status == "all" else rows.filter(status=status)
    return list(rows[window.offset : window.offset + window.limit]), rows.count()


def _user(key: UUID, by: Any) -> Reportable | None:
    row = User.objects.visible_to(by).filter(pk=key).first()
    if row is None:
        return None
    name = row.display_name
    return _thing(Content.USER, key, key, name=name, title=name, seen=row.bio, place=f"/people/{key}/")


def _track(key: UUID, by: Any) -> Reportable | None:
    row = Track.objects.visible_to(by).filter(pk=key).first()
    if row is None:
        return None
    name = f"the track {row.title}"
    seen = f"{row.title}\n{row.artist}\n{row.description}"
    return _thing(Content.TRACK, key, row.owner_id, name=name, title=row.title, seen=seen, place=f"/tracks/{key}/")


def _post(key: UUID, by: Any) -> Reportable | None:
    row = Post.objects.visible_to(by).select_related("author").filter(pk=key).first()
    if row is None:
        return None
    name = f"a post by {row.author.display_name}"
    return _thing(Content.POST, key, row.author_id, name=name, seen=row.content, place=f"/posts/{key}/")


def _comment(key: UUID, by: Any) -> Reportable | None:
    row = Comment.objects.live().select_related("author", "entity").filter(pk=key).first()
    if row is None or not may_see(row, by=by):
        return None
    place = PLACES.get(row.entity.type, "/graph/{id}/").format(id=row.entity_id)
    name = f"a comment by {row.author.display_name}"
    return _thing(Content.COMMENT, key, row.author_id, name=name, seen=row.content, place=f"{place}#comment-{key}")


def _product(key: UUID, by: Any) -> Reportable | None:
    row = Product.objects.visible_to(by).filter(pk=key).first()
    if row is None:
        return None
    name, seen = f"the product {row.title}", f"{row.title}\n{row.description}"
    return _thing(Content.PRODUCT, key, row.seller_id, name=name, title=row.title, seen=seen, place=f"/market/{key}/")


def _message(key: UUID, by: Any) -> Reportable | None:
    """What people say to each other: neither engines' words nor those of clients, who have no account here."""
    said = Message.objects.visible_to(by).filter(role=Message.Role.USER, sender__isnull=False)
    row = said.select_related("sender", "conversation").filter(pk=key).first()
    if row is None or row.sender is None:
        return None
    name = f"a message by {row.sender.display_name}"
    place = row.conversation.get_absolute_url()
    return _thing(Content.MESSAGE, key, row.sender.pk, name=name, seen=row.content, place=place)


def _thing(
    content_type: str, key: UUID, owner_id: UUID, *, name: str, seen: str, place: str, title: str = ""
) -> Reportable:
    return Reportable(
        content_type=content_type,
        id=key,
        owner_id=owner_id,
        name=name,
        title=title or beginning(seen),
        seen=seen.strip()[:LONGEST_SEEN],
        place=place,
    )


def beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= BEGINNING else f"{line[: BEGINNING - 1].rstrip()}…"


FINDERS: dict[str, Callable[[UUID, Any], Reportable | None]] = {
    Content.USER: _user,
    Content.TRACK: _track,
    Content.POST: _post,
    Content.COMMENT: _comment,
    Content.PRODUCT: _product,
    Content.MESSAGE: _message,
}
