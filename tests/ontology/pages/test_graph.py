"""The graph's pages: what there is, one entity with its neighbours, and nothing of other people's."""

import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import Entity, EntityType
from ontology.verbs.connections import create_connection
from ontology.verbs.entities import create_entity, delete_entity
from ontology.verbs.events import log_event
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

    def test_groups_types_as_the_document_does(self, browser, user):
        for type in ("lead", "podcast", "podcast"):
            create_entity(type=type, name=type, by=user)
        families = {
            family["name"]: [(it["kind"], it["count"], it["url"]) for it in family["types"]]
            for family in browser.get("/graph/").context["families"]
        }
        assert list(families) == ["Core", "Business agents", "Content", "Marketing"]
        assert families["Content"] == [("Podcast", 2, "?type=podcast")]

    def test_shows_tags_most_used_first(self, browser, user, stranger):
        made = [create_entity(type="nft", name=str(n), by=user) for n in range(3)]
        for entity, value in zip(made, ("low", "high", "high"), strict=True):
            create_tag(entity_id=entity.pk, key="tide", value=value, by=user)
        create_tag(entity_id=made[0].pk, key="moon", value="new", by=user)
        hidden = create_entity(type="nft", name="Hidden", status="draft", by=stranger)
        create_tag(entity_id=hidden.pk, key="secret", value="x", by=stranger)
        shown = browser.get("/graph/", {"tag": "tide"})
        assert [(row["key"], row["count"], row["active"]) for row in shown.context["tags"]] == [
            ("tide", 3, True), ("moon", 1, False),
        ]  # fmt: skip
        assert [(row["value"], row["count"], row["url"]) for row in shown.context["tags"][0]["values"]] == [
            ("high", 2, "?tag=tide%3Ahigh"), ("low", 1, "?tag=tide%3Alow"),
        ]  # fmt: skip
        assert names(shown) == ["2", "1", "0"]

    def test_combines_and_remembers_filters(self, browser, user):
        for type, name in (("course", "Harbour sounds"), ("podcast", "Harbour talk"), ("course", "Harbour map")):
            made = create_entity(type=type, name=name, by=user)
            if "map" not in name:
                create_tag(entity_id=made.pk, key="place", value="quay", by=user)
        shown = browser.get("/graph/", {"q": "harbour", "type": "course", "tag": "place"})
        assert names(shown) == ["Harbour sounds"]
        assert [(it["text"], it["url"]) for it in shown.context["filters"]] == [
            ("“harbour”", "/graph/?type=course&tag=place"),
            ("Course", "/graph/?q=harbour&tag=place"),
            ("place", "/graph/?q=harbour&type=course"),
        ]
        assert names(browser.get("/graph/", {"type": "course", "tag": "place:quay"})) == ["Harbour sounds"]

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
        browser.get("/graph/", {"type": "lead"})  # what is kept in the cache is asked for once
        counts = []
        for names_of_more in (["A"], ["B", "C"]):
            for name in names_of_more:
                create_entity(type="lead", name=name, by=user)
            with CaptureQueriesContext(connection) as queries:
                browser.get("/graph/", {"type": "lead"})
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestIcons:
    @pytest.mark.parametrize(
        ("holds", "icon"),
        [
            ("text/plain", "file"),
            ("image/png", "image"),
            ("audio/mpeg", "music"),
            (None, "music"),
            (5, "music"),
            ("x", "music"),
        ],
    )
    def test_of_a_file_are_of_what_it_holds(self, browser, user, holds, icon):
        made = create_entity(type="media_asset", name="Notes", properties={"content_type": holds}, by=user)
        [item] = browser.get("/graph/", {"type": "media_asset"}).context["items"]
        [found] = browser.get("/graph/", {"q": "notes"}).context["items"]
        [row] = browser.get(f"/graph/{user.pk}/").context["groups"][0]["rows"]
        page = browser.get(f"/graph/{made.pk}/")
        assert {item["icon"], found["icon"], row["icon"], page.context["icon"]} == {icon}


