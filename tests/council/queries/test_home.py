"""Home and search: over all apps, and only what is one's own or may be seen."""

import pytest
from django.test import Client

from conversations.models import Conversation
from conversations.verbs.conversations import open_conversation
from conversations.verbs.messages import send_message
from council.queries.home import stats, waiting
from council.queries.search import search
from council.verbs.deliberations import open_deliberation
from marketplace.verbs.products import create_product
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, given_back, paid_order

pytestmark = pytest.mark.django_db


class TestWaiting:
    def test_is_empty_for_someone_new(self, user):
        assert waiting(user=user) == []

    def test_tells_what_others_said_and_not_what_one_said_oneself(self, user, stranger):
        room = open_conversation(kind="room", title="Listeners", participants=[stranger.pk], by=user)
        send_message(conversation_id=room.pk, content="Good evening", by=user)
        assert waiting(user=user) == []
        [item] = waiting(user=stranger)
        assert item == {
            "title": "Listeners",
            "text": "Good evening",
            "url": f"/rooms/{room.pk}/",
            "kind": "rooms",
            "at": Conversation.objects.get(pk=room.pk).last_message_at,
        }

    def test_tells_of_an_open_question(self, user):
        asked = open_deliberation(question="Now or later?", by=user)
        [item] = waiting(user=user)
        assert (item["title"], item["text"]) == ("The council is deliberating", "Now or later?")
        assert item["url"] == f"/council/{asked.conversation_id}/"


class TestStats:
    def test_counts_ones_own(self, user, stranger):
        create_product(title="Mine", price_cents=100, status="active", by=user)
        create_product(title="Draft", price_cents=100, status="draft", by=user)
        create_product(title="Theirs", price_cents=100, status="active", by=stranger)
        assert [(stat["name"], stat["value"]) for stat in stats(user=user)] == [
            ("Sold in 30 days", "0.00 EUR"),
            ("On the market", 1),
            ("Bought", 0),
            ("Questions answered", 0),
        ]

    def test_counts_as_sold_what_was_not_given_back(self, user):
        given_back(paid_order(product=ProductFactory(by=user)))
        given_back(paid_order(product=ProductFactory(by=user)), amount_cents=1000)
        assert stats(user=user)[0]["value"] == "19.99 EUR"


class TestSearch:
    def test_groups_what_it_finds(self, user, stranger):
        UserFactory(name="Harbour Master")
        create_product(title="Harbour Lights", price_cents=900, currency="EUR", status="active", by=stranger)
        create_product(title="Harbour draft", price_cents=900, status="draft", by=stranger)
        room = open_conversation(kind="room", title="Harbour room", by=user)
        open_conversation(kind="room", title="Harbour of strangers", by=stranger)

        found = {
            group["title"]: [(i["title"], i["url"]) for i in group["items"]]
            for group in search(words="harbour", user=user)
        }

        assert [title for title, _ in found["Products"]] == ["Harbour Lights"]
        assert found["Conversations"] == [("Harbour room", f"/rooms/{room.pk}/")]
        assert [title for title, _ in found["People"]] == ["Harbour Master"]
        assert set(found) == {"Products", "Conversations", "People"}

    @pytest.mark.parametrize("words", ["", "h", " "])
    def test_finds_nothing_for_less_than_two_letters(self, user, words):
        assert search(words=words, user=user) == []


class TestPages:
    def test_home_is_for_everyone(self, user):
        assert "home_signed_out.html" in [t.name for t in Client().get("/").templates]
        browser = Client()
        browser.force_login(user)
        assert "home_signed_in.html" in [t.name for t in browser.get("/").templates]

    @pytest.mark.parametrize("words", ["harbour", "", "\0", "%", "'\"<script>", "x" * 500])
    def test_search_takes_any_words(self, user, words):
        browser = Client()
        browser.force_login(user)
        answer = browser.get("/search", {"q": words})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
