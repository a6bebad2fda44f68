"""Links in mails, as pages: a reset, a sign-in. GET spends nothing, a second factor is asked for all the same."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import EmailToken, Mail, Session, User
from accounts.verbs.two_factor import confirm, set_up
from tests.clients import Caller
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, link_in

pytestmark = pytest.mark.django_db

NEW = "another colonnade 9"
ASK = {"reset": "/account/password/reset/", "magic": "/account/magic-link/"}
SENT = {"reset": "/account/password/reset/done/", "magic": "/account/magic-link/sent/"}


def asked(kind, email):
    answer = Client().post(ASK[kind], {"email": email})
    assert (answer.status_code, answer["Location"]) == (302, SENT[kind])


def link_for(kind, user):
    asked(kind, user.email)
    *_, message = delivered()
    return link_in(message)


@pytest.mark.parametrize("kind", list(ASK))
class TestAsking:
    def test_is_answered_alike_for_everybody(self, kind, user):
        asked(kind, user.email)
        asked(kind, "nobody@example.com")
        assert Mail.objects.count() == 2
        mine, theirs = delivered()
        assert "token=" in mine.body
        assert (theirs.subject, "token=" in theirs.body) == ("No account with this address", False)

    def test_stops_after_three_in_an_hour_whoever_it_is(self, kind, user):
        for email in (user.email, "nobody@example.com"):
            for address in (email, email.upper(), email):
                asked(kind, address)
            answer = Client().post(ASK[kind], {"email": email})
            assert (answer.status_code, "Too many" in answer.content.decode()) == (429, True)

    def test_refuses_what_is_no_address(self, kind):
        assert "valid email" in Client().post(ASK[kind], {"email": "x"}).content.decode()
        assert not Mail.objects.exists()

    def test_a_link_is_guarded_on_its_way(self, kind, user):
        answer = Client().get(link_for(kind, user))
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
        assert '<meta name="referrer" content="same-origin">' in answer.content.decode()

    @pytest.mark.parametrize("token", ["", "x", "%00", "y" * 5000])
    def test_junk_is_told(self, kind, token, db):
        path = {"reset": "/reset-password", "magic": "/magic-link"}[kind]
        for answer in (Client().get(f"{path}?token={token}"), Client().post(f"{path}?token={token}")):
            assert (answer.status_code, "This link no longer works" in answer.content.decode()) == (400, True)


class TestReset:
    def test_sets_the_password_once_and_ends_every_session(self, user):
        caller = Caller.signed_in_as(user)
        link = link_for("reset", user)
        browser = Client()
        assert browser.get(link).status_code == browser.get(link).status_code == 200
        answer = browser.post(link, {"password": NEW})
        assert (answer.status_code, answer["Location"]) == (302, "/account/password/reset/key/done/")
        user.refresh_from_db()
        assert user.check_password(NEW)
        assert caller.get("/api/v1/users/me").status_code == 401
        assert browser.get("/settings/").status_code == 302
        assert browser.post(link, {"password": "a third colonnade"}).status_code == 400

    def test_keeps_the_link_for_a_better_password(self, user):
        link = link_for("reset", user)
        assert "at least 8 characters" in Client().post(link, {"password": "short"}).content.decode()
        assert Client().post(link, {"password": NEW}).status_code == 302

    @pytest.mark.parametrize("is_known", [True, False])
    def test_says_what_becomes_of_a_second_factor(self, user, is_known):
        EmailAddress.objects.update(verified=is_known)
        page = Client().get(link_for("reset", user)).content.decode()
        assert ("A second factor stays on" in page, "before is removed" in page) == (is_known, not is_known)

    def test_a_link_for_signing_in_resets_nothing(self, user):
        link = link_for("magic", user).replace("/magic-link", "/reset-password")
        assert Client().post(link, {"password": NEW}).status_code == 400


class TestMagicLink:
    def test_signs_in_once(self, user):
        link = link_for("magic", user)
        browser = Client()
        assert browser.get(link).status_code == 200
        assert not Session.objects.exists()
        answer = browser.post(link)
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert browser.get("/settings/").status_code == 200
        assert Client().post(link).status_code == 400

    def test_is_over_after_a_quarter_of_an_hour(self, user):
        with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
            link = link_for("magic", user)
            clock.shift(901)
            assert Client().get(link).status_code == 400

    def test_asks_for_the_second_factor_and_waits_for_it(self, user):
        EmailAddress.objects.update(verified=True)
        codes = set_up(user=user).backup_codes
        confirm(user=user)
        link = link_for("magic", user)
        browser = Client()
        assert 'name="code"' in browser.get(link).content.decode()
        assert "required" in browser.post(link).content.decode()
        assert "Invalid code" in browser.post(link, {"code": "000000"}).content.decode()
        assert not Session.objects.filter(style="web").exists()
        assert EmailToken.objects.get(purpose="magic").used_at is None
        assert browser.post(link, {"code": codes[0].lower()}).status_code == 302
        assert Session.objects.get(style="web").otp_device.startswith("otp_static.staticdevice/")

    def test_says_what_it_removes_where_nobody_had_confirmed_the_address(self, user):
        set_up(user=user)
        confirm(user=user)
        link = link_for("magic", user)
        browser = Client()
        page = browser.get(link).content.decode()
        assert ('name="code"' in page, "set up before is removed" in page) == (False, True)
        assert browser.post(link)["Location"] == "/"
        user.refresh_from_db()
        assert not user.has_usable_password()
        assert browser.get("/settings/").status_code == 200

    def test_signs_nobody_in_whose_account_is_off(self, user):
        link = link_for("magic", user)
        User.objects.update(is_active=False)
        assert Client().post(link).status_code == 400


def test_a_sign_in_still_works_where_links_are_used_up(user):
    for _ in range(3):
        asked("magic", user.email)
    answer = Client().post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer["Location"] == "/"
