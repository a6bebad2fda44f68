"""The graph as people see it: browse what there is, and one entity with its neighbours and its history."""

from math import cos, pi, sin
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render

from config.errors import Invalid
from ontology.models import EntityType
from ontology.queries.explorer import browse, find, history, kinds, neighbours
from ontology.queries.stories import facts, kind, relation, told


class Shape(NamedTuple):
    """How a picture is laid out: its size, how far the neighbours stand, how many there are, how long a name may be."""

    name: str
    width: int
    height: int
    reach_x: int
    reach_y: int
    most: int
    letters: int


class Drawing(NamedTuple):
    shape: str
    width: int
    height: int
    middle_x: float
    middle_y: float
    places: list[dict[str, Any]]


SHAPES = (Shape("wide", 720, 460, 250, 165, 14, 22), Shape("narrow", 360, 380, 122, 130, 8, 15))
FEW, LOW = 2, 150
NEARER = 0.58  # where on its line a relation is written, from the middle outward
LOOKED_AT, TOLD = 60, 20

ICONS = {
    "creator": "user", "audience_member": "user", "digital_product": "box", "membership": "star", "podcast": "music",
    "media_asset": "music", "recording": "music", "conversation": "rooms", "message": "rooms", "payment": "wallet",
    "invoice": "receipt", "report": "council", "insight": "council", "community": "users", "livestream": "play",
    "token": "key", "course": "file", "blog_post": "file", "knowledge_item": "file",
}  # fmt: skip


def icon_of(type: str) -> str:
    return ICONS.get(type, "council" if type.endswith("_agent") else "graph")


@login_required
def explore(request):
    """GET /graph/?type=&q=&tag=key:value&cursor="""
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in ("type", "q", "tag", "cursor")}
    type = asked["type"] if asked["type"] in EntityType.values else ""
    key, _, value = asked["tag"].partition(":")
    tag = (key, value) if value else None
    try:
        page = browse(user=request.user, type=type, words=asked["q"], tag=tag, cursor=asked["cursor"])
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect("graph")
    kept = {name: text for name, text in asked.items() if text and name != "cursor"}
    context = {
        "place": "graph",
        "items": [{**row, "icon": icon_of(row["type"]), "kind": kind(row["type"]).capitalize()} for row in page.items],
        "kinds": [
            {
                **row,
                "name": kind(row["type"]).capitalize(),
                "active": row["type"] == type,
                "url": "?" + urlencode({**kept, "type": row["type"]}),
            }
            for row in kinds(user=request.user)
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
    around = [
        {**row, "icon": icon_of(row["type"]), "relation": relation(row["relation"])}
        for row in neighbours(user=request.user, entity_id=found.pk)
    ]
    context = {
        "place": "graph",
        "entity": found,
        "kind": kind(found.type),
        "icon": icon_of(found.type),
        "properties": facts(found.properties),
        "tags": list(found.tags.values("key", "value")),
        "neighbours": around,
        "drawings": [drawn(around, shape) for shape in SHAPES] if around else [],
        "timeline": told(history(user=request.user, entity_id=found.pk, limit=LOOKED_AT), found.pk)[:TOLD],
    }
    return render(request, "ontology/graph/entity.html", context)


def drawn(around: list[dict[str, Any]], shape: Shape) -> Drawing:
    """Where each neighbour stands in the picture: evenly on an ellipse around the entity, labels outside the lines.
    One or two stand beside it, so that the picture stays low."""
    shown = around[: shape.most]
    is_low = len(shown) <= FEW
    height, start = (LOW, 0.0) if is_low else (shape.height, -pi / 2)
    middle_x, middle_y = shape.width / 2, height / 2
    places = []
    for index, row in enumerate(shown):
        angle = start + 2 * pi * index / len(shown)
        x, y = middle_x + shape.reach_x * cos(angle), middle_y + shape.reach_y * sin(angle)
        name = row["name"] if len(row["name"]) <= shape.letters else row["name"][: shape.letters - 1].rstrip() + "…"
        places.append(
            {
                **row,
                "short": name,
                "x": round(x, 1),
                "y": round(y, 1),
                "label_y": round(y + (34 if y >= middle_y - 1 else -26), 1),
                "mid_x": round(middle_x + NEARER * (x - middle_x), 1),
                "mid_y": round(middle_y + NEARER * (y - middle_y), 1),
            }
        )
    return Drawing(shape.name, shape.width, height, middle_x, middle_y, places)
