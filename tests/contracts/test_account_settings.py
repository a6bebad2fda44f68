"""veza.txt and dana.txt: the current user, sessions, /validate, /csrf-token, the profile; every documented body word for word."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from accounts.models import Session, User
from accounts.verbs.credentials import verify
from ontology.models import Entity
from tests.clients import Caller
from tests.styles import JSON, signed_in

pytestmark = pytest.mark.django_db

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def clock():
    with time_machine.travel(dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


class TestMe:
    def test_changes_what_is_given(self, caller, user):
        answer = caller.put("/api/v1/users/me", {"bio": "Notes on engines.", "company": "Engines"})
        data = answer.json()["data"]
        assert (ISO.fullmatch(data.pop("created_at")), ISO.fullmatch(data.pop("updated_at"))) != (None, None)
        assert data == {
            "id": str(user.pk),
            "username": "ada",
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "company": "Engines",
            "bio": "Notes on engines.",
            "image": None,
            "role": "user",
            "email_verified": False,
            "two_factor_enabled": False,
        }
        assert Entity.objects.get(pk=user.pk).properties == {"username": "ada", "bio": "Notes on engines."}

    @pytest.mark.parametrize(
        "body", [{"username": "a b"}, {"username": "x\n"}, {"bio": "x" * 2001}, {"name": ""}, {"company": 5}]
    )
    def test_refuses_what_does_not_fit(self, caller, user, body):
        assert caller.put("/api/v1/users/me", body).status_code == 400
        assert User.objects.get(pk=user.pk).bio == ""

    def test_a_taken_username_is_a_conflict(self, caller, stranger):
        User.objects.filter(pk=stranger.pk).update(username="Taken")
        answer = caller.put("/api/v1/users/me", {"username": "taken"})
        assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")

    def test_is_nobodys_without_a_token(self, anonymous):
        assert anonymous.put("/api/v1/users/me", {"bio": "x"}).status_code == 401


class TestSessions:
    def test_says_where_and_when(self, user, clock):
        held = signed_in("veza", user.email)
        row = Session.objects.get()
        answer = held.client.get("/api/v1/sessions", headers=held.headers)
        assert answer.json() == {
            "success": True,
            "data": {
                "sessions": [
                    {
                        "id": str(row.pk),
                        "style": "veza",
                        "device": "veza tests",
                        "ip": "127.0.0.1",
                        "user_agent": "veza tests",
                        "created_at": "2026-11-22T12:00:00.000Z",
                        "last_seen_at": "2026-11-22T12:00:00.000Z",
                        "expires_at": "2026-12-22T12:00:00.000Z",
                        "current": True,
                    }
                ]
            },
        }

    def test_takes_the_same_queries_for_three_as_for_one(self, user, caller, django_assert_num_queries):
        caller.get("/api/v1/sessions")
        with django_assert_num_queries(2):
            caller.get("/api/v1/sessions")
        for _ in range(2):
            Caller.signed_in_as(user)
        with django_assert_num_queries(2):
            assert len(caller.get("/api/v1/sessions").json()["data"]["sessions"]) == 3

    def test_logout_ends_the_one_it_was_called_with(self, caller):
        answer = caller.post("/api/v1/sessions/logout")
        assert answer.json() == {"success": True, "data": {"message": "Session ended"}}
        assert caller.get("/api/v1/sessions").status_code == 401

    @pytest.mark.parametrize("body", [{"session_id": "x"}, {"session_id": ""}, {"session_id": 5}])
    def test_logout_of_nonsense_ends_nothing(self, caller, body):
        assert caller.post("/api/v1/sessions/logout", body).status_code in (400, 404)
        assert caller.get("/api/v1/sessions").status_code == 200

    def test_refresh_gives_a_fresh_access_token(self, clock, caller, user):
        answer = caller.post("/api/v1/sessions/refresh").json()["data"]
        assert (set(answer), answer["expires_in"]) == ({"access_token", "expires_in"}, 3600)
        assert verify("bearer", answer["access_token"]) == (user, caller.session)

    def test_refresh_spends_a_refresh_token_that_comes_along(self, user):
        held = signed_in("veza", user.email)
        body = {"refresh_token": held.refresh_token}
        answer = held.client.post("/api/v1/sessions/refresh", body, headers=held.headers, **JSON)
        assert set(answer.json()["data"]) == {"access_token", "refresh_token", "expires_in"}
        again = held.client.post("/api/v1/sessions/refresh", body, headers=held.headers, **JSON)
        assert again.status_code == 401
        assert not held.alive()

    def test_needs_a_bearer(self, anonymous):
        for path in ("logout", "logout-all", "refresh"):
            assert anonymous.post(f"/api/v1/sessions/{path}").status_code == 401


class TestValidate:
    @pytest.mark.parametrize(
        ("kind", "value", "answer"),
        [
            ("username", "grace.hopper", {"valid": True, "errors": []}),
            (
                "username",
                "a b",
                {"valid": False, "errors": ["Use 3 to 64 letters, digits, dots, dashes or underscores."]},
            ),
            ("username", "ADA", {"valid": False, "errors": ["This username is taken"]}),
            ("email", "grace@example.com", {"valid": True, "errors": []}),
            ("email", "ada@example.com", {"valid": True, "errors": []}),
            ("email", "nowhere", {"valid": False, "errors": ["Enter a valid email address."]}),
            ("password", "password", {"valid": False, "errors": ["This password is too common."], "strength": "weak"}),
            ("password", "colonnade", {"valid": True, "errors": [], "strength": "weak"}),
            ("password", "a quiet colonnade", {"valid": True, "errors": [], "strength": "fair"}),
            ("password", "a quiet colonnade by the sea", {"valid": True, "errors": [], "strength": "strong"}),
        ],
    )
    def test_says_what_sign_up_would(self, user, anonymous, kind, value, answer):
        told = anonymous.post("/api/v1/validate", {"type": kind, "value": value})
        assert (told.status_code, told.json()) == (200, {"success": True, "data": {"type": kind, **answer}})

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"type": "username"},
            {"type": "age", "value": "5"},
            {"type": "email", "value": 5},
            {"type": [], "value": ""},
        ],
    )
    def test_wants_a_known_type_and_a_text(self, anonymous, body):
        assert anonymous.post("/api/v1/validate", body).status_code == 400

    def test_is_held_to_the_limit_of_sign_ins(self, anonymous, settings):
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, "auth": "2/minute"}
        body = {"type": "email", "value": "x@example.com"}
        assert [anonymous.post("/api/v1/validate", body).status_code for _ in range(3)] == [200, 200, 429]


class TestCsrfToken:
    def test_lets_a_cookie_change_something(self, user):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user)
        assert browser.put("/api/v1/users/me", {"bio": "x"}, **JSON).status_code == 403
        token = browser.get("/api/v1/csrf-token").json()["data"]["csrf_token"]
        answer = browser.put("/api/v1/users/me", {"bio": "x"}, headers={"X-CSRFToken": token}, **JSON)
        assert answer.status_code == 200

    def test_needs_nobody(self, anonymous):
        answer = anonymous.get("/api/v1/csrf-token")
        assert answer.status_code == 200
        assert anonymous.client.cookies["csrftoken"].value


class TestDanasProfile:
    def test_changes_as_documented(self, caller, user):
        body = {"company": "Updated Company Name", "account_setup_complete": True}
        answer = caller.put("/api/profile", body)
        profile = answer.json()["profile"]
        assert (ISO.fullmatch(profile.pop("created_at")), ISO.fullmatch(profile.pop("updated_at"))) != (None, None)
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "message": "Profile updated successfully",
                "profile": {
                    "email": "ada@example.com",
                    "company": "Updated Company Name",
                    "account_setup_complete": True,
                    "welcome_email_sent": False,
                },
            },
        )
        assert caller.get("/api/profile").json()["profile"]["company"] == "Updated Company Name"

    @pytest.mark.parametrize("body", [{"company": 5}, {"account_setup_complete": "yes"}, {"company": "x" * 151}])
    def test_refuses_what_does_not_fit(self, caller, body):
        answer = caller.put("/api/profile", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_error")

    def test_changes_nothing_for_nothing(self, caller, user):
        assert caller.put("/api/profile", {}).status_code == 200
        assert User.objects.get(pk=user.pk).name == "Ada Lovelace"