class TestNames:
    def test_turn_nothing_round(self, browser, user):
        made = create_entity(type="lead", name="\u202egnp.evil", by=user)
        for path in ("/graph/", f"/graph/{made.pk}/", f"/graph/{user.pk}/"):
            page = browser.get(path).content.decode()
            shown = re.findall(r"<(bdi|text|title|strong)[^>]*>(?:<strong[^>]*>)?[^<]*\u202egnp", page)
            said = page.count("\u202egnp") - len(re.findall(r'"[^"<>]*\u202egnp[^"<>]*"', page))
            assert len(shown) == said > 0


class TestCounts:
    def test_of_types_are_of_what_the_words_find(self, browser, user):
        for type, name in (("course", "Harbour sounds"), ("podcast", "Harbour talk"), ("podcast", "Organ talk")):
            create_entity(type=type, name=name, by=user)
        page = browser.get("/graph/", {"q": "harbour"})
        found = {it["type"]: it["count"] for family in page.context["families"] for it in family["types"]}
        assert (found, page.context["all_types"]["count"]) == ({"course": 1, "podcast": 1}, 2)

    def test_are_bounded_where_words_find_much(self, browser, user, monkeypatch):
        monkeypatch.setattr("ontology.queries.explorer.MOST_COUNTED", 2)
        for n in range(3):
            create_entity(type="lead", name=f"Harbour {n}", by=user)
        page = browser.get("/graph/", {"q": "harbour"})
        assert (page.context["all_types"]["count"], page.context["is_more"]) == (2, True)
        assert '<span class="graph-count">2+</span>' in page.content.decode()

    def test_part_their_thousands(self, browser, user):
        Entity.objects.bulk_create(Entity(type="lead", name=str(n), owner=user) for n in range(1200))
        page = browser.get("/graph/").content.decode()
        assert '<span class="graph-count">1,200</span>' in page

    def test_are_counted_once_a_minute_for_everybody(self, browser, user, stranger):
        made = create_entity(type="lead", name="A lead", by=stranger)
        create_tag(entity_id=made.pk, key="tide", value="high", by=stranger)
        create_entity(type="lead", name="Theirs alone", status="draft", by=stranger)
        create_entity(type="nft", name="Mine alone", status="draft", by=user)
        with CaptureQueriesContext(connection) as first:
            seen = browser.get("/graph/").context["families"]
        with CaptureQueriesContext(connection) as second:
            assert browser.get("/graph/").context["families"] == seen
        counted = [query["sql"] for query in second if "COUNT(" in query["sql"] and "ontology_" in query["sql"]]
        assert (counted, len(second) < len(first)) == ([], True)
        found = {it["type"]: it["count"] for family in seen for it in family["types"]}
        assert (found["lead"], found["nft"]) == (1, 1)
        theirs = Client()
        theirs.force_login(stranger)
        shown = theirs.get("/graph/").context["families"]
        found = {it["type"]: it["count"] for family in shown for it in family["types"]}
        assert (found["lead"], "nft" in found) == (2, False)


