"""Which dialect a path speaks, also at its edges; and the moment a limit resets, wherever it was hit."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from config.dialects import spoken_on
from tests.clients import Caller

pytestmark = pytest.mark.django_db

SPOKEN = {
    "/auth": "one", "/auth/x": "one", "/entities": "one", "/connections": "one", "/events": "one", "/tags": "one",
    "/api/v1": "veza", "/api/v1/": "veza", "/health/": "veza", "/healthz/": "veza", "/readyz/": "veza", "/metrics/": "veza",
    "/ws/chat/": "veza",
    "/api": "dana", "/api/": "dana", "/api/profile": "dana", "/api/auth/login": "dana", "/webhooks": "dana", "/socket.io": "dana",
    "/api/auth": "better_auth", "/api/auth/": "better_auth", "/api/auth/sign-in/email": "better_auth",
    "/api/projects": "council", "/api/chat": "council", "/api/council/x/stop": "council",
    "/api/query": "convex", "/api/query_ts": "convex", "/api/sync": "convex", "/api/1.0/sync": "convex",
    "/": None, "/market/": None, "/authors": None, "/graph/": None, "/account/login/": None, "/docs/": None,
}  # fmt: skip


class TestSpokenOn:
    @pytest.mark.parametrize("path", SPOKEN)
    def test_names_the_owner_of_the_path(self, path):
        dialect = spoken_on(path)
        assert (dialect and dialect.name) == SPOKEN[path]

    @pytest.mark.parametrize("path", [path for path, name in SPOKEN.items() if name])
    def test_never_answers_in_html(self, path):
        assert Client().get(path + "nowhere" if path.endswith("/") else path)["Content-Type"] == "application/json"


class TestFaults:
    def test_in_a_list_name_the_list(self, staff):
        answer = Caller.signed_in_as(staff).post(
            "/api/subscription/tiers", {"name": "A", "price": 1, "features": [1.5]}
        )
        error = answer.json()["error"]
        assert (error["message"], error["details"]) == (
            "features: Not a valid string.",
            {"features": {"0": ["Not a valid string."]}},
        )

    @pytest.mark.parametrize(
        ("header", "what"), [({"X-API-Key": "veza_sk_x"}, "API key"), ({"Authorization": "Bearer x"}, "session token")]
    )
    def test_name_the_credential_that_is_dead(self, header, what):
        answer = Client().get("/api/v1/marketplace/orders", headers=header)
        assert (answer.status_code, answer.json()["error"]) == (401, f"Invalid or expired {what}")


class TestRateLimitReset:
    """Document dana.txt, "Rate Limiting": "a header indicating when the rate limit will reset"."""

    MOMENT = dt.datetime(2026, 3, 15, 20, tzinfo=dt.UTC)

    def test_tells_when_an_address_may_try_again(self, anonymous, user):
        with time_machine.travel(self.MOMENT, tick=False):
            for _ in range(5):
                anonymous.post("/api/auth/login", {"email": user.email, "password": "wrong"})
            answer = anonymous.post("/api/auth/login", {"email": user.email, "password": "wrong"})
        assert answer.status_code == 429
        assert (answer["Retry-After"], answer["X-RateLimit-Reset"]) == ("900", "2026-03-15T20:15:00.000Z")

    def test_tells_when_everybody_may_call_again(self, settings):
        settings.RATE_LIMITS = {"default": "", "auth": "", "ip": "2/second", "global": ""}
        with time_machine.travel(self.MOMENT, tick=False):
            answers = [Client().get("/api/v1/nothing") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert answers[2]["X-RateLimit-Reset"] == "2026-03-15T20:00:01.000Z"

    def test_never_keeps_anybody_from_leaving(self, settings, user):
        settings.RATE_LIMITS = {"default": "1/hour", "auth": "", "ip": "", "global": ""}
        caller = Caller.signed_in_as(user)
        assert [caller.get("/api/v1/users/me").status_code for _ in range(2)] == [200, 429]
        assert caller.post("/api/v1/auth/logout").status_code == 200
