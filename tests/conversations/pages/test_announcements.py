import pytest
from django.core.cache import cache
from django.test import Client

from conversations.pages.announcements import COOKIE, MOST_SHOWN
from conversations.verbs.announcements import announce, withdraw

pytestmark = pytest.mark.django_db
DISMISS = "/announcements/dismiss/"


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def said(staff, title="Down at nine", **given):
    row = announce(title=title, content="For ten minutes.\nSee https://stoa.example/why", by=staff, **given)
    cache.clear()
    return row


class TestBanner:
    @pytest.mark.parametrize("place", ["/", "/market/", "/feed/", "/account/login/", "/nowhere/"])
    def test_stands_on_every_page_for_visitors(self, staff, place):
        row = said(staff)
        page = Client().get(place).content.decode()
        assert page.count(f'data-announcement="{row.pk}"') == 1
        assert "For ten minutes." in page

    @pytest.mark.parametrize("place", ["/", "/rooms/", "/settings/", "/council/"])
    def test_stands_on_every_page_for_people(self, staff, browser, place):
        row = said(staff)
        assert f'data-announcement="{row.pk}"' in browser.get(place).content.decode()

    @pytest.mark.parametrize(("type", "tone"), [("info", "note"), ("warning", "warn"), ("error", "bad")])
    def test_has_its_tone(self, staff, type, tone):
        said(staff, type=type)
        assert f'class="banner {tone}"' in Client().get("/").content.decode()

    def test_shows_what_was_typed_as_words(self, staff):
        said(staff, title="<b>x</b>")
        page = Client().get("/").content.decode()
        assert "&lt;b&gt;x&lt;/b&gt;" in page
        assert '<a href="https://stoa.example/why"' in page

    def test_is_gone_with_what_was_said(self, staff):
        row = said(staff)
        withdraw(announcement_id=row.pk, by=staff)
        cache.clear()
        assert "data-announcement" not in Client().get("/").content.decode()


class TestDismiss:
    def test_puts_one_away_in_this_browser(self, staff):
        gone, there = said(staff, "One"), said(staff, "Two")
        client = Client()
        answer = client.post(DISMISS, {"id": str(gone.pk), "next": "/market/?q=bowl"})
        assert (answer.status_code, answer["Location"]) == (302, "/market/?q=bowl")
        cookie = answer.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 86400)

        page = client.get("/market/").content.decode()
        assert (str(gone.pk) in page, str(there.pk) in page) == (False, True)
        assert str(gone.pk) in Client().get("/market/").content.decode()

    @pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
    def test_goes_nowhere_else(self, staff, place):
        answer = Client().post(DISMISS, {"id": str(said(staff).pk), "next": place})
        assert answer["Location"] == "/"

    @pytest.mark.parametrize("key", ["", "x", "1;2"])
    def test_minds_no_odd_id(self, key):
        answer = Client().post(DISMISS, {"id": key})
        assert (answer.status_code, COOKIE in answer.cookies) == (302, False)

    def test_remembers_the_latest_alone(self, staff):
        client = Client()
        keys = [said(staff, str(number)).pk for number in range(3)]
        client.cookies[COOKIE] = ".".join("0" * 31 + "1" for _ in range(100))
        for key in keys:
            client.post(DISMISS, {"id": str(key)})
        kept = client.cookies[COOKIE].value.split(".")
        assert (len(kept), kept[-3:]) == (MOST_SHOWN, [key.hex for key in keys])

    def test_is_asked_for_by_a_form_of_ours(self, staff):
        row = said(staff)
        assert Client().get(DISMISS).status_code == 405
        assert Client(enforce_csrf_checks=True).post(DISMISS, {"id": str(row.pk)}).status_code == 403
