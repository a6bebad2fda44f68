"""Signing in with GitHub and Google, and connecting one, against stand-ins on this machine."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session as CookieRow
from django.test import Client
from django.utils.timezone import now

from accounts.models import SecurityEvent, Session, User
from accounts.verbs.two_factor import confirm, set_up
from ontology.models import Entity
from tests.fakes.providers import CLIENT, standing_in

pytestmark = pytest.mark.django_db

BOTH = ["github", "google"]
CONNECTIONS = "/settings/connections/"


@pytest.fixture
def providers(settings, monkeypatch):
    with standing_in(settings, monkeypatch) as house:
        yield house


def through(provider, browser=None, process=""):
    """Press the button, sign in there, come back: the answer to the last step."""
    browser = browser or Client()
    answer = browser.post(f"/account/{provider}/login/" + (f"?process={process}" if process else ""))
    assert answer.status_code == 302
    back = httpx.get(answer["Location"]).headers["Location"]
    return browser.get(urlsplit(back).path, parse_qs(urlsplit(back).query))


def confirmed(user):
    EmailAddress.objects.filter(user=user).update(verified=True)
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("provider", BOTH)
class TestWithoutAnAccount:
    def test_makes_one_with_all_that_belongs_to_it(self, providers, provider):
        browser = Client()
        answer = through(provider, browser)
        assert (answer.status_code, answer["Location"]) == (302, "/")
        user = User.objects.get()
        assert (user.email, user.name, user.has_usable_password()) == ("vera@example.com", "Vera Brandt", False)
        assert EmailAddress.objects.get(user=user).verified
        assert Entity.objects.get(pk=user.pk).owner_id == user.pk
        assert SocialAccount.objects.values_list("provider", "uid").get() == (provider, "12345")
        assert browser.get("/settings/").status_code == 200
        assert [session.style for session in Session.objects.all()] == ["web"]

    def test_knows_them_again(self, providers, provider):
        through(provider)
        through(provider)
        assert (User.objects.count(), Session.objects.count()) == (1, 2)

    def test_keeps_no_token_and_little_else(self, providers, provider):
        through(provider)
        assert not SocialToken.objects.exists()
        told = {"github": {"login": "vera", "email": "vera@example.com"}, "google": {"email": "vera@example.com"}}
        through(provider)
        kept = SocialAccount.objects.get().extra_data
        assert kept.get("email", "vera@example.com") == "vera@example.com"
        assert kept.keys() <= told[provider].keys()

    def test_an_unverified_address_stays_unverified(self, providers, provider):
        providers.emails[0]["verified"] = False
        through(provider)
        assert not EmailAddress.objects.get().verified

    def test_needs_an_address(self, providers, provider):
        providers.emails.clear()
        answer = through(provider)
        assert (answer.status_code, "told us no address" in answer.content.decode()) == (403, True)
        assert not User.objects.exists()


@pytest.mark.parametrize("provider", BOTH)
class TestWithAnAccount:
    def test_its_address_alone_opens_nothing(self, providers, provider, user):
        EmailAddress.objects.update(verified=True)
        providers.emails[0]["email"] = user.email.upper()
        browser = Client()
        answer = through(provider, browser)
        assert (answer.status_code, "connect" in answer.content.decode()) == (409, True)
        assert browser.get("/settings/").status_code == 302
        assert not SocialAccount.objects.exists()

    def test_the_second_factor_is_asked_for(self, providers, provider, user):
        SocialAccount.objects.create(user=user, provider=provider, uid="12345")
        codes = set_up(user=user).backup_codes
        confirm(user=user)
        browser = Client()
        assert through(provider, browser)["Location"] == "/account/challenge/"
        assert not Session.objects.exists()
        assert "ya29" not in str([row.get_decoded() for row in CookieRow.objects.all()])
        assert "gho_" not in str([row.get_decoded() for row in CookieRow.objects.all()])
        assert browser.post("/account/challenge/", {"code": codes[0]})["Location"] == "/"
        assert Session.objects.get().otp_device != ""

    def test_one_that_is_off_stays_closed(self, providers, provider, user):
        SocialAccount.objects.create(user=user, provider=provider, uid="12345")
        User.objects.update(is_active=False)
        assert through(provider).status_code == 403
        assert not Session.objects.exists()


@pytest.mark.parametrize("provider", BOTH)
class TestConnecting:
    def test_lets_it_sign_in_from_then_on(self, providers, provider, user):
        answer = through(provider, confirmed(user), "connect")
        assert (answer.status_code, answer["Location"]) == (302, CONNECTIONS)
        assert SocialAccount.objects.get().user == user
        assert SecurityEvent.objects.filter(user=user, type="account_connected").count() == 1
        browser = Client()
        assert through(provider, browser)["Location"] == "/"
        assert User.objects.count() == 1

    def test_needs_a_confirmed_address(self, providers, provider, user):
        browser = confirmed(user)
        EmailAddress.objects.update(verified=False)
        answer = browser.post(f"/account/{provider}/login/?process=connect")
        assert answer["Location"] == CONNECTIONS
        assert providers.asked == []

    def test_needs_a_fresh_proof(self, providers, provider, user):
        browser = confirmed(user)
        Session.objects.update(proven_at=now() - dt.timedelta(minutes=11))
        answer = browser.post(f"/account/{provider}/login/?process=connect")
        assert answer["Location"].startswith("/account/confirm/?next=%2Faccount")

    def test_takes_none_that_another_has(self, providers, provider, user, stranger):
        SocialAccount.objects.create(user=stranger, provider=provider, uid="12345")
        answer = through(provider, confirmed(user), "connect")
        assert answer["Location"] == CONNECTIONS
        assert SocialAccount.objects.get().user == stranger

    def test_needs_somebody(self, providers, provider):
        assert Client().post(f"/account/{provider}/login/?process=connect")["Location"] == "/account/login/"


class TestTheDoors:
    @pytest.mark.parametrize("provider", BOTH)
    def test_are_not_there_where_nothing_is_set_up(self, provider, db):
        browser = Client()
        for path in (f"/account/{provider}/login/", f"/account/{provider}/login/callback/"):
            assert browser.get(path).status_code == browser.post(path).status_code == 404
        assert "Continue with" not in browser.get("/account/login/").content.decode()

    def test_show_a_button_and_let_the_form_leave(self, providers):
        for path in ("/account/login/", "/account/signup/", "/account/github/login/"):
            answer = Client().get(path)
            assert f"form-action 'self' {providers.base}" in answer["Content-Security-Policy"]
            assert "GitHub" in answer.content.decode()

    def test_ask_the_provider_for_no_more_than_they_need(self, providers):
        answer = Client().post("/account/github/login/?scope=repo,admin&auth_params=prompt%3Dnone&action=x")
        asked = parse_qs(urlsplit(answer["Location"]).query)
        assert (asked["scope"], asked["client_id"]) == (["user:email"], [CLIENT["github"]])
        assert "prompt" not in asked

    def test_a_get_starts_nothing(self, providers):
        assert Client().get("/account/github/login/").status_code == 200
        assert providers.asked == []

    @pytest.mark.parametrize("query", [{}, {"code": "x"}, {"code": "x", "state": "planted"}])
    def test_an_answer_nobody_asked_for_is_refused(self, providers, query):
        assert Client().get("/account/github/login/callback/", query).status_code == 401
        assert not User.objects.exists()

    def test_a_provider_that_is_away_is_told(self, providers):
        browser = Client()
        state = parse_qs(urlsplit(browser.post("/account/github/login/")["Location"]).query)["state"][0]
        providers.is_away = True
        answer = browser.get("/account/github/login/callback/", {"code": "x", "state": state})
        assert (answer.status_code, "did not confirm" in answer.content.decode()) == (401, True)