class TestNeighbours:
    def test_a_busy_relation_hides_no_other(self, browser, user, stranger):
        hub = create_entity(type="community", name="Hub", by=user)
        create_connection(
            from_entity_id=hub.pk,
            to_entity_id=create_entity(type="course", name="The first", by=user).pk,
            relationship_type="references",
            by=user,
        )
        for n in range(70):
            made = create_entity(type="lead", name=str(n), by=user)
            create_connection(from_entity_id=made.pk, to_entity_id=hub.pk, relationship_type="member_of", by=user)
        page = browser.get(f"/graph/{hub.pk}/")
        shown = {group["words"]: [row["name"] for row in group["rows"]] for group in page.context["groups"]}
        assert shown["References"] == ["The first"]
        assert shown["Has as member"] == ["69", "68", "67", "66", "65"]
        assert "The first" in [place["name"] for place in page.context["drawings"][0].places]

    def test_leads_on_by_cursor_without_gaps(self, browser, user):
        hub = create_entity(type="community", name="Hub", by=user)
        for n in range(35):
            made = create_entity(type="lead", name=str(n), by=user)
            create_connection(from_entity_id=made.pk, to_entity_id=hub.pk, relationship_type="member_of", by=user)
        [group] = [row for row in browser.get(f"/graph/{hub.pk}/").context["groups"] if row["count"] > 1]
        assert (group["words"], group["count"], len(group["rows"])) == ("Has as member", 35, 5)
        first = browser.get(f"/graph/{hub.pk}/{group['url']}")
        second = browser.get(f"/graph/{hub.pk}/around/{first.context['next_url']}")
        assert names(first) + names(second) == [str(n) for n in reversed(range(35))]

    @pytest.mark.parametrize("query", [{}, {"relation": "x"}, {"relation": "owns", "way": "up"}])
    def test_knows_only_relations(self, browser, user, query):
        assert browser.get(f"/graph/{user.pk}/around/", query).status_code == 404

    def test_leads_from_a_broken_cursor_to_the_beginning(self, browser, user):
        answer = browser.get(f"/graph/{user.pk}/around/", {"relation": "owns", "cursor": "bad"})
        assert answer["Location"] == f"/graph/{user.pk}/around/?relation=owns&way=out"


class TestEntity:
    def test_reads_history_page_by_page(self, browser, user):
        mine = create_entity(type="podcast", name="Tide talk", by=user)
        with time_machine.travel("2026-03-01T00:00Z", tick=False) as clock:
            for type in ("course_enrolled", "lesson_completed") * 13:
                clock.shift(60)
                log_event(type=type, actor_id=user.pk, target_id=mine.pk, by=user)
        first = browser.get(f"/graph/{mine.pk}/")
        second = browser.get(f"/graph/{mine.pk}/{first.context['older_url'].partition('#')[0]}")
        told = [row["title"] for page in (first, second) for row in page.context["timeline"]]
        assert told == ["Added", *["Noted: lesson completed", "Noted: course enrolled"] * 13]
        assert second.context["older_url"] == ""
        assert browser.get(f"/graph/{mine.pk}/?before=bad")["Location"] == f"/graph/{mine.pk}/"

    def test_shows_where_it_lives(self, browser, user):
        assert browser.get(f"/graph/{user.pk}/").context["home"] == (f"/people/{user.pk}/", "the person's page")
        by_hand = create_entity(type="digital_product", name="Not of the market", by=user)
        assert browser.get(f"/graph/{by_hand.pk}/").context["home"] is None

    def test_shows_neighbours_and_history(self, browser, user, stranger):
        mine = create_entity(type="podcast", name="Tide talk", properties={"niche": "sea"}, by=user)
        guest = create_entity(type="podcast", name="Gull talk", by=stranger)
        create_connection(from_entity_id=mine.pk, to_entity_id=guest.pk, relationship_type="references", by=user)

        answer = browser.get(f"/graph/{mine.pk}/")

        assert answer.context["properties"] == [{"name": "Niche", "form": "words", "value": "sea"}]
        around = [(group["words"], [row["name"] for row in group["rows"]]) for group in answer.context["groups"]]
        assert around == [("References", ["Gull talk"]), ("Owned by", ["Ada Lovelace"])]
        assert [row["title"] for row in answer.context["timeline"]] == ["Connected it", "Added"]

    def test_what_strangers_note_about_it_is_not_put_on_its_page(self, browser, user, stranger):
        faked = {"amount_cents": 99_900_000, "currency": "EUR", "transfer_id": "x"}
        log_event(type="payment_processed", actor_id=stranger.pk, target_id=user.pk, metadata=faked, by=stranger)
        log_event(type="level_up", actor_id=user.pk, target_id=user.pk, by=user)
        told = [row["title"] for row in browser.get(f"/graph/{user.pk}/").context["timeline"]]
        assert told[0] == "Noted: level up"
        assert not [title for title in told if "paid" in title.lower() or "payment" in title.lower()]

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
