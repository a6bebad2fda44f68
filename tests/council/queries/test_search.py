"""One search: each group leads to the place where its things live, and on to all of them."""

import pytest
from django.test import Client

from council.queries.search import MOST, search
from ontology.models import Track
from ontology.verbs.entities import create_entity
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory
from tests.factories.social import track_of

pytestmark = pytest.mark.django_db


def groups(user, words="harbour"):
    return {group["title"]: group for group in search(words=words, user=user)}


class TestSearch:
    def test_leads_to_where_things_live(self, user, stranger):
        harbour = UserFactory(name="Harbour Master")
        product = ProductFactory(by=stranger, title="Harbour Lights")
        track, draft = track_of(stranger, "Harbour at dawn"), track_of(stranger, "Harbour", status=Track.Status.DRAFT)
        thing = create_entity(type="course", name="Harbour sounds", by=stranger)
        found = {title: [item["url"] for item in group["items"]] for title, group in groups(user).items()}
        assert found == {
            "People": [f"/people/{harbour.pk}/"],
            "Products": [f"/market/{product.pk}/"],
            "Tracks": [f"/tracks/{track.pk}/"],
            "Graph": [f"/graph/{thing.pk}/"],
        }
        assert str(draft.pk) not in str(found)

    def test_a_media_asset_that_is_no_track_is_in_the_graph(self, user):
        made = create_entity(type="media_asset", name="Harbour still", by=user)
        assert [item["url"] for item in groups(user)["Graph"]["items"]] == [f"/graph/{made.pk}/"]

    def test_leads_on_where_there_is_more(self, user):
        for n in range(MOST + 1):
            create_entity(type="course", name=f"Harbour {n}", by=user)
            UserFactory(name=f"Harbour {n}")
            track_of(user, f"Harbour {n}")
        found = groups(user)
        assert {title: (len(group["items"]), group["more_url"]) for title, group in found.items()} == {
            "People": (MOST, "/people/?q=harbour"),
            "Tracks": (MOST, "/tracks/?q=harbour"),
            "Graph": (MOST, "/graph/?q=harbour"),
        }

    def test_leads_nowhere_where_all_is_shown(self, user):
        create_entity(type="course", name="Harbour", by=user)
        assert groups(user)["Graph"]["more_url"] == ""

    def test_page_names_its_groups(self, user):
        client = Client()
        client.force_login(user)
        for n in range(MOST + 1):
            create_entity(type="course", name=f"Harbour & sea {n}", by=user)
        page = client.get("/search", {"q": "harbour & sea"}).content.decode()
        assert '<h2 class="section-title" id="group-1">Graph</h2>' in page
        assert 'href="/graph/?q=harbour+%26+sea">All in the graph</a>' in page
