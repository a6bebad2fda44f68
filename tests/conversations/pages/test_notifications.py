"""/notifications/ and the bell of every page."""

import pytest
from django.test import Client

from conversations.models import Notification
from conversations.verbs.notifications import mark_read, notify

pytestmark = pytest.mark.django_db

PAGE = "/notifications/"


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


class TestThePage:
    def test_says_why_it_is_empty(self, browser):
        text = browser.get(PAGE).content.decode()

        assert "Nothing to tell you" in text
        assert "Mark all read" not in text

    def test_shows_news_apart(self, browser, user, stranger):
        notify(user_id=user.pk, key="1", title="An old one", url="/orders/")
        mark_read(by=user)
        notify(user_id=user.pk, key="2", title="A <new> one")
        notify(user_id=stranger.pk, key="1", title="Somebody else's")
        text = browser.get(PAGE).content.decode()

        assert '<a href="/orders/">An old one</a>' in text
        assert "A &lt;new&gt; one" in text
        assert (text.count("badge note"), text.count(">Mark read<"), "Somebody else" in text) == (1, 1, False)

    def test_goes_on_to_older_ones(self, browser, user):
        for key in range(31):
            notify(user_id=user.pk, key=str(key), title=f"News {key}.")
        first = browser.get(PAGE)
        second = browser.get(first.context["next_url"])

        assert [len(answer.context["rows"]) for answer in (first, second)] == [30, 1]
        assert "News 0." in second.content.decode()
        assert (second.context["next_url"], second.context["first_url"]) == ("", PAGE)
        assert browser.get(PAGE, {"after": "nonsense"}).status_code == 404

    def test_marks_one_and_all(self, browser, user):
        first, *_ = [notify(user_id=user.pk, key=key, title="x") for key in "123"]

        assert browser.post(f"{PAGE}read/", {"id": str(first.pk)}).headers["Location"] == PAGE
        assert Notification.objects.unread().count() == 2
        said = browser.post(f"{PAGE}read/", follow=True).content.decode()
        assert "All read." in said
        assert not Notification.objects.unread().exists()

    def test_asks_who_it_is(self, db):
        assert Client().get(PAGE).headers["Location"] == f"/account/login/?next={PAGE}"

    def test_is_not_changed_by_looking(self, browser, user):
        notify(user_id=user.pk, key="1", title="x")
        browser.get(PAGE)

        assert browser.get(f"{PAGE}read/").status_code == 405
        assert Notification.objects.unread().count() == 1


class TestTheBell:
    def test_counts_news(self, browser, user):
        assert 'aria-label="Notifications"' in browser.get("/orders/").content.decode()
        for key in "12":
            notify(user_id=user.pk, key=key, title="x")

        assert 'aria-label="Notifications, 2 new"' in browser.get("/orders/").content.decode()
