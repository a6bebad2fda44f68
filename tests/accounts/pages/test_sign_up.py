"""Sign-up, sign-in and sign-out on pages: the same account, entity and session as in every API."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import Mail, SecurityEvent, Session, User
from ontology.models import Entity, Event
from tests.clients import Caller
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, link_in

pytestmark = pytest.mark.django_db

FORM = {"name": "Vera Brandt", "email": "Vera@Example.com", "password1": "a quiet colonnade 8"}


def signed_up(**changes):
    browser = Client()
    answer = browser.post("/account/signup/", FORM | changes)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    return browser


class TestSignUp:
    def test_makes_an_account_with_all_that_belongs_to_it(self):
        browser = signed_up()
        user = User.objects.get(email="vera@example.com")
        entity = Entity.objects.get(pk=user.pk)
        assert (entity.type, entity.name, entity.owner_id) == ("audience_member", "Vera Brandt", user.pk)
        assert [event.type for event in Event.objects.filter(actor=user.pk)] == ["user_joined"]
        address = EmailAddress.objects.get(user=user)
        assert (address.email, address.primary, address.verified) == ("vera@example.com", True, False)
        assert list(Mail.objects.values_list("template", "to")) == [("account/welcome", "vera@example.com")]
        assert [session.style for session in user.sessions.all()] == ["web"]
        assert browser.get("/settings/").status_code == 200
        delivered()
        user.refresh_from_db()
        assert user.welcome_email_sent

    def test_confirms_the_address_with_the_link_of_its_mail(self):
        browser = signed_up()
        [message] = delivered()
        link = link_in(message)
        assert "Vera Brandt" in browser.get(link).content.decode()
        assert not EmailAddress.objects.get().verified
        answer = browser.post(link)
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert EmailAddress.objects.get().verified

    def test_lets_nobody_in_by_that_link(self):
        signed_up()
        [message] = delivered()
        other = Client()
        answer = other.post(link_in(message))
        assert (answer.status_code, "Sign in with it." in answer.content.decode()) == (200, True)
        assert other.get("/settings/").status_code == 302
        assert Session.objects.count() == 1

    def test_goes_on_where_it_was_asked_from_and_never_elsewhere(self):
        for place, leads in (("/market/", "/market/"), ("https://evil.example/", "/")):
            answer = Client().post(
                "/account/signup/", FORM | {"email": f"{leads.strip('/') or 'home'}@example.com", "next": place}
            )
            assert (answer.status_code, answer["Location"]) == (302, leads)

    def test_says_that_an_address_is_taken(self, user):
        answer = Client().post("/account/signup/", FORM | {"email": "ADA@example.com"})
        assert (answer.status_code, "An account with this address already exists" in answer.content.decode()) == (
            200,
            True,
        )
        assert 'value="Vera Brandt"' in answer.content.decode()
        assert User.objects.get(pk=user.pk).check_password(PASSWORD)
        assert not Session.objects.exists()

    def test_keeps_what_was_typed_when_something_is_wrong(self):
        answer = Client().post("/account/signup/", {**FORM, "password1": "short"})
        assert answer.status_code == 200
        assert 'value="Vera Brandt"' in answer.content.decode()
        assert "at least 8 characters" in answer.content.decode()
        assert not User.objects.exists()

    def test_signs_in_through_an_api_afterwards(self, anonymous):
        signed_up()
        answer = anonymous.post("/auth/signIn", {"email": "vera@example.com", "password": FORM["password1"]})
        assert answer.status_code == 200

    def test_stops_after_three_with_one_address(self):
        for _ in range(3):
            Client().post("/account/signup/", FORM | {"password1": "short"})
        answer = Client().post("/account/signup/", FORM)
        assert (answer.status_code, "Too many" in answer.content.decode()) == (429, True)


class TestSignIn:
    def test_opens_one_session_and_ends_it(self, user):
        browser = Client()
        answer = browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        session = Session.objects.get(user=user, revoked_at=None)
        browser.post("/account/logout/")
        session.refresh_from_db()
        assert session.revoke_reason == "signed-out"
        assert browser.get("/settings/").status_code == 302

    def test_is_over_when_an_api_signs_out_everywhere(self, user):
        browser = Client()
        browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
        Caller.signed_in_as(user)
        user.set_password("another colonnade 9")
        user.save()
        assert browser.get("/settings/").status_code == 302

    def test_refuses_a_wrong_password_without_telling_who_exists(self, user):
        answers = [
            Client().post("/account/login/", {"login": email, "password": "wrong"}).content.decode()
            for email in (user.email, "nobody@example.com")
        ]
        told = [[line for line in page.splitlines() if "not correct" in line] for page in answers]
        assert told[0] == told[1] != []

    def test_a_wrong_password_is_kept_in_the_history(self, user):
        Client().post("/account/login/", {"login": user.email, "password": "wrong"})
        assert list(SecurityEvent.objects.filter(type="sign_in_failed").values_list("user")) == [(user.pk,)]

    @pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/settings/"])
    def test_goes_on_only_to_places_of_this_house(self, user, place):
        answer = Client().post("/account/login/", {"login": user.email, "password": PASSWORD, "next": place})
        assert answer["Location"] == ("/settings/" if place == "/settings/" else "/")

    def test_pages_of_allauth_that_are_not_ours_are_gone(self, user):
        browser = Client()
        assert browser.get("/account/confirm-email/some-key/").status_code == 404
        assert browser.get("/account/password/reset/key/1-set-password/").status_code == 404
        assert browser.get("/account/3rdparty/").status_code == 404
        assert browser.get("/account/google/login/token/").status_code == 404
        assert browser.get("/account/email/")["Location"] == "/settings/security/"
        assert browser.get("/account/password/change/")["Location"] == "/settings/security/"
