"""Settings: the profile follows into the graph, and each session can be ended."""

import pytest
from django.test import Client

from accounts.models import Session, User
from ontology.models import Entity
from tests.clients import Caller

pytestmark = pytest.mark.django_db

PROFILE = {"name": "Ada King", "username": "ada.king", "company": "Engines", "bio": "Notes."}


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


class TestProfile:
    def test_is_saved_and_known_to_the_graph(self, browser, user):
        answer = browser.post("/settings/", PROFILE)
        assert (answer.status_code, answer["Location"]) == (302, "/settings/")
        saved = User.objects.values("name", "username", "company", "bio").get(pk=user.pk)
        assert saved == PROFILE
        entity = Entity.objects.get(pk=user.pk)
        assert (entity.name, entity.properties) == ("Ada King", {"username": "ada.king", "bio": "Notes."})

    def test_gives_up_a_username(self, browser, user):
        browser.post("/settings/", {**PROFILE, "username": ""})
        assert User.objects.get(pk=user.pk).username is None
        assert Entity.objects.get(pk=user.pk).properties == {"bio": "Notes."}

    def test_keeps_what_was_typed_when_the_name_is_taken(self, browser, stranger):
        User.objects.filter(pk=stranger.pk).update(username="Taken")
        answer = browser.post("/settings/", {**PROFILE, "username": "taken"})
        assert answer.status_code == 422
        assert answer.context["form"].errors == {"username": ["This username is taken"]}
        assert 'value="Ada King"' in answer.content.decode()

    def test_refuses_a_username_that_could_mislead(self, browser, user):
        answer = browser.post("/settings/", {**PROFILE, "username": "a b"})
        assert answer.status_code == 422
        assert User.objects.get(pk=user.pk).username == "ada"


class TestSessions:
    def test_ends_another_one(self, browser, user):
        elsewhere = Caller.signed_in_as(user)
        assert elsewhere.get("/api/v1/users/me").status_code == 200
        browser.post(f"/settings/sessions/{elsewhere.session.pk}/end/")
        assert elsewhere.get("/api/v1/users/me").status_code == 401
        assert browser.get("/settings/").status_code == 200

    def test_ends_all_others(self, browser, user):
        first, second = Caller.signed_in_as(user), Caller.signed_in_as(user)
        browser.post("/settings/sessions/end-others/")
        assert [caller.get("/api/v1/users/me").status_code for caller in (first, second)] == [401, 401]
        assert browser.get("/settings/").status_code == 200

    def test_ends_nobody_elses(self, browser, stranger):
        theirs = Caller.signed_in_as(stranger)
        browser.post(f"/settings/sessions/{theirs.session.pk}/end/")
        assert Session.objects.get(pk=theirs.session.pk).revoked_at is None

    def test_asks_for_a_post(self, browser):
        assert browser.get("/settings/sessions/end-others/").status_code == 405
