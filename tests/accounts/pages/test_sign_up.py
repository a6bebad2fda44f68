"""Sign-up, sign-in and sign-out on pages: the same account, entity and session as in every API."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import Session, User
from ontology.models import Entity, Event
from tests.clients import Caller
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

FORM = {"name": "Vera Brandt", "email": "Vera@Example.com", "password1": "a quiet colonnade 8"}


class TestSignUp:
    def test_makes_an_account_with_all_that_belongs_to_it(self):
        browser = Client()
        answer = browser.post("/account/signup/", FORM)
        assert (answer.status_code, answer["Location"]) == (302, "/")
        user = User.objects.get(email="vera@example.com")
        entity = Entity.objects.get(pk=user.pk)
        assert (entity.type, entity.name, entity.owner_id) == ("audience_member", "Vera Brandt", user.pk)
        assert [event.type for event in Event.objects.filter(actor=user.pk)] == ["user_joined"]
        address = EmailAddress.objects.get(user=user)
        assert (address.email, address.primary, address.verified) == ("vera@example.com", True, False)
        assert [session.style for session in user.sessions.all()] == ["web"]
        assert browser.get("/settings/").status_code == 200

    def test_keeps_what_was_typed_when_something_is_wrong(self):
        answer = Client().post("/account/signup/", {**FORM, "password1": "short"})
        assert answer.status_code == 200
        assert 'value="Vera Brandt"' in answer.content.decode()
        assert not User.objects.exists()

    def test_signs_in_through_an_api_afterwards(self, anonymous):
        Client().post("/account/signup/", FORM)
        answer = anonymous.post("/auth/signIn", {"email": "vera@example.com", "password": FORM["password1"]})
        assert answer.status_code == 200


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
