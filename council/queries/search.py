"""One search over everything somebody may see: people, products, tracks, conversations, decisions, the rest of the graph."""

from typing import Any
from urllib.parse import urlencode

from accounts.models import User
from conversations.models import Conversation
from marketplace.models import Product
from ontology.models import Track
from ontology.queries.people import people_named
from ontology.queries.search import search_entities
from ontology.queries.tracks import search_tracks
from ontology.queries.words import kind

MOST = 6
SHORTEST = 2
GROUPED = {"creator", "audience_member", "digital_product", "conversation"}


def search(*, words: str, user: User) -> list[dict[str, Any]]:
    """Groups with something in them: `{title, items: [{title, text, url, id, at}], more_url}`, of each MOST; `more_url` is
    where there are further ones, if there is such a place. Too few letters find nothing."""
    if len(words) < SHORTEST:
        return []
    groups = (
        ("People", people, "/people/"),
        ("Products", products, "/market/"),
        ("Tracks", sounds, "/tracks/"),
        ("Conversations", talks, ""),
        ("Decisions", decisions, ""),
        ("Graph", things, "/graph/"),
    )
    shown = []
    for title, find, place in groups:
        items = find(words, user)
        if items:
            more_url = f"{place}?{urlencode({'q': words})}" if place and len(items) > MOST else ""
            shown.append({"title": title, "items": items[:MOST], "more_url": more_url})
    return shown


# Each finds one more than is shown where there are further ones.


def people(words: str, user: User) -> list[dict[str, Any]]:
    rows = people_named(words, cursor=None, limit=MOST + 1).items
    return [
        {
            "title": row["name"],
            "text": row["bio"][:90],
            "url": f"/people/{row['id']}/",
            "id": row["id"],
            "name": row["name"],
        }
        for row in rows
    ]


def products(words: str, user: User) -> list[dict[str, Any]]:
    found = Product.objects.visible_to(user).matching(words).select_related("seller")
    return [
        {"title": row.title, "text": f"{row.price} · {row.seller.display_name}", "url": row.get_absolute_url()}
        for row in found.order_by("-created_at", "-id")[: MOST + 1]
    ]


def sounds(words: str, user: User) -> list[dict[str, Any]]:
    rows = search_tracks(user=user, words=words, limit=MOST + 1).items
    return [
        {"title": row["title"], "text": row["artist"] or row["owner"]["name"], "url": f"/tracks/{row['id']}/"}
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
    """What the graph finds, but for what has a group of its own: a track is a media asset, and other media are not tracks."""
    rows = search_entities(user=user, words=words, without=GROUPED, limit=4 * MOST).items
    tracks = set(Track.objects.published().filter(pk__in=[row["id"] for row in rows]).values_list("pk", flat=True))
    return [
        {"title": row["name"], "text": kind(row["type"]).capitalize(), "url": f"/graph/{row['id']}/"}
        for row in rows
        if row["id"] not in tracks
    ][: MOST + 1]
