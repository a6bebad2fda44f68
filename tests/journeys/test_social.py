"""Two people, two browsers: one posts, the other finds her, follows, likes and comments, and both see it happen."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from ontology.models import Comment, Like, Post
from tests.browsers import Person, browser, needs_browser
from tests.factories.social import post_of
from tests.live import WebProcess

pytestmark = [pytest.mark.browser, needs_browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium():
    """The browser's own loop runs in this thread all the while; the tests themselves are not asynchronous."""
    with pytest.MonkeyPatch.context() as environment, browser() as running:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield running


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        process = WebProcess()
    yield process
    process.end()


@pytest.fixture
def arrive(chromium, web):
    """Someone at a browser of their own, signed in where a user is given."""
    people = []

    def sit_down(user=None, **options):
        person = Person(chromium, f"http://{web.host}", **options)
        if user:
            client = Client()
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
            name = settings.SESSION_COOKIE_NAME
            person.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": person.base}])
        people.append(person)
        return person

    yield sit_down
    for person in people:
        person.context.close()


class TestTwoPeople:
    def test_post_find_follow_like_and_comment(self, arrive, user, stranger):
        ada, bo, guest = arrive(user), arrive(stranger), arrive()
        ada.goes_to("/feed/")
        ada.page.get_by_label("What is new?").fill("Low water at six.\nCome and listen: example.org/tide")
        ada.presses("Post")
        ada.sees("Low water at six.")
        post = Post.objects.get()
        ada.follows("just now")
        expect(ada.page).to_have_url(re.compile(f"/posts/{post.pk}/$"))

        bo.goes_to("/feed/explore/")
        bo.follows("Ada Lovelace")
        bo.presses("Follow")
        expect(bo.page.get_by_role("button", name="Following")).to_be_visible()
        expect(bo.page.locator("#followers")).to_have_text("1 follower")
        bo.goes_to("/feed/")
        bo.sees("Low water at six.")
        guest.goes_to(f"/posts/{post.pk}/")

        bo.page.get_by_role("button", name="Like").click()
        expect(bo.page.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "true")
        for watcher in (ada, guest):
            expect(watcher.page.locator("[data-likes]")).to_have_text("1")

        bo.page.locator(f"a[href='/posts/{post.pk}/#comments']").click()
        bo.page.get_by_label("Your comment").fill("I will bring <b>tea</b>.")
        bo.page.get_by_role("button", name="Comment").click()
        for watcher in (ada, guest, bo):
            expect(watcher.page.locator(".comment-text")).to_have_text("I will bring <b>tea</b>.")
            expect(watcher.page.locator("[data-comments]")).to_have_text("1")

        bo.goes_to("/feed/")
        expect(bo.page.locator("[data-news]")).to_be_hidden()
        ada.goes_to("/feed/")
        ada.page.get_by_label("What is new?").fill("It rained.")
        ada.presses("Post")
        expect(bo.page.locator("[data-news]")).to_have_text("One new post")
        bo.page.locator("[data-news]").click()
        bo.sees("It rained.")
        assert (ada.complaints, bo.complaints, guest.complaints) == ([], [], [])

    def test_a_lost_connection_catches_up(self, arrive, web, user, stranger):
        post = post_of(user)
        ada = arrive(user)
        ada.goes_to(f"/posts/{post.pk}/")
        web.stop()
        Comment.objects.create(entity_id=post.pk, author=stranger, content="While you were away")
        Post.objects.filter(pk=post.pk).update(comment_count=1)
        web.start()
        expect(ada.page.locator(".comment-text")).to_have_text("While you were away")
        expect(ada.page.locator("[data-comments]")).to_have_text("1")

    def test_without_scripts_by_keyboard_on_a_phone(self, arrive, user, stranger):
        post = post_of(stranger, "Four degrees below zero.")
        ada = arrive(user, java_script_enabled=False)
        ada.page.set_viewport_size({"width": 360, "height": 740})
        ada.goes_to("/feed/")
        ada.page.get_by_role("button", name="Like").focus()
        ada.page.keyboard.press("Enter")
        expect(ada.page.locator("[data-likes]")).to_have_text("1")
        ada.goes_to(f"/people/{stranger.pk}/")
        ada.page.get_by_role("button", name="Follow").focus()
        ada.page.keyboard.press("Enter")
        expect(ada.page.get_by_role("button", name="Following")).to_be_visible()
        ada.goes_to(f"/posts/{post.pk}/")
        ada.page.get_by_label("Your comment").fill("Cold")
        ada.page.keyboard.press("Tab")
        ada.page.keyboard.press("Enter")
        expect(ada.page.locator(".comment-text")).to_have_text("Cold")
        assert Like.objects.filter(entity=post.pk, user=user).exists()
