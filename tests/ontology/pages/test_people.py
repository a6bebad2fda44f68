import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from ontology.models import Connection, Track
from ontology.verbs.follows import follow
from tests.factories.marketplace import ProductFactory
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


def path(person, rest=""):
    return f"/people/{person.pk}/{rest}"


class TestPerson:
    def test_shows_who_they_are_to_everybody(self, user, stranger):
        User.objects.filter(pk=stranger.pk).update(bio="<b>Slow</b> music", username="slow")
        follow(user_id=stranger.pk, by=user)
        post_of(stranger, "Low water")
        answer = Client().get(path(stranger))
        person = answer.context["person"]
        assert (person["name"], person["follower_count"], person["following_count"]) == ("A Stranger", 1, 0)
        page = answer.content.decode()
        assert "&lt;b&gt;Slow&lt;/b&gt; music" in page
        assert "@slow" in page
        assert stranger.email not in page
        assert [post["content"] for post in answer.context["posts"]] == ["Low water"]

    def test_shows_what_they_made_as_far_as_there_is_any(self, browser, stranger):
        assert [tab["text"] for tab in browser.get(path(stranger)).context["tabs"]] == ["Posts"]
        track_of(stranger, "Low Tide")
        track_of(stranger, "A draft", status=Track.Status.DRAFT)
        product = ProductFactory(by=stranger, title="Harbour Lights", price_cents=900)
        ProductFactory(by=stranger, title="A draft", status="draft")
        answer = browser.get(path(stranger))
        assert [(tab["text"], tab["count"]) for tab in answer.context["tabs"]] == [
            ("Posts", 0),
            ("Tracks", 1),
            ("For sale", 1),
        ]
        tracks = browser.get(path(stranger), {"show": "tracks"})
        assert [track["title"] for track in tracks.context["tracks"]] == ["Low Tide"]
        products = browser.get(path(stranger), {"show": "products"})
        assert [(one["id"], one["price"]) for one in products.context["products"]] == [(product.pk, "9.00 EUR")]

    @pytest.mark.parametrize("show", ["tracks", "products", "nothing", "\0"])
    def test_shows_posts_where_there_is_nothing_of_that(self, browser, stranger, show):
        assert browser.get(path(stranger), {"show": show}).context["show"] == "posts"

    @pytest.mark.parametrize("show", ["posts", "tracks", "products"])
    def test_leads_from_a_broken_cursor_to_the_beginning(self, browser, stranger, show):
        track_of(stranger)
        ProductFactory(by=stranger)
        answer = browser.get(path(stranger), {"show": show, "cursor": "bad"})
        assert (answer.status_code, answer["Location"]) == (302, path(stranger))

    @pytest.mark.parametrize("show", ["posts", "tracks", "products"])
    def test_runs_as_many_queries_for_three_as_for_one(self, browser, stranger, show):
        counts = []
        for more in (1, 2):
            for _ in range(more):
                post_of(stranger)
                track_of(stranger)
                ProductFactory(by=stranger)
            browser.get(path(stranger), {"show": show})
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(path(stranger), {"show": show}).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_who_is_switched_off_is_not_there(self, browser, stranger):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        assert browser.get(path(stranger)).status_code == 404
        assert browser.post(path(stranger, "follow/"), {"act": "follow"}).status_code == 404


class TestFollow:
    def test_without_a_script(self, browser, stranger):
        answer = browser.post(path(stranger, "follow/"), {"act": "follow", "next": path(stranger)})
        assert answer["Location"] == path(stranger)
        assert browser.get(path(stranger)).context["is_following"] is True
        browser.post(path(stranger, "follow/"), {"act": "unfollow"})
        assert not Connection.objects.filter(relationship_type="following", deleted_at=None).exists()

    def test_with_a_script_answers_the_button_and_the_count(self, browser, stranger):
        page = browser.post(path(stranger, "follow/"), {"act": "follow"}, headers=HTMX).content.decode()
        assert 'value="unfollow"' in page
        assert '<span id="followers" hx-swap-oob="true"><strong>1</strong> follower</span>' in page
        assert "<html" not in page

    def test_oneself_is_refused_in_words(self, browser, user):
        answer = browser.post(path(user, "follow/"), {"act": "follow"}, follow=True)
        assert "Nobody follows themselves" in answer.content.decode()
        assert "Edit your profile" in answer.content.decode()

    def test_needs_a_sign_in(self, stranger):
        assert Client().post(path(stranger, "follow/")).status_code == 302
        assert not Connection.objects.filter(relationship_type="following").exists()
