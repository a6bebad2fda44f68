import html

import pytest
from django.test import Client

from council.models import Report
from tests.factories.conversations import room
from tests.factories.reports import reported, thing_of
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db
KINDS = ("user", "track", "post", "comment", "product", "message")


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text_of(browser, place):
    return html.unescape(browser.get(place).content.decode())


def place_of(kind, thing):
    return f"/report/?type={kind}&id={thing.pk}"


class TestForm:
    @pytest.mark.parametrize("kind", KINDS)
    def test_says_what_is_reported(self, browser, user, stranger, kind):
        page = browser.get(place_of(kind, thing_of(kind, stranger, seen_by=user)))
        assert page.status_code == 200
        name = {
            "user": "A Stranger",
            "track": "the track Low Tide",
            "post": "a post by A Stranger",
            "comment": "a comment by A Stranger",
            "product": "the product A cracked bowl",
            "message": "a message by A Stranger",
        }[kind]
        assert f"<bdi>{name}</bdi>" in page.content.decode()

    def test_is_for_people(self, stranger):
        answer = Client().get(place_of("user", stranger))
        assert (answer.status_code, answer["Location"].startswith("/account/login/?next=/report/")) == (302, True)

    @pytest.mark.parametrize("query", ["", "?type=user", "?type=user&id=x", "?type=planet&id=x", "?id=%00&type=post"])
    def test_finds_nothing_elsewhere(self, browser, query):
        assert browser.get(f"/report/{query}").status_code == 404

    def test_offers_nothing_about_ones_own(self, browser, user):
        page = browser.get(place_of("user", user)).content.decode()
        assert ("This is yours" in page, 'name="ground"' in page) == (True, False)


class TestSending:
    def test_keeps_the_report_and_thanks(self, browser, user, stranger):
        post = post_of(stranger)
        answer = browser.post(place_of("post", post), {"ground": "Spam or a scam", "words": "Look:\r\nfive times"})
        assert (answer.status_code, answer["Location"]) == (302, "/report/thanks/")
        assert Report.objects.values_list("reporter", "content_id", "reason").get() == (
            user.pk,
            post.pk,
            "Spam or a scam. Look:\nfive times",
        )
        assert "Thank you" in browser.get("/report/thanks/").content.decode()

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"ground": "It is against the law"}, "It is against the law."),
            ({"ground": "Something else", "words": "It hums."}, "It hums."),
        ],
    )
    def test_needs_few_words(self, browser, stranger, given, reason):
        browser.post(place_of("user", stranger), given)
        assert Report.objects.get().reason == reason

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"words": "My words"}, "Choose what fits best."),
            ({"ground": "Something else", "words": " "}, "Say in a few words what is wrong."),
            ({"ground": "It hums", "words": "My words"}, "It hums is not one of the available choices."),
        ],
    )
    def test_keeps_what_was_typed(self, browser, stranger, given, said):
        page = browser.post(place_of("user", stranger), given)
        assert page.status_code == 400
        text = page.content.decode()
        assert said in text
        assert given["words"].strip() in text
        assert not Report.objects.exists()

    def test_shows_the_rules_own_sentence(self, browser, user, stranger):
        reported("user", stranger, by=user)
        page = browser.post(place_of("user", stranger), {"ground": "It is against the law", "words": "My words"})
        text = page.content.decode()
        assert (page.status_code, "You have reported this already" in text, "My words" in text) == (400, True, True)


class TestEntries:
    @pytest.mark.parametrize("kind", KINDS)
    def test_lead_there_from_what_others_made(self, browser, user, stranger, kind):
        thing = thing_of(kind, stranger, seen_by=user)
        places = {
            "user": f"/people/{thing.pk}/",
            "track": f"/tracks/{thing.pk}/",
            "post": f"/posts/{thing.pk}/",
            "product": f"/market/{thing.pk}/",
        }
        if kind == "comment":
            places[kind] = f"/posts/{thing.entity_id}/"
        if kind == "message":
            places[kind] = f"/rooms/{thing.conversation_id}/"
        link = f'href="/report/?type={kind}&id={thing.pk}"'
        assert text_of(browser, places[kind]).count(link) == 1

        owner = Client()
        owner.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert link not in text_of(owner, places[kind])
        assert kind == "message" or link not in text_of(Client(), places[kind])

    def test_of_messages_to_come_are_completed_by_the_script(self, browser, user, stranger):
        place = room(user, stranger)
        assert 'href="/report/?type=message&id=" data-report' in text_of(browser, f"/rooms/{place.pk}/")
