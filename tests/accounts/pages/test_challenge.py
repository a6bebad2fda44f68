"""The second factor on pages: after the password, for whoever is in without it, and as a proof that it is still you."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.timezone import now

from accounts.models import Session, User
from accounts.verbs.two_factor import confirm, disable, set_up
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

CHALLENGE = "/account/challenge/"
CONFIRM = "/account/confirm/"


@pytest.fixture
def codes(user):
    codes = set_up(user=user).backup_codes
    confirm(user=user)
    return codes


def half_way(user, **more):
    browser = Client()
    answer = browser.post("/account/login/", {"login": user.email, "password": PASSWORD, **more})
    assert (answer.status_code, answer["Location"]) == (302, CHALLENGE)
    return browser


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    browser.session_row = Session.objects.get(user=user, style="web")
    return browser


def is_verified(browser):
    """As django-otp sees it, on a page that says so in its context."""
    return browser.get("/settings/").wsgi_request.user.is_verified()


class TestAfterThePassword:
    def test_nobody_is_in_before_the_code(self, user, codes):
        browser = half_way(user)
        assert browser.get("/settings/").status_code == 302
        assert not Session.objects.exists()
        assert browser.get("/account/login/")["Location"] == CHALLENGE

    def test_a_backup_code_lets_in_once(self, user, codes):
        browser = half_way(user, next="/settings/")
        assert browser.post(CHALLENGE, {"code": codes[0]})["Location"] == "/settings/"
        session = Session.objects.get()
        assert session.otp_device.startswith("otp_static.staticdevice/")
        assert session.is_fresh
        assert is_verified(browser)
        again = half_way(user)
        assert "Invalid code" in again.post(CHALLENGE, {"code": codes[0]}).content.decode()

    def test_five_wrong_codes_lock(self, user, codes):
        browser = half_way(user)
        for _ in range(5):
            assert browser.post(CHALLENGE, {"code": "000000"}).status_code == 200
        answer = browser.post(CHALLENGE, {"code": codes[0]})
        assert (answer.status_code, "Too many wrong tries" in answer.content.decode()) == (429, True)
        assert not Session.objects.exists()

    def test_needs_the_first_step(self, user, codes):
        assert Client().get(CHALLENGE)["Location"] == "/account/login/"
        assert Client().post(CHALLENGE, {"code": codes[0]})["Location"] == "/account/login/"

    @pytest.mark.parametrize("change", [{"password": "!"}, {"is_active": False}])
    def test_the_first_step_is_worth_nothing_after_a_change(self, user, codes, change):
        browser = half_way(user)
        User.objects.update(**change)
        assert browser.post(CHALLENGE, {"code": codes[0]})["Location"] == "/account/login/"
        assert not Session.objects.exists()

    def test_can_be_left(self, user, codes):
        browser = half_way(user)
        assert browser.post(CHALLENGE, {"leave": "1"})["Location"] == "/account/login/"
        assert browser.get("/account/login/").status_code == 200


class TestWhoeverIsInWithoutIt:
    def test_gives_it_and_goes_on(self, user, codes):
        browser = signed_in(user)
        assert not is_verified(browser)
        assert browser.get(f"{CHALLENGE}?next=/admin/").status_code == 200
        answer = browser.post(CHALLENGE, {"code": codes[0], "next": "/admin/"})
        assert answer["Location"] == "/admin/"
        assert is_verified(browser)
        browser.session_row.refresh_from_db()
        assert browser.session_row.otp_device.startswith("otp_static.staticdevice/")
        assert browser.get(CHALLENGE)["Location"] == "/"

    def test_a_wrong_code_changes_nothing(self, user, codes):
        browser = signed_in(user)
        assert "Invalid code" in browser.post(CHALLENGE, {"code": "123456"}).content.decode()
        assert not is_verified(browser)

    def test_without_a_second_factor_is_led_to_set_one_up(self, user):
        assert signed_in(user).get(CHALLENGE)["Location"] == "/settings/two-factor/"

    @pytest.mark.parametrize(
        "place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
    )
    def test_goes_nowhere_else(self, user, codes, place):
        assert signed_in(user).post(CHALLENGE, {"code": codes[0], "next": place})["Location"] == "/"


class TestIsItStillYou:
    @pytest.fixture
    def stale(self, user):
        browser = signed_in(user)
        Session.objects.update(proven_at=now() - dt.timedelta(minutes=11))
        return browser

    def fresh(self, browser):
        browser.session_row.refresh_from_db()
        return browser.session_row.is_fresh

    def test_is_not_asked_of_who_just_came(self, user):
        assert signed_in(user).get(f"{CONFIRM}?next=/settings/")["Location"] == "/settings/"

    def test_needs_somebody(self):
        assert Client().get(CONFIRM)["Location"] == f"/account/login/?next={CONFIRM}"

    def test_takes_the_password(self, stale):
        assert "Password" in stale.get(CONFIRM).content.decode()
        answer = stale.post(CONFIRM, {"password": PASSWORD, "next": "/settings/security/"})
        assert (answer["Location"], self.fresh(stale)) == ("/settings/security/", True)

    def test_takes_a_code(self, stale, codes):
        assert stale.post(CONFIRM, {"code": codes[1]})["Location"] == "/"
        assert self.fresh(stale)

    @pytest.mark.parametrize("given", [{}, {"password": ""}, {"password": "wrong"}, {"code": "000000"}])
    def test_takes_nothing_less(self, stale, given):
        assert stale.post(CONFIRM, given).status_code == 200
        assert not self.fresh(stale)

    def test_stops_after_five_wrong_passwords_and_no_sooner(self, stale):
        for _ in range(5):
            assert "Invalid password" in stale.post(CONFIRM, {"password": "wrong"}).content.decode()
        assert stale.post(CONFIRM, {"password": PASSWORD}).status_code == 429
        cache.clear()
        for _ in range(6):
            Session.objects.update(proven_at=now() - dt.timedelta(minutes=11))
            assert stale.post(CONFIRM, {"password": PASSWORD}).status_code == 302

    def test_says_what_to_do_where_there_is_nothing_to_show(self, stale, user):
        user.set_unusable_password()
        user.save()
        Session.objects.update(auth_hash=user.get_session_auth_hash())
        disable(user=user)
        assert "sign in again the way you always do" in stale.get(CONFIRM).content.decode()
        assert stale.post(CONFIRM, {"password": ""}).status_code == 200
        assert not self.fresh(stale)
