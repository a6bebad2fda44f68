"""Where an entity lives: the page of what keeps it, and none for what is of the graph alone."""

from uuid import UUID

import pytest

from ontology.models import Entity
from ontology.queries.places import place_of

HERE, THERE, OWNER = UUID(int=1), UUID(int=2), UUID(int=3)


def entity(type, *, is_kept=True, id=HERE, **properties):
    return Entity(pk=id, type=type, name="It", owner_id=OWNER, is_kept=is_kept, properties=properties)


@pytest.mark.parametrize(
    ("found", "url"),
    [
        (entity("creator", id=OWNER), f"/people/{OWNER}/"),
        (entity("creator"), None),
        (entity("social_post"), f"/posts/{HERE}/"),
        (entity("digital_product"), f"/market/{HERE}/"),
        (entity("digital_product", is_kept=False), None),
        (entity("livestream"), f"/live/{HERE}/"),
        (entity("recording", stream_id=str(THERE)), f"/live/{THERE}/"),
        (entity("recording", stream_id="x"), None),
        (entity("media_asset", kind="track"), f"/tracks/{HERE}/"),
        (entity("media_asset", content_type="text/plain"), f"/files/{HERE}/"),
        (entity("media_asset"), None),
        (entity("payment", order_id=str(THERE)), f"/orders/{THERE}/"),
        (entity("payment"), None),
        (entity("conversation", kind="room"), f"/rooms/{HERE}/"),
        (entity("conversation", kind="council"), f"/council/{HERE}/"),
        (entity("conversation", kind="direct"), f"/inbox/{HERE}/"),
        (entity("conversation", kind=["odd"]), f"/inbox/{HERE}/"),
        (entity("legal_agent"), "/council/"),
        (entity("community"), "/council/"),
        (entity("lead"), None),
    ],
)
def test_is_the_page_that_keeps_it(found, url):
    home = place_of(found)
    assert (home and home.url) == url
