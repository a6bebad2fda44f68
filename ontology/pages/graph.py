"""The graph as people see it: browse what there is, and one entity with its neighbours and its history."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_safe

from config.errors import Invalid
from ontology.models import ConnectionType, Entity, EntityType
from ontology.pages.entity_forms import TagForm
from ontology.pages.pictures import pictures
from ontology.queries.explorer import (
    around,
    browse,
    find,
    history_page,
    kinds,
    kinds_found,
    neighbours,
    relations,
    tag_keys,
    tag_values,
    tags_of,
)
from ontology.queries.places import Place, place_of
from ontology.queries.properties import readable
from ontology.queries.stories import told
from ontology.queries.words import FAMILIES, capital, icon, kind, relation

LONGEST_ASKED = 250
OF_A_GROUP = 5
TOLD = 20


@login_required
@require_safe
def explore(request):
    """GET /graph/?type=&q=&tag=key or key:value&cursor="""
    asked = {name: asked_for(request, name) for name in ("q", "type", "tag", "cursor")}
    asked["type"] = asked["type"] if asked["type"] in EntityType.values else ""
    key, _, value = asked["tag"].partition(":")
    tag = (key, value) if key else None
    asked["tag"] = asked["tag"] if tag else ""
    try:
        page = browse(user=request.user, type=asked["type"], words=asked["q"], tag=tag, cursor=asked["cursor"])
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect("graph")
    cursor, kept = asked.pop("cursor"), {name: text for name, text in asked.items() if text}
    counts, is_more = kinds(user=request.user, tag=tag), False
    if asked["q"]:
        counts, is_more = kinds_found(user=request.user, words=asked["q"], tag=tag)
    context = {
        "place": "graph",
        "items": [{**row, **look_of(row["type"], row["properties__content_type"])} for row in page.items],
        "families": families(counts, kept),
        "all_types": {"url": "?" + urlencode(without(kept, "type")), "count": sum(counts.values())},
        "is_more": is_more,
        "tags": tags(request.user, asked["type"], key, value, kept),
        "filters": filters(asked, kept),
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
        "first_url": "?" + urlencode(kept) if cursor else "",
        **{name: asked[name] for name in ("q", "type", "tag")},
        "type_name": capital(kind(asked["type"])) if asked["type"] else "",
    }
    return render(request, "ontology/graph/explore.html", context)


@login_required
@require_safe
def entity(request, entity_id):
    """GET /graph/<id>/?before=cursor of the history"""
    return whole(request, seen(request, entity_id))


@login_required
@require_safe
def neighbours_page(request, entity_id):
    """GET /graph/<id>/around/?relation=&way=out|in&cursor=: all that stands around it by one relationship."""
    found = seen(request, entity_id)
    name, way = request.GET.get("relation", ""), request.GET.get("way", "out")
    if name not in ConnectionType.values or way not in ("out", "in"):
        raise Http404
    try:
        page = around(
            user=request.user, entity_id=found.pk, relation=name, way=way, cursor=asked_for(request, "cursor")
        )
    except Invalid:
        return redirect(f"{request.path}?{urlencode({'relation': name, 'way': way})}")
    kept = {"relation": name, "way": way}
    context = {
        "place": "graph",
        "entity": found,
        "words": capital(relation(name, outward=way == "out")),
        "items": [with_words(row) for row in page.items],
        "may_change": may_change(request.user, found),
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return render(request, "ontology/graph/around.html", context)


# --- one entity ----------------------------------------------------------------------------------------------------


def seen(request, entity_id) -> Entity:
    """The entity, if whoever asks may see it: another's private one is not there for them."""
    found = find(user=request.user, entity_id=entity_id)
    if found is None:
        raise Http404
    return found


def may_change(user, entity: Entity) -> bool:
    """Who is offered the buttons; what is done with them, the verbs decide."""
    return user.is_staff or entity.owner_id == user.pk


