"""Sessions and tokens: sign-out, reset, switching off, refresh, access tokens."""

import base64
import datetime as dt
import time

import jwt
import pytest
from django.test import Client

from accounts.models import RefreshToken, SecurityEvent, Session, User
from accounts.verbs import access_tokens
from accounts.verbs.api_keys import create_key
from tests.contracts.auth_checks.common import NEW, unlimited
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, token_in
from tests.styles import JSON, STYLES, attempt, signed_in

pytestmark = pytest.mark.django_db


class TestSignOut:
    """[7.4.1]"""

    @pytest.mark.parametrize("style", STYLES)
    def test_the_same_credential_is_dead_afterwards(self, user, style):
        held = signed_in(style, user.email)
        path = {
            "web": "/account/logout/",
            "one": "/auth/signOut",
            "veza": "/api/v1/auth/logout",
            "dana": "/api/auth/logout",
            "council": "/api/auth/sign-out",
        }[style]
        body = {"token": held.query} if style == "one" else {}
        options = {} if style == "web" else JSON
        assert held.client.post(path, body, headers=held.headers, **options).status_code in (200, 302)
        assert not held.alive()
        if style == "veza":
            answer = Client().post("/api/v1/auth/refresh", {"refresh_token": held.refresh_token}, **JSON)
            assert answer.status_code == 401

    def test_everywhere_ends_all_styles(self, user):
        """[7.5.2]"""
        held = {style: signed_in(style, user.email) for style in STYLES}
        listed = held["veza"].client.get("/api/v1/sessions", headers=held["veza"].headers).json()["data"]["sessions"]
        assert {row["style"]: (row["user_agent"], row["ip"], row["current"]) for row in listed} == {
            style: (f"{style} tests", "127.0.0.1", style == "veza") for style in STYLES
        }
        answer = held["veza"].client.post("/api/v1/sessions/logout-all", {}, headers=held["veza"].headers, **JSON)
        assert answer.json() == {"success": True, "data": {"message": "All sessions ended", "sessions_ended": 5}}
        assert {style: one.alive() for style, one in held.items()} == dict.fromkeys(STYLES, False)

    def test_one_session_is_ended_by_its_owner_alone(self, user, stranger):
        mine, theirs = signed_in("one", user.email), signed_in("veza", stranger.email)
        row = Session.objects.get(user=user, style="one")
        body = {"session_id": str(row.pk)}
        answer = theirs.client.post("/api/v1/sessions/logout", body, headers=theirs.headers, **JSON)
        assert answer.status_code == 404
        assert mine.alive()
        own = signed_in("veza", user.email)
        assert own.client.post("/api/v1/sessions/logout", body, headers=own.headers, **JSON).status_code == 200
        assert (mine.alive(), own.alive()) == (False, True)


