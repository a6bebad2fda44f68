"""What is deleted is gone from every read: every address that answers a GET is asked, in every dialect and on every page."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from marketplace.verbs.products import remove_product
from ontology.models import Entity
from ontology.verbs.comments import add_comment
from ontology.verbs.connections import create_connection
from ontology.verbs.entities import delete_entity
from ontology.verbs.events import log_event
from ontology.verbs.likes import like
from ontology.verbs.posts import create_post, delete_post
from ontology.verbs.tags import create_tag
from ontology.verbs.tracks import delete_track
from tests.factories.marketplace import ProductFactory
from tests.factories.social import track_of

pytestmark = pytest.mark.django_db

NAME = "Zanzibarquux"
WORD = "Ropeway"
# What is asked beside the id in the path, in every dialect's words; unknown parameters are passed over.
ASKED = (
    {},
    {"id": "{id}", "entityId": "{id}", "key": "place", "value": "sea"},
    {"actorId": "{id}", "tag": "place:sea"},
    {"entityId": "{user}"},
    *({"type": type} for type in ("blog_post", "social_post", "media_asset", "digital_product")),
    {"q": WORD, "query": WORD, "search": WORD, "words": WORD},
)
# Staff look at what was deleted in the admin; the others are no reads of things.
LEFT_OUT = ("/admin/", "/schema/", "/docs/", "/static/", "/media/", "/account/logout")


def addresses(patterns=None, start="/"):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = start + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from addresses(pattern.url_patterns, route)


def paths(thing, user):
    """Every address with the thing's id in each of its holes."""
    found = {re.sub(r"<[^>]+>", str(thing), route) for route in addresses() if "(?P" not in route and "\\" not in route}
    return sorted(path for path in found if not path.startswith(LEFT_OUT) and "stream" not in path.split("/")[-1])


def tells(client, path, query, thing, user):
    answer = client.get(path, {key: value.format(id=thing, user=user.pk) for key, value in query.items()})
    assert answer.status_code < 500, path
    has_name = not answer.streaming and NAME in answer.content.decode(errors="replace")
    return has_name, answer.status_code


def reads_that_tell(thing, user, client):
    """The reads, as (path, query), whose answer holds the thing's name."""
    telling = []
    for path in paths(thing, user):
        for query in ASKED:
            has_name, status = tells(client, path, query, thing, user)
            if has_name:
                telling.append((path, query))
            if status in (404, 405):
                break
    return telling


def by_hand(user):
    thing = Entity.objects.get(pk=_made(user))
    return thing.pk, lambda: delete_entity(entity_id=thing.pk, by=user)


def _made(user):
    from tests.factories.ontology import EntityFactory  # noqa: PLC0415 -- beside its one use

    thing = EntityFactory(owner=user, name=f"{NAME} {WORD}", properties={"about": NAME})
    create_tag(entity_id=thing.pk, key="place", value="sea", by=user)
    create_connection(
        from_entity_id=thing.pk, to_entity_id=user.pk, relationship_type="part_of", metadata={"n": NAME}, by=user
    )
    create_connection(from_entity_id=user.pk, to_entity_id=thing.pk, relationship_type="authored", by=user)
    log_event(type="content_changed", actor_id=user.pk, target_id=thing.pk, metadata={"n": NAME}, by=user)
    log_event(type="level_up", actor_id=thing.pk, metadata={"n": NAME}, by=user)
    return thing.pk


def post(user):
    made = create_post(content=f"{NAME} {WORD}", by=user)
    return made.pk, lambda: delete_post(post_id=made.pk, by=user)


def product(user):
    made = ProductFactory(by=user, title=f"{NAME} {WORD}")
    return made.pk, lambda: remove_product(product_id=made.pk, by=user)


def recording(user):
    made = track_of(user, title=f"{NAME} {WORD}")
    return made.pk, lambda: delete_track(track_id=made.pk, by=user)


@pytest.mark.parametrize(
    ("make", "told_by"),
    [
        (by_hand, {"/entities/get", "/entities/list", "/tags/search", "/connections/get", "/events/getHistory", "/graph/", "/graph/<id>/", "/search"}),
        (post, {"/entities/get", "/entities/list", "/graph/", "/search", "/api/v1/social/feed"}),
        (product, {"/entities/get", "/graph/", "/market/", "/api/v1/marketplace/products", "/search"}),
        (recording, {"/entities/get", "/entities/list", "/graph/", "/search"}),
    ],
    ids=["a thing", "a post", "a product", "a track"],
)  # fmt: skip
def test_a_deleted_thing_is_told_of_nowhere(user, stranger, staff, make, told_by):
    thing, delete = make(user)
    if make in (post, recording):
        like(entity_id=thing, by=stranger)
        add_comment(entity_id=thing, content=f"On {NAME}", by=stranger)
    owner = Client()
    owner.force_login(user)
    before = reads_that_tell(thing, user, owner)
    assert told_by - {path.replace(str(thing), "<id>") for path, _ in before} == set()

    delete()

    office = Client()
    office.force_login(staff)
    for who in (owner, office):
        assert not [path for path, query in before if tells(who, path, query, thing, user)[0]]
