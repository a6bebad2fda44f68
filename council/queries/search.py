"""One search over everything somebody may see: people, products, conversations, decisions, the rest of the graph."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from conversations.models import Conversation
from marketplace.models import Product
from ontology.queries.search import search_entities
from ontology.queries.words import kind

MOST = 6
SHORTEST = 2
GROUPED = {"creator", "audience_member", "digital_product", "conversation"}


def search(*, words: str, user: User) -> list[dict[str, Any]]:
    """Groups with something in them: `{title, items: [{title, text, url, id, at}]}`. Too few letters find nothing."""
    if len(words) < SHORTEST:
        return []
    groups = (
        ("People", people),
        ("Products", products),
        ("Conversations", talks),
        ("Decisions", decisions),
        ("Graph", things),
    )
    found = [{"title": title, "items": find(words, user)} for title, find in groups]
    return [group for group in found if group["items"]]


def people(words: str, user: User) -> list[dict[str, Any]]:
    rows = User.objects.visible_to(user).filter(Q(name__icontains=words) | Q(username__icontains=words))[:MOST]
    return [
        {
            "title": row.display_name,
            "text": row.bio[:90],
            "url": f"/graph/{row.pk}/",
            "id": row.pk,
            "name": row.display_name,
        }
        for row in rows
    ]


def products(words: str, user: User) -> list[dict[str, Any]]:
    rows = (
        Product.objects.visible_to(user).matching(words).select_related("seller").order_by("-created_at", "-id")[:MOST]
    )
    return [
        {"title": row.title, "text": f"{row.price} · {row.seller.display_name}", "url": row.get_absolute_url()}
        for row in rows
    ]


def talks(words: str, user: User) -> list[dict[str, Any]]:
    rows = Conversation.objects.visible_to(user).exclude(kind="council").filter(title__icontains=words)[:MOST]
    return [
        {"title": row.title, "text": row.get_kind_display(), "url": row.get_absolute_url(), "at": row.last_message_at}
        for row in rows
    ]


def decisions(words: str, user: User) -> list[dict[str, Any]]:
    rows = Conversation.objects.visible_to(user).filter(kind="council", title__icontains=words)[:MOST]
    return [{"title": row.title, "text": "", "url": row.get_absolute_url(), "at": row.last_message_at} for row in rows]


def things(words: str, user: User) -> list[dict[str, Any]]:
    """What the graph finds, but for what has a group of its own."""
    rows = search_entities(user=user, words=words, without=GROUPED, limit=MOST).items
    return [
        {"title": row["name"], "text": kind(row["type"]).capitalize(), "url": f"/graph/{row['id']}/"} for row in rows
    ]
