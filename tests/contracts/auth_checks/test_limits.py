"""What strangers may learn and how often they may ask."""

import datetime as dt
import statistics
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Mail, Session, User
from tests.contracts.auth_checks.common import unlimited
from tests.factories.accounts import PASSWORD
from tests.mails import delivered
from tests.styles import APIS, JSON, STYLES, attempt

pytestmark = pytest.mark.django_db


class TestNotTellingWhoExists:
    """[6.3.8]"""

    def test_a_wrong_password_and_an_unknown_address_get_one_answer(self, user, stranger):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        for style in APIS:
            told = set()
            for email, password in ((user.email, "wrong"), ("nobody@example.com", "wrong"), (stranger.email, PASSWORD)):
                answer = attempt(style, email, password)[0]
                headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
                told.add((answer.status_code, answer.content, str(sorted(headers.items()))))
            assert len(told) == 1, style

    def test_it_takes_the_same_work(self, user, settings):
        """The medians of the processor's time differ by less than a fifth, with the hasher of production."""
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
        user.set_password(PASSWORD)
        user.save()
        spent = {user.email: [], "nobody@example.com": []}
        for _ in range(9):
            for email, times in spent.items():
                unlimited()
                began = time.process_time()
                attempt("one", email, "wrong")
                times.append(time.process_time() - began)
        known, unknown = (statistics.median(times) for times in spent.values())
        assert abs(known - unknown) < 0.2 * max(known, unknown)

    def test_it_takes_the_same_statements(self, user):
        counts = []
        for email in (user.email, "nobody@example.com"):
            with CaptureQueriesContext(connection) as queries:
                attempt("one", email, "wrong")
            counts.append([query["sql"].split(" ", 2)[0] for query in queries])
        assert counts[0] == counts[1]

    @pytest.mark.parametrize(
        ("path", "more", "answer"),
        [
            ("/auth/requestPasswordReset", {"baseUrl": "http://localhost:8000"}, {"success": True}),
            ("/auth/requestMagicLink", {"baseUrl": "http://localhost:8000"}, {"success": True}),
            (
                "/api/auth/reset-password",
                {},
                {"success": True, "message": "Password reset link sent to email"},
            ),
        ],
    )
    def test_a_link_is_promised_to_anybody(self, user, path, more, answer):
        statements = []
        Client().get("/auth/getCurrentUser")  # what is asked once and then kept is not what is counted
        for email in (user.email, "nobody@example.com"):
            with CaptureQueriesContext(connection) as queries:
                told = Client().post(path, {"email": email, **more}, **JSON)
            assert (told.status_code, told.json()) == (200, answer)
            statements.append([query["sql"].split(" ", 2)[0] for query in queries])
        assert statements[0] == statements[1]
        sent = delivered()
        assert [message.to for message in sent] == [[user.email], ["nobody@example.com"]]
        assert ["token=" in message.body for message in sent] == [True, False]
        assert delivered() == []

    def test_of_a_verified_address_nobody_is_told(self, user):
        assert Client().get("/auth/isEmailVerified").json() == {"verified": False}
        assert Client().get("/auth/isEmailVerified?token=dead").json() == {"verified": False}


class TestLimits:
    """Document one.txt, "Rate Limiting": per address, over all styles together."""

    def test_five_sign_ins_in_a_quarter_of_an_hour(self, user, clock):
        spellings = [user.email, user.email.upper(), f" {user.email} ", user.email.title(), user.email]
        for style, email in zip(STYLES, spellings, strict=True):
            assert attempt(style, email, "wrong")[0].status_code != 429
        for style in APIS:
            answer = attempt(style, user.email)[0]
            assert (answer.status_code, answer["Retry-After"]) == (429, "900")
        assert not Session.objects.exists()
        clock.shift(dt.timedelta(minutes=15, seconds=1))
        assert attempt("one", user.email)[0].status_code == 200

    def test_three_sign_ups_an_hour(self, clock):
        body = {"email": "new@example.com", "password": "short"}
        for _ in range(2):
            assert Client().post("/auth/signUp", body, **JSON).status_code == 400
        assert Client().post("/api/auth/signup", body, **JSON).status_code == 400
        answer = Client().post("/auth/signUp", {**body, "password": PASSWORD}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        clock.shift(dt.timedelta(hours=1, seconds=1))
        assert Client().post("/auth/signUp", {**body, "password": PASSWORD}, **JSON).status_code == 200

    @pytest.mark.parametrize("path", ["/auth/requestPasswordReset", "/auth/requestMagicLink"])
    def test_three_links_an_hour(self, user, clock, path):
        body = {"email": user.email, "baseUrl": "http://localhost:8000"}
        assert [Client().post(path, body, **JSON).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert Mail.objects.filter(to=user.email).count() == 3
        clock.shift(dt.timedelta(hours=1, seconds=1))
        assert Client().post(path, body, **JSON).status_code == 200
