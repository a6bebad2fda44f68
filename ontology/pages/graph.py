"""The graph as people see it: browse what there is, and one entity with its neighbours and its history."""

from math import cos, pi, sin
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render

from ontology.models import EntityType
from ontology.queries.explorer import browse, find, history, kinds, neighbours

DRAWN = 14
WIDTH, HEIGHT = 720, 460

ICONS = {
    "creator": "user", "audience_member": "user", "digital_product": "box", "membership": "star", "podcast": "music",
    "media_asset": "music", "recording": "music", "conversation": "rooms", "message": "rooms", "payment": "wallet",
    "invoice": "receipt", "report": "council", "insight": "council", "community": "users", "livestream": "play",
    "token": "key", "course": "file", "blog_post": "file", "knowledge_item": "file",
}  # fmt: skip


def words(identifier: str) -> str:
    """`content_uploaded` as people read it."""
    return identifier.replace("_", " ")


def icon_of(type: str) -> str:
    return ICONS.get(type, "council" if type.endswith("_agent") else "graph")


@login_required
def explore(request):
    """GET /graph/?type=&q=&tag=key:value&cursor="""
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in ("type", "q", "tag", "cursor")}
    type = asked["type"] if asked["type"] in EntityType.values else ""
    key, _, value = asked["tag"].partition(":")
    page = browse(
        user=request.user, type=type, words=asked["q"], tag=(key, value) if value else None, cursor=asked["cursor"]
    )
    kept = {name: text for name, text in asked.items() if text and name != "cursor"}
    context = {
        "place": "graph",
        "items": [{**row, "icon": icon_of(row["type"]), "kind": words(row["type"])} for row in page.items],
        "kinds": [
            {
                **kind,
                "name": words(kind["type"]),
                "active": kind["type"] == type,
                "url": "?" + urlencode({**kept, "type": kind["type"]}),
            }
            for kind in kinds(user=request.user)
        ],
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
        "query_here": asked["q"],
        "type": type,
        "tag": asked["tag"],
    }
    return render(request, "ontology/graph/explore.html", context)


@login_required
def entity(request, entity_id):
    found = find(user=request.user, entity_id=entity_id)
    if found is None:
        raise Http404
    around = neighbours(user=request.user, entity_id=found.pk)
    context = {
        "place": "graph",
        "entity": found,
        "kind": words(found.type),
        "icon": icon_of(found.type),
        "properties": [{"name": words(str(name)), "value": value} for name, value in found.properties.items()],
        "tags": list(found.tags.values("key", "value")),
        "neighbours": [{**row, "icon": icon_of(row["type"]), "relation": words(row["relation"])} for row in around],
        "drawing": drawn(around),
        "more": max(0, len(around) - DRAWN),
        "timeline": [told(row, found.pk) for row in history(user=request.user, entity_id=found.pk)],
    }
    return render(request, "ontology/graph/entity.html", context)


def told(row: dict[str, Any], here: Any) -> dict[str, Any]:
    """One event as a line of the timeline, from where the reader stands."""
    other = row["target_name"] if row["actor_id"] == here else row["actor_name"]
    title = words(row["type"]).capitalize()
    url = (
        ""
        if row["actor_id"] == row["target_id"]
        else f"/graph/{row['target_id'] if row['actor_id'] == here else row['actor_id']}/"
    )
    is_alone = other is None or row["actor_id"] == row["target_id"]
    return {"title": title, "text": "" if is_alone else other, "at": row["timestamp"], "url": "" if is_alone else url}


def drawn(around: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where each neighbour stands in the picture: evenly on an ellipse around the entity, labels outside the lines."""
    shown = around[:DRAWN]
    places = []
    for index, row in enumerate(shown):
        angle = -pi / 2 + 2 * pi * index / len(shown)
        x, y = WIDTH / 2 + 250 * cos(angle), HEIGHT / 2 + 165 * sin(angle)
        name = row["name"] if len(row["name"]) <= 22 else row["name"][:21] + "…"
        places.append(
            {
                **row,
                "short": name,
                "relation": words(row["relation"]),
                "x": round(x, 1),
                "y": round(y, 1),
                "label_y": round(y + (34 if y >= HEIGHT / 2 - 1 else -26), 1),
                "mid_x": round((x + WIDTH / 2) / 2, 1),
                "mid_y": round((y + HEIGHT / 2) / 2, 1),
            }
        )
    return places
