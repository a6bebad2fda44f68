import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from ontology.models import Connection, Track
from ontology.verbs.follows import follow
from tests.factories.accounts import UserFactory
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


class TestPlace:
    @pytest.mark.parametrize("where", ["/feed/", "/feed/trending/", "/people/", "/people/{0}/", "/posts/{1}/"])
    def test_is_marked_in_the_rail(self, browser, stranger, where):
        page = browser.get(where.format(stranger.pk, post_of(stranger).pk)).content.decode()
        assert marked(page) == ["/feed/"]

    @pytest.mark.parametrize(("where", "place"), [("/live/", "/live/"), ("/files/", "/files/"), ("/", "/")])
    def test_of_the_others_too(self, browser, where, place):
        assert marked(browser.get(where).content.decode()) == [place]


def marked(page):
    return re.findall(r'<a class="rail-link" href="([^"]+)"[^>]* aria-current="page"', page)


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


class TestDirectory:
    def test_lists_and_searches_everybody(self, browser, user, stranger):
        User.objects.filter(pk=stranger.pk).update(username="slow", bio="<b>Slow</b> music")
        page = browser.get("/people/")
        assert [row["name"] for row in page.context["people"]] == ["A Stranger", "Ada Lovelace"]
        assert "&lt;b&gt;Slow&lt;/b&gt; music" in page.content.decode()
        assert stranger.email not in page.content.decode()
        for words in ("slow", "STRANG"):
            assert [row["name"] for row in browser.get("/people/", {"q": words}).context["people"]] == ["A Stranger"]
        assert "Nobody found" in browser.get("/people/", {"q": "%"}).content.decode()
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        assert [row["name"] for row in browser.get("/people/").context["people"]] == ["Ada Lovelace"]

    def test_follows_from_the_list(self, browser, stranger):
        here = "/people/?q=strang"
        assert f'name="next" value="{here}"' in browser.get(here).content.decode()
        answer = browser.post(path(stranger, "follow/"), {"act": "follow", "next": here})
        assert answer["Location"] == here
        [row] = browser.get(here).context["people"]
        assert row["is_following"] is True

    def test_leads_on_by_cursor(self, browser, monkeypatch):
        monkeypatch.setattr("ontology.pages.people.PEOPLE", 2)
        made = [UserFactory(name=f"Person {n}").name for n in range(4)]
        first = browser.get("/people/", {"q": "person"})
        second = browser.get(f"/people/{first.context['next_url']}")
        assert [row["name"] for page in (first, second) for row in page.context["people"]] == made[::-1]
        assert second.context["next_url"] == ""
        assert browser.get("/people/", {"cursor": "bad"})["Location"] == "/people/"

    def test_asks_for_a_sign_in(self, stranger):
        for place in ("/people/", path(stranger, "followers/"), path(stranger, "following/")):
            assert Client().get(place)["Location"].startswith("/account/login/?next=")


class TestWhoFollowsWhom:
    def test_is_listed_both_ways_the_latest_first(self, browser, user, stranger):
        third = UserFactory(name="A Third")
        for who in (user, third):
            follow(user_id=stranger.pk, by=who)
        follow(user_id=third.pk, by=stranger)
        page = browser.get(path(stranger)).content.decode()
        assert f'href="/people/{stranger.pk}/followers/"' in page
        assert f'href="/people/{stranger.pk}/following/"' in page
        followers = browser.get(path(stranger, "followers/"))
        assert [row["name"] for row in followers.context["people"]] == ["A Third", "Ada Lovelace"]
        assert [(tab["text"], tab["count"]) for tab in followers.context["tabs"]] == [
            ("Followers", 2),
            ("Following", 1),
        ]
        following = browser.get(path(stranger, "following/"))
        assert [row["name"] for row in following.context["people"]] == ["A Third"]
        User.objects.filter(pk=third.pk).update(is_active=False)
        followers = browser.get(path(stranger, "followers/"))
        assert [row["name"] for row in followers.context["people"]] == ["Ada Lovelace"]
        assert browser.get(path(stranger)).context["person"]["follower_count"] == 1

    def test_is_empty_in_words(self, browser, user, stranger):
        for who in (user, stranger):
            for which in ("followers/", "following/"):
                assert '<div class="empty">' in browser.get(path(who, which)).content.decode()

    def test_leads_on_by_cursor(self, browser, stranger, monkeypatch):
        monkeypatch.setattr("ontology.pages.people.PEOPLE", 2)
        made = [UserFactory(name=f"Person {n}") for n in range(3)]
        for who in made:
            follow(user_id=stranger.pk, by=who)
        first = browser.get(path(stranger, "followers/"))
        second = browser.get(path(stranger, "followers/") + first.context["next_url"])
        names = [row["name"] for page in (first, second) for row in page.context["people"]]
        assert names == ["Person 2", "Person 1", "Person 0"]
        assert browser.get(path(stranger, "followers/"), {"cursor": "x"})["Location"] == path(stranger, "followers/")

    def test_runs_as_many_queries_for_three_as_for_one(self, browser, stranger):
        browser.get(path(stranger, "followers/"))
        counts = []
        for more in (1, 2):
            for _ in range(more):
                follow(user_id=stranger.pk, by=UserFactory())
            with CaptureQueriesContext(connection) as queries:
                browser.get(path(stranger, "followers/"))
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_of_nobody_is_not_found(self, browser, stranger):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        assert browser.get(path(stranger, "followers/")).status_code == 404