class TestNewPassword:
    """[7.4.3]"""

    def reset(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        return token_in(delivered()[-1])

    @pytest.mark.parametrize("style", ["one", "dana"])
    def test_a_reset_ends_every_session_in_every_style(self, user, style):
        held = [signed_in(one, user.email) for one in STYLES]
        token = self.reset(user)
        path, body = {
            "one": ("/auth/resetPassword", {"token": token, "password": NEW}),
            "dana": ("/api/auth/change-password", {"token": token, "new_password": NEW}),
        }[style]
        assert Client().post(path, body, **JSON).status_code == 200
        assert [one.style for one in held if one.alive()] == []
        unlimited()
        assert attempt("one", user.email, NEW)[0].status_code == 200
        assert attempt("one", user.email, PASSWORD)[0].status_code == 400

    def test_one_set_by_staff_ends_every_session(self, user):
        held = [signed_in(one, user.email) for one in STYLES]
        user.set_password(NEW)  # as the admin, the shell and createsuperuser do
        user.save()
        assert [one.style for one in held if one.alive()] == []

    def test_voids_the_links_that_were_under_way(self, user):
        first = self.reset(user)
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        magic = token_in(delivered()[-1])
        assert Client().post("/auth/resetPassword", {"token": first, "password": NEW}, **JSON).status_code == 200
        assert Client().post("/auth/signInWithMagicLink", {"token": magic}, **JSON).status_code == 400

    @pytest.mark.parametrize("password", ["short", "password", "x" * 129])
    def test_is_refused_where_it_is_weak_and_the_link_stays(self, user, password):
        """[6.2.4]"""
        token = self.reset(user)
        answer = Client().post("/auth/resetPassword", {"token": token, "password": password}, **JSON)
        assert (answer.status_code, set(answer.json()["details"])) == (400, {"password"})
        assert Client().get(f"/auth/validateResetToken?token={token}").json() == {"valid": True}

    @pytest.mark.parametrize(
        "password", ["ü" * 64, "  padded with spaces  ", "🔑 keys and 東京 together", "x" * 70 + "Y!"]
    )
    def test_may_be_long_and_of_any_letters(self, user, password):
        """[6.2.9]"""
        token = self.reset(user)
        assert Client().post("/auth/resetPassword", {"token": token, "password": password}, **JSON).status_code == 200
        assert attempt("one", user.email, password)[0].status_code == 200


class TestSwitchedOff:
    """[7.4.2]"""

    def test_ends_everything_at_once(self, user):
        _, key = create_key(user=user, name="mine", scopes=["read"])
        held = [signed_in(one, user.email) for one in STYLES]
        assert Client(headers={"X-API-Key": key}).get("/api/v1/users/me").status_code == 200
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert [one.style for one in held if one.alive()] == []
        assert Client(headers={"X-API-Key": key}).get("/api/v1/users/me").status_code == 401
        unlimited()
        answer = attempt("one", user.email)[0]
        assert (answer.status_code, answer.json()["code"]) == (400, "AUTH_FAILED")


class TestTokenInTheAddress:
    def test_is_not_stored_nor_sent_on(self, user):
        held = signed_in("one", user.email)
        answer = Client().get(f"/auth/getCurrentUser?token={held.query}")
        assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")

    @pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/profile", "/api/projects", "/settings/"])
    def test_counts_only_on_ones_paths(self, user, path):
        held = signed_in("one", user.email)
        assert Client().get(f"{path}?token={held.query}").status_code in (401, 302)


class TestRefresh:
    def test_works_once_and_a_second_use_ends_the_session(self, user):
        held = signed_in("veza", user.email)
        first = Client().post("/api/v1/auth/refresh", {"refresh_token": held.refresh_token}, **JSON)
        assert first.status_code == 200
        again = Client().post("/api/v1/auth/refresh", {"refresh_token": held.refresh_token}, **JSON)
        assert again.status_code == 401
        assert not held.alive()
        token = first.json()["data"]
        fresh = {"Authorization": f"Bearer {token['access_token']}"}
        assert Client().get("/api/v1/users/me", headers=fresh).status_code == 401
        assert (
            Client().post("/api/v1/auth/refresh", {"refresh_token": token["refresh_token"]}, **JSON).status_code == 401
        )
        event = SecurityEvent.objects.get(type="refresh_reused")
        assert (event.user_id, event.severity) == (user.pk, "critical")

    def test_never_outlives_its_session(self, user):
        signed_in("veza", user.email)
        row = RefreshToken.objects.get()
        assert row.expires_at == row.session.expires_at


class TestAccessToken:
    """[9.1.2, 9.2.2, 9.2.3]"""

    def claims(self, user, **changes):
        session = Session.objects.get(user=user)
        moment = int(time.time())
        claims = {
            "iss": "http://localhost:8000",
            "aud": "api",
            "sub": str(user.pk),
            "sid": str(session.pk),
            "jti": "1",
            "typ": "access",
            "iat": moment,
            "exp": moment + 60,
        }
        return {key: value for key, value in (claims | changes).items() if value is not None}

    def ask(self, token):
        return Client().get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}).status_code

    def test_the_forgery_without_a_fault_would_pass(self, user):
        signed_in("veza", user.email)
        assert self.ask(jwt.encode(self.claims(user), access_tokens.signing_key(), algorithm="HS256")) == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "chat"},
            {"iss": "https://elsewhere.example"},
            {"typ": "refresh"},
            {"exp": 1_000_000_000},
            {"sub": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"},
            {"sid": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"},
            {"sid": None},
            {"exp": None},
            {"aud": None},
        ],
        ids=str,
    )
    def test_is_refused_with_a_wrong_claim(self, user, changes):
        signed_in("veza", user.email)
        token = jwt.encode(self.claims(user, **changes), access_tokens.signing_key(), algorithm="HS256")
        assert self.ask(token) == 401

    def test_is_refused_when_another_key_or_none_signed_it(self, user):
        signed_in("veza", user.email)
        assert self.ask(jwt.encode(self.claims(user), "another key that is long enough, too", algorithm="HS256")) == 401
        assert self.ask(jwt.encode(self.claims(user), None, algorithm="none")) == 401
        head, body, _ = jwt.encode(self.claims(user), access_tokens.signing_key(), algorithm="HS256").split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
        assert (self.ask(f"{none}.{body}."), self.ask(f"{head}.{body}.")) == (401, 401)


class TestRefreshingTheAccessToken:
    def test_gives_no_more_time_without_a_refresh_token(self, user, clock):
        held = signed_in("veza", user.email)
        clock.shift(dt.timedelta(minutes=59))
        answer = held.client.post("/api/v1/sessions/refresh", {}, headers=held.headers, **JSON).json()["data"]
        assert answer["expires_in"] == 60
        clock.shift(dt.timedelta(seconds=61))
        fresh = {"Authorization": f"Bearer {answer['access_token']}"}
        assert Client().get("/api/v1/users/me", headers=fresh).status_code == 401