def whole(request, found: Entity, *, status: int = 200, tag_form: TagForm | None = None):
    """The page of one entity; `tag_form` holds what was typed where it was refused."""
    try:
        events = history_page(user=request.user, entity_id=found.pk, cursor=asked_for(request, "before"), limit=TOLD)
    except Invalid:
        return redirect("entity", found.pk)
    counts = relations(user=request.user, entity_id=found.pk)
    near = [with_words(row) for row in neighbours(user=request.user, entity_id=found.pk)]
    total = sum(counts.values())
    context = {
        "place": "graph",
        "entity": found,
        **look_of(found.type, found.properties.get("content_type")),
        **rights(request.user, found),
        "home": home_of(found),
        "properties": readable(found.properties),
        "tags": [{**row, "text_id": str(row["id"])} for row in tags_of(found.pk)],
        "tag_form": tag_form or TagForm(),
        "groups": groups(near, counts),
        "total": total,
        "drawings": pictures(found.name, near, total),
        "timeline": told(events.items, found.pk),
        "older_url": f"?before={events.next_cursor}#history" if events.next_cursor else "",
        "newest_url": f"{found.get_absolute_url()}#history" if request.GET.get("before") else "",
    }
    return render(request, "ontology/graph/entity.html", context, status=status)


def rights(user, found: Entity) -> dict[str, bool]:
    mine, is_profile = may_change(user, found), found.pk == found.owner_id
    by_hand = mine and not found.is_kept
    return {
        "may_change": mine,
        "may_edit": by_hand or (mine and is_profile),
        "may_remove": by_hand,
        "is_profile": is_profile,
        "is_kept_elsewhere": mine and found.is_kept,
    }


def home_of(found: Entity) -> Place | None:
    """Where it lives in Stoa, where that page is there."""
    home = place_of(found)
    if home is None:
        return None
    try:
        resolve(home.url)
    except Resolver404:
        return None
    return home


def look_of(type: str, content_type: object = None) -> dict[str, str]:
    return {"icon": icon(type, content_type), "kind": capital(kind(type))}


def with_words(row: dict[str, Any]) -> dict[str, Any]:
    words = relation(row["relation"], outward=row["outward"])
    group = (row["relation"], row["outward"])
    return {**row, **look_of(row["type"], row["content_type"]), "key": str(row["id"]), "words": words, "group": group}


def groups(near: list[dict[str, Any]], counts: dict[tuple[str, bool], int]) -> list[dict[str, Any]]:
    """The neighbours by relationship and direction, what goes outward first, the largest group first."""
    found = []
    for (name, outward), count in sorted(counts.items(), key=lambda item: (not item[0][1], -item[1], item[0][0])):
        rows = [row for row in near if row["group"] == (name, outward)][:OF_A_GROUP]
        way = {"relation": name, "way": "out" if outward else "in"}
        found.append(
            {
                "words": capital(relation(name, outward=outward)),
                "outward": outward,
                "count": count,
                "rows": rows,
                "url": f"around/?{urlencode(way)}" if count > len(rows) else "",
            }
        )
    return found


# --- what there is -------------------------------------------------------------------------------------------------


def asked_for(request, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:LONGEST_ASKED]


def without(kept: dict[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in kept.items() if name not in names}


def families(counts: dict[str, int], kept: dict[str, str]) -> list[dict[str, Any]]:
    """The types there are, under their families; the chosen one too where there is none of it."""
    chosen = kept.get("type")
    shown = []
    for name, types in FAMILIES.items():
        rows = [
            {
                "type": type,
                **look_of(type),
                "count": counts.get(type, 0),
                "active": type == chosen,
                "url": "?" + urlencode({**kept, "type": type}),
            }
            for type in types
            if type in counts or type == chosen
        ]
        if rows:
            shown.append({"name": name, "types": rows})
    return shown


def tags(user, type: str, key: str, value: str, kept: dict[str, str]) -> list[dict[str, Any]]:
    """The keys in use, and the values of the chosen one."""
    values: list[dict[str, Any]] = [
        {"value": text, "count": count, "active": text == value, "tag": f"{key}:{text}"}
        for text, count in (tag_values(user=user, key=key, type=type) if key else [])
    ]
    keys = dict(tag_keys(user=user, type=type))
    if key and key not in keys:
        keys[key] = sum(row["count"] for row in values)
    for row in values:
        row["url"] = "?" + urlencode({**kept, "tag": row["tag"]})
    return [
        {
            "key": name,
            "count": count,
            "active": name == key and not value,
            "open": name == key,
            "url": "?" + urlencode({**kept, "tag": name}),
            "values": values if name == key else [],
        }
        for name, count in keys.items()
    ]


def filters(asked: dict[str, str], kept: dict[str, str]) -> list[dict[str, str]]:
    """What is asked for, each with the address that asks for the rest."""
    words = {"q": f"“{asked['q']}”", "type": capital(kind(asked["type"])), "tag": asked["tag"].replace(":", ": ", 1)}
    return [{"text": words[name], "url": "/graph/?" + urlencode(without(kept, name))} for name in kept]
