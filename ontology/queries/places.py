"""Where in Stoa an entity is at home: the page that shows, and changes, what the graph only remembers."""

from typing import Any, NamedTuple

from config.ids import parse_id
from ontology.models import Entity


class Place(NamedTuple):
    url: str
    name: str


def place_of(entity: Entity) -> Place | None:
    """None where the graph itself is its home. Whether the page is there yet, the caller looks."""
    if not entity.is_kept:
        return None
    if entity.pk == entity.owner_id:
        return Place(f"/people/{entity.pk}/", "the person's page")
    known = entity.properties if isinstance(entity.properties, dict) else {}
    find = HOMES.get(entity.type, council if entity.type.endswith("_agent") else None)
    return find(entity, known) if find else None


def media(entity: Entity, known: dict[str, Any]) -> Place | None:
    if known.get("kind") == "track":
        return Place(f"/tracks/{entity.pk}/", "the track")
    if known.get("kind") == "gear":
        return Place(f"/gear/{entity.pk}/", "your gear")
    return Place(f"/files/{entity.pk}/", "the file") if "content_type" in known else None


def recording(entity: Entity, known: dict[str, Any]) -> Place | None:
    stream = parse_id(known.get("stream_id"))
    return Place(f"/live/{stream}/", "its live stream") if stream else None


def payment(entity: Entity, known: dict[str, Any]) -> Place | None:
    order = parse_id(known.get("order_id"))
    if "subscription_id" in known:
        return Place("/settings/subscription/", "your subscription")
    return Place(f"/orders/{order}/", "the order") if order else None


def conversation(entity: Entity, known: dict[str, Any]) -> Place:
    desk, name = {"room": ("rooms", "the room"), "council": ("council", "the council's room")}.get(
        str(known.get("kind")), ("inbox", "the conversation")
    )
    return Place(f"/{desk}/{entity.pk}/", name)


def council(entity: Entity, known: dict[str, Any]) -> Place:
    return Place("/council/", "the council")


HOMES = {
    "social_post": lambda entity, known: Place(f"/posts/{entity.pk}/", "the post"),
    "digital_product": lambda entity, known: Place(f"/market/{entity.pk}/", "the product's page"),
    "livestream": lambda entity, known: Place(f"/live/{entity.pk}/", "the live stream"),
    "media_asset": media,
    "recording": recording,
    "payment": payment,
    "subscription": lambda entity, known: Place("/settings/subscription/", "your subscription"),
    "membership": lambda entity, known: Place("/pricing/", "the tiers"),
    "conversation": conversation,
    "community": council,
}
