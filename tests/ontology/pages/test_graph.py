"""The graph's pages: what there is, one entity with its neighbours, and nothing of other people's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import EntityType
from ontology.pages.graph import LOW, SHAPES, drawn
from ontology.verbs.connections import create_connection
from ontology.verbs.entities import create_entity, delete_entity
from ontology.verbs.memory import know
from ontology.verbs.tags import create_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


def names(answer) -> list[str]:
    return [item["name"] for item in answer.context["items"]]


class TestExplore:
    def test_asks_for_a_sign_in(self):
        answer = Client().get("/graph/")
        assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/graph/")

    def test_shows_public_things_and_ones_own(self, browser, user, stranger):
        create_entity(type="podcast", name="Tide talk", by=stranger)
        create_entity(type="podcast", name="Not yet", status="draft", by=stranger)
        create_entity(type="podcast", name="My draft", status="draft", by=user)
        assert names(browser.get("/graph/", {"type": "podcast"})) == ["My draft", "Tide talk"]

    def test_hides_the_platforms_private_facts(self, browser, user, stranger):
        mine = create_entity(type="payment", name="Mine", by=user)
        know(id=mine.pk, type=EntityType.PAYMENT, name="Mine", owner_id=user.pk, is_private=True)
        other = create_entity(type="payment", name="Theirs", by=stranger)
        know(id=other.pk, type=EntityType.PAYMENT, name="Theirs", owner_id=stranger.pk, is_private=True)
        assert names(browser.get("/graph/", {"type": "payment"})) == ["Mine"]

    def test_searches_by_name_and_tag(self, browser, user):
        harbour = create_entity(type="course", name="Harbour sounds", by=user)
        create_entity(type="course", name="Organ sounds", by=user)
        create_tag(entity_id=harbour.pk, key="genre", value="ambient", by=user)
        assert names(browser.get("/graph/", {"q": "harbour"})) == ["Harbour sounds"]
        assert names(browser.get("/graph/", {"tag": "genre:ambient"})) == ["Harbour sounds"]
        assert names(browser.get("/graph/", {"q": "nothing of the kind"})) == []

    def test_leads_on_by_cursor_without_gaps(self, browser, user):
        made = [create_entity(type="nft", name=f"Token {n}", by=user).name for n in range(30)]
        first = browser.get("/graph/", {"type": "nft"})
        second = browser.get("/graph/" + first.context["next_url"])
        assert names(first) + names(second) == made[::-1]
        assert second.context["next_url"] == ""

    def test_leads_from_a_broken_cursor_to_the_beginning(self, browser):
        answer = browser.get("/graph/", {"cursor": "bad"})
        assert (answer.status_code, answer["Location"]) == (302, "/graph/")

    @pytest.mark.parametrize("query", [{"type": "no such"}, {"tag": ":"}, {"q": "\0"}, {"q": "%_'\""}])
    def test_takes_strange_questions_calmly(self, browser, query):
        assert browser.get("/graph/", query).status_code == 200

    def test_runs_as_many_queries_for_three_as_for_one(self, browser, user):
        browser.get("/graph/")  # what is kept in the cache is asked for once
        counts = []
        for names_of_more in (["A"], ["B", "C"]):
            for name in names_of_more:
                create_entity(type="lead", name=name, by=user)
            with CaptureQueriesContext(connection) as queries:
                browser.get("/graph/", {"type": "lead"})
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestEntity:
    def test_shows_neighbours_and_history(self, browser, user, stranger):
        mine = create_entity(type="podcast", name="Tide talk", properties={"niche": "sea"}, by=user)
        guest = create_entity(type="podcast", name="Gull talk", by=stranger)
        create_connection(from_entity_id=mine.pk, to_entity_id=guest.pk, relationship_type="references", by=user)

        answer = browser.get(f"/graph/{mine.pk}/")

        assert answer.context["properties"] == [{"name": "Niche", "value": "sea"}]
        around = {(row["name"], row["relation"], row["outward"]) for row in answer.context["neighbours"]}
        assert around == {("Gull talk", "references", True), ("Ada Lovelace", "owns", False)}
        assert [row["title"] for row in answer.context["timeline"]] == ["Published"]

    def test_is_not_found_where_it_may_not_be_seen(self, browser, user, stranger):
        draft = create_entity(type="podcast", name="Draft", status="draft", by=stranger)
        gone = create_entity(type="podcast", name="Gone", by=user)
        delete_entity(entity_id=gone.pk, by=user)
        assert browser.get(f"/graph/{draft.pk}/").status_code == 404
        assert browser.get(f"/graph/{gone.pk}/").status_code == 404

    def test_shows_names_as_text(self, browser, user):
        evil = create_entity(type="podcast", name="<script>alert(1)</script>", properties={"<b>": "<i>"}, by=user)
        page = browser.get(f"/graph/{evil.pk}/").content.decode()
        assert "<script>alert(1)" not in page
        assert "<i>" not in page


class TestDrawn:
    def row(self, name="A name that is longer than the picture allows"):
        return {"name": name, "relation": "part_of", "type": "course", "entity_id": "x"}

    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("count", [1, 2, 3, 40])
    def test_keeps_within_the_picture(self, shape, count):
        picture = drawn([self.row() for _ in range(count)], shape)
        places = picture.places
        assert len(places) == min(count, shape.most)
        assert all(0 < place["x"] < picture.width and 0 < place["label_y"] < picture.height for place in places)
        assert len({(place["x"], place["y"]) for place in places}) == len(places)

    def test_is_low_for_one_or_two(self):
        heights = [drawn([self.row()] * count, SHAPES[0]).height for count in (1, 2, 3)]
        assert heights == [LOW, LOW, SHAPES[0].height]

    def test_shortens_long_names(self):
        names = [self.row(), self.row("Short")]
        assert [place["short"] for place in drawn(names, SHAPES[0]).places] == ["A name that is longer…", "Short"]
