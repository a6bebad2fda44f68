"""Signing up, in and out and the current user, as one.txt, veza.txt, dana.txt and council.txt write them, word for word."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.models import RefreshToken, Session, User
from accounts.verbs import access_tokens
from accounts.verbs.sessions import open_session
from tests.clients import Caller, verified_client
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

COOKIE = settings.SESSION_COOKIE_NAME
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def clock(time_machine):
    """Stands still until it is shifted."""
    time_machine.move_to(dt.datetime.now(tz=dt.UTC), tick=False)
    return time_machine


class TestOne:
    SIGN_UP = {"email": "user@example.com", "password": "SecurePass123!", "name": "John Doe"}

    def test_sign_up_and_current_user(self, anonymous):
        answer = anonymous.post("/auth/signUp", self.SIGN_UP)
        assert answer.status_code == 200
        user = User.objects.get()
        assert answer.json() == {"token": answer.json()["token"], "userId": str(user.pk)}
        me = anonymous.get("/auth/getCurrentUser", token=answer.json()["token"])
        assert (me.status_code, me.json()) == (
            200,
            {"id": str(user.pk), "email": "user@example.com", "name": "John Doe"},
        )

    def test_sign_up_takes_every_documented_field(self, anonymous):
        more = {"sendVerificationEmail": False, "baseUrl": "https://one.ie"}
        assert anonymous.post("/auth/signUp", self.SIGN_UP | more).status_code == 200

    def test_sign_up_needs_a_base_for_the_mailed_link(self, anonymous):
        """Document: baseUrl is "required if sendVerificationEmail=true"."""
        answer = anonymous.post("/auth/signUp", self.SIGN_UP | {"sendVerificationEmail": True})
        assert (answer.status_code, set(answer.json()["details"])) == (400, {"baseUrl"})

    def test_sign_up_needs_address_and_password_only(self, anonymous):
        assert (
            anonymous.post("/auth/signUp", {"email": "USER@Example.com", "password": "SecurePass123!"}).status_code
            == 200
        )
        assert User.objects.get().email == "user@example.com"

    @pytest.mark.parametrize(
        "fault",
        [{"email": "x"}, {"email": ""}, {"email": 5}, {"password": "short"}, {"password": "password"}, {"password": "x" * 129},
         {"name": 5}, {"name": "x" * 151}, {"sendVerificationEmail": "yes"}, {"baseUrl": "nowhere"}],
    )  # fmt: skip
    def test_sign_up_refuses(self, anonymous, fault):
        answer = anonymous.post("/auth/signUp", self.SIGN_UP | fault)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
        assert set(answer.json()["details"]) == set(fault)
        assert not User.objects.exists()

    def test_sign_up_with_a_taken_address(self, anonymous, user):
        answer = anonymous.post("/auth/signUp", self.SIGN_UP | {"email": user.email.upper()})
        assert answer.status_code == 400
        assert answer.json() == {"message": "An account with this address already exists", "code": "BAD_REQUEST"}

    def test_sign_in(self, anonymous, user):
        answer = anonymous.post("/auth/signIn", {"email": user.email, "password": PASSWORD})
        assert (answer.status_code, set(answer.json())) == (200, {"token", "userId"})
        assert answer.json()["userId"] == str(user.pk)
        assert answer["Cache-Control"] == "no-store"

    def test_every_wrong_sign_in_is_told_alike(self, anonymous, user, stranger):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        for email, password in ((user.email, "wrong"), ("nobody@example.com", PASSWORD), (stranger.email, PASSWORD)):
            answer = anonymous.post("/auth/signIn", {"email": email, "password": password})
            assert answer.status_code == 400
            assert answer.json() == {"message": "Invalid email or password", "code": "AUTH_FAILED"}

    def test_a_token_lives_thirty_days_used_or_not(self, anonymous, user, clock):
        token = anonymous.post("/auth/signIn", {"email": user.email, "password": PASSWORD}).json()["token"]
        clock.shift(dt.timedelta(days=29, hours=23))
        assert anonymous.get("/auth/getCurrentUser", token=token).json()["id"] == str(user.pk)
        clock.shift(dt.timedelta(hours=2))
        assert anonymous.get("/auth/getCurrentUser", token=token).json() is None

    def test_sign_out_by_body_by_query_and_by_header(self, anonymous, user):
        for how in ("body", "query", "header"):
            token = anonymous.post("/auth/signIn", {"email": user.email, "password": PASSWORD}).json()["token"]
            path = f"/auth/signOut?token={token}" if how == "query" else "/auth/signOut"
            headers = {"authorization": f"Bearer {token}"} if how == "header" else {}
            answer = anonymous.post(path, {"token": token}, headers=headers)
            assert (answer.status_code, answer.json()) == (200, {"success": True})
            ended = anonymous.get("/auth/getCurrentUser", token=token)
            assert (ended.status_code, ended.json()) == (200, None)

    def test_sign_out_ends_the_session_that_is_named(self, anonymous, user):
        """Document: "Session token to invalidate". What else the request carries does not count."""
        first, second = (
            anonymous.post("/auth/signIn", {"email": user.email, "password": PASSWORD}).json()["token"]
            for _ in range(2)
        )
        header = {"authorization": f"Bearer {first}"}
        assert anonymous.post("/auth/signOut", {"token": second}, headers=header).status_code == 200
        assert anonymous.get("/auth/getCurrentUser", token=second).json() is None
        assert anonymous.get("/auth/getCurrentUser", token=first).json()["id"] == str(user.pk)
        assert anonymous.post("/auth/signOut", {"token": "dead"}, headers=header).status_code == 401
        assert anonymous.get("/auth/getCurrentUser", token=first).json()["id"] == str(user.pk)

    def test_sign_out_without_a_token(self, anonymous):
        assert anonymous.post("/auth/signOut", {}).status_code == 401
        assert anonymous.post("/auth/signOut", {"token": "dead"}).status_code == 401

    def test_nobody_is_null(self, anonymous):
        answer = anonymous.get("/auth/getCurrentUser")
        assert (answer.status_code, answer.content) == (200, b"null")


class TestVeza:
    BODY = {"username": "johndoe", "email": "john@example.com", "password": "SecureP@ssw0rd"}

    def test_register(self, anonymous):
        answer = anonymous.post("/api/v1/auth/register", self.BODY)
        assert answer.status_code == 201
        user = User.objects.get()
        data = answer.json()["data"]
        assert answer.json() == {
            "success": True,
            "data": {
                "user": {"id": str(user.pk), "username": "johndoe", "email": "john@example.com"},
                "access_token": data["access_token"],
                "refresh_token": data["refresh_token"],
                "expires_in": 3600,
            },
        }
        assert data["access_token"].startswith("eyJ")

    def test_login_me_and_logout(self, anonymous):
        anonymous.post("/api/v1/auth/register", self.BODY)
        user = User.objects.get()
        answer = anonymous.post("/api/v1/auth/login", {"email": "john@example.com", "password": "SecureP@ssw0rd"})
        assert (answer.status_code, answer.json()["success"]) == (200, True)
        data = answer.json()["data"]
        assert set(data) == {"access_token", "refresh_token", "expires_in", "user"}
        assert data["user"] == {"id": str(user.pk), "username": "johndoe", "email": "john@example.com"}

        bearer = {"authorization": f"Bearer {data['access_token']}"}
        me = anonymous.client.get("/api/v1/users/me", headers=bearer).json()["data"]
        assert ISO.fullmatch(me.pop("created_at"))
        assert ISO.fullmatch(me.pop("updated_at"))
        more = {"email_verified": False, "two_factor_enabled": False, "image": None, "company": ""}
        assert me == {**data["user"], "name": "johndoe", "bio": "", "role": "user", **more}

        answer = anonymous.post("/api/v1/auth/logout", headers=bearer)
        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "data": {"message": "Logged out successfully"}},
        )
        assert anonymous.client.get("/api/v1/users/me", headers=bearer).status_code == 401

    @pytest.mark.parametrize(
        "fault", [{"username": "ab"}, {"username": "a b c"}, {"username": "x" * 65}, {"username": ""}, {"username": "abc\u00e9"},
                  {"email": "john"}, {"password": "1234567"}, {"password": None}]
    )  # fmt: skip
    def test_register_refuses(self, anonymous, fault):
        answer = anonymous.post("/api/v1/auth/register", self.BODY | fault)
        assert answer.status_code == 400
        assert answer.json()["success"] is False
        assert answer.json()["code"] == "invalid"
        assert set(answer.json()["details"]) == set(fault)

    def test_register_with_a_taken_name_or_address(self, anonymous, user):
        for fault, code in (
            ({"email": user.email}, "email_taken"),
            ({"username": user.username.upper()}, "username_taken"),
        ):
            answer = anonymous.post("/api/v1/auth/register", self.BODY | fault)
            assert (answer.status_code, answer.json()["code"], answer.json()["success"]) == (409, code, False)

    def test_wrong_login(self, anonymous, user):
        answer = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": "wrong"})
        assert answer.status_code == 401
        assert answer.json() == {"success": False, "error": "Invalid email or password", "code": "auth_failed"}

    def test_an_access_token_lives_an_hour(self, anonymous, user, clock):
        data = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD}).json()["data"]
        bearer = {"authorization": f"Bearer {data['access_token']}"}
        clock.shift(3590)
        assert anonymous.client.get("/api/v1/users/me", headers=bearer).status_code == 200
        clock.shift(20)
        answer = anonymous.client.get("/api/v1/users/me", headers=bearer)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")

    def test_logout_needs_no_bearer_and_minds_no_dead_one(self, anonymous, user):
        data = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD}).json()["data"]
        anonymous.client.cookies.clear()
        answer = anonymous.post(
            "/api/v1/auth/logout", {"refresh_token": data["refresh_token"]}, headers={"authorization": "Bearer dead"}
        )
        assert answer.json() == {"success": True, "data": {"message": "Logged out successfully"}}
        assert Session.objects.get().revoke_reason == "signed-out"
        assert anonymous.post("/api/v1/auth/logout").status_code == 200

    def test_logout_ends_both_sessions_that_are_named(self, anonymous, user):
        first, second = (
            anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD}).json()["data"]
            for _ in range(2)
        )
        header = {"authorization": f"Bearer {first['access_token']}"}
        anonymous.post("/api/v1/auth/logout", {"refresh_token": second["refresh_token"]}, headers=header)
        for tokens in (first, second):
            bearer = Caller(authorization=f"Bearer {tokens['access_token']}")
            assert bearer.get("/api/v1/users/me").status_code == 401

    def test_moments_have_milliseconds_like_everywhere(self, user):
        caller = Caller.signed_in_as(user)
        profile = caller.get("/api/profile").json()["profile"]
        for moment in (
            caller.get("/api/v1/users/me").json()["data"]["created_at"],
            profile["created_at"],
            profile["updated_at"],
        ):
            assert re.search(r"\d\d:\d\d\.\d{3}Z$", moment)


class TestVezaRefresh:
    @pytest.fixture
    def pair(self, anonymous, user):
        answer = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})
        anonymous.client.cookies.clear()
        return answer.json()["data"]

    def refresh(self, anonymous, token):
        answer = anonymous.post("/api/v1/auth/refresh", {"refresh_token": token})
        anonymous.client.cookies.clear()
        return answer

    def test_gives_a_new_pair(self, anonymous, pair):
        answer = self.refresh(anonymous, pair["refresh_token"])
        assert (answer.status_code, answer.json()["success"]) == (200, True)
        data = answer.json()["data"]
        assert set(data) == {"access_token", "refresh_token", "expires_in"}
        assert data["refresh_token"] != pair["refresh_token"]
        assert Caller(authorization=f"Bearer {data['access_token']}").get("/api/v1/users/me").status_code == 200

    def test_works_once_and_its_second_use_ends_the_session(self, anonymous, pair):
        renewed = self.refresh(anonymous, pair["refresh_token"]).json()["data"]
        answer = self.refresh(anonymous, pair["refresh_token"])
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
        assert Session.objects.get().revoke_reason == "refresh-reuse"
        for access in (pair["access_token"], renewed["access_token"]):
            assert Caller(authorization=f"Bearer {access}").get("/api/v1/users/me").status_code == 401
        assert self.refresh(anonymous, renewed["refresh_token"]).status_code == 401

    @pytest.mark.parametrize("token", ["", "unknown", "x" * 257, 5, None])
    def test_refuses(self, anonymous, token):
        assert self.refresh(anonymous, token).status_code in (400, 401)
        assert anonymous.post("/api/v1/auth/refresh").status_code == 400

    def test_never_outlives_its_session(self, anonymous, pair, clock):
        token = self.refresh(anonymous, pair["refresh_token"]).json()["data"]["refresh_token"]
        assert {row.expires_at for row in RefreshToken.objects.all()} == {Session.objects.get().expires_at}
        clock.shift(dt.timedelta(days=6))
        token = self.refresh(anonymous, token).json()["data"]["refresh_token"]
        clock.shift(dt.timedelta(days=7, minutes=2))  # unused for a week
        assert self.refresh(anonymous, token).status_code == 401

    def test_may_travel_in_a_cookie(self, anonymous, user):
        answer = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})
        cookie = answer.cookies["refresh_token"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/v1/")
        assert anonymous.post("/api/v1/auth/refresh").status_code == 200
        assert anonymous.post("/api/v1/auth/refresh").status_code == 200  # the new one came as a cookie, too
        assert anonymous.post("/api/v1/auth/logout").cookies["refresh_token"]["max-age"] == 0
        assert Session.objects.get().revoked_at

    def test_is_kept_as_a_hash_alone(self, pair):
        assert not RefreshToken.objects.filter(token_hash=pair["refresh_token"]).exists()
        assert len(RefreshToken.objects.get().token_hash) == 64


class TestDana:
    BODY = {"email": "user@example.com", "password": "secure_password", "company": "Example Inc."}

    def test_signup(self, anonymous):
        answer = anonymous.post("/api/auth/signup", self.BODY)
        assert answer.status_code == 201
        token = answer.json()["token"]
        assert answer.json() == {
            "success": True,
            "message": "User created successfully",
            "user_id": str(User.objects.get().pk),
            "token": token,
        }
        profile = Caller(authorization=f"Bearer {token}").get("/api/profile")
        assert profile.status_code == 200
        moments = [profile.json()["profile"].pop(name) for name in ("created_at", "updated_at")]
        assert all(ISO.fullmatch(moment) for moment in moments)
        assert profile.json() == {
            "success": True,
            "profile": {
                "email": "user@example.com",
                "company": "Example Inc.",
                "account_setup_complete": False,
                "welcome_email_sent": False,
            },
        }

    @pytest.mark.parametrize(("remember", "days"), [({}, 1), ({"remember_me": False}, 1), ({"remember_me": True}, 30)])
    def test_login(self, anonymous, user, time_machine, remember, days):
        time_machine.move_to("2023-04-14T12:00:00Z", tick=False)
        answer = anonymous.post("/api/auth/login", {"email": user.email, "password": PASSWORD, **remember})
        assert answer.status_code == 200
        token = answer.json()["token"]
        ends = dt.datetime(2023, 4, 14, 12, tzinfo=dt.UTC) + dt.timedelta(days=days)
        assert answer.json() == {
            "success": True,
            "message": "Login successful",
            "user_id": str(user.pk),
            "token": token,
            "expires_at": f"{ends:%Y-%m-%dT%H:%M:%S}.000Z",
        }
        caller = Caller(authorization=f"Bearer {token}")
        time_machine.move_to(ends - dt.timedelta(minutes=1), tick=False)
        assert caller.get("/api/profile").status_code == 200
        time_machine.move_to(ends + dt.timedelta(seconds=1), tick=False)
        answer = caller.get("/api/profile")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_token")

    def test_logout(self, anonymous, user):
        token = anonymous.post("/api/auth/login", {"email": user.email, "password": PASSWORD}).json()["token"]
        caller = Caller(authorization=f"Bearer {token}")
        answer = caller.post("/api/auth/logout")
        assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Logged out successfully"})
        assert caller.post("/api/auth/logout").status_code == 401

    def test_failures(self, anonymous, user):
        wrong = anonymous.post("/api/auth/login", {"email": user.email, "password": "wrong"})
        assert wrong.status_code == 401
        assert wrong.json() == {
            "success": False,
            "error": {
                "code": "auth_required",
                "message": "Invalid email or password",
                "details": {"reason": "auth_failed"},
            },
        }
        taken = anonymous.post("/api/auth/signup", self.BODY | {"email": user.email})
        assert (taken.status_code, taken.json()["error"]["code"]) == (409, "validation_error")
        missing = anonymous.post("/api/auth/login", {})
        assert (missing.status_code, set(missing.json()["error"]["details"])) == (400, {"email", "password"})
        assert anonymous.get("/api/profile").json()["error"]["code"] == "auth_required"

    @pytest.mark.parametrize("fault", [{"company": 5}, {"company": "x" * 151}, {"password": "short"}, {"email": "@"}])
    def test_signup_refuses(self, anonymous, fault):
        answer = anonymous.post("/api/auth/signup", self.BODY | fault)
        assert (answer.status_code, set(answer.json()["error"]["details"])) == (400, set(fault))

    def test_login_refuses_a_word_for_yes(self, anonymous, user):
        answer = anonymous.post("/api/auth/login", {"email": user.email, "password": PASSWORD, "remember_me": "yes"})
        assert answer.status_code == 400


class TestCouncil:
    BODY = {"email": "dan@example.com", "name": "Dan", "password": "temporary-password"}

    def test_sign_up(self, anonymous):
        answer = anonymous.post("/api/auth/sign-up/email", self.BODY)
        assert answer.status_code == 200
        user = answer.json()["user"]
        assert ISO.fullmatch(user.pop("createdAt"))
        assert ISO.fullmatch(user.pop("updatedAt"))
        own = {"email": "dan@example.com", "name": "Dan", "image": None, "emailVerified": False}
        assert answer.json() == {"token": None, "user": {"id": str(User.objects.get().pk), **own}}
        cookie = answer.cookies[COOKIE]
        assert COOKIE == "better-auth.session_token"
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")

    def test_signing_in_again_ends_what_the_cookie_stood_for(self, anonymous, user):
        anonymous.post("/api/auth/sign-up/email", self.BODY)
        first = anonymous.client.cookies[COOKIE].value
        anonymous.post("/api/auth/sign-in/email", {"email": self.BODY["email"], "password": self.BODY["password"]})
        second = anonymous.client.cookies[COOKIE].value
        anonymous.post("/api/auth/sign-in/email", {"email": user.email, "password": PASSWORD})
        assert len({first, second, anonymous.client.cookies[COOKIE].value}) == 3
        rows = Session.objects.order_by("created_at").values_list("user__email", "revoke_reason")
        assert list(rows) == [
            ("dan@example.com", "replaced"),
            ("dan@example.com", "replaced"),
            (user.email, ""),
        ]

    def test_session(self, anonymous):
        anonymous.post("/api/auth/sign-up/email", self.BODY)
        user, session = User.objects.get(), Session.objects.get()
        for path in ("/api/auth/session", "/api/auth/get-session"):
            answer = anonymous.get(path)
            assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
            body = answer.json()
            assert set(body) == {"session", "user"}
            assert set(body["session"]) == {
                "id",
                "userId",
                "expiresAt",
                "createdAt",
                "updatedAt",
                "ipAddress",
                "userAgent",
            }
            assert (body["session"]["id"], body["session"]["userId"]) == (str(session.pk), str(user.pk))
            assert all(ISO.fullmatch(body["session"][key]) for key in ("expiresAt", "createdAt", "updatedAt"))
            assert body["user"].items() >= {"id": str(user.pk), "name": "Dan", "email": "dan@example.com"}.items()

    def test_sign_out(self, anonymous):
        anonymous.post("/api/auth/sign-up/email", self.BODY)
        answer = anonymous.post("/api/auth/sign-out")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert answer.cookies[COOKIE]["max-age"] == 0
        assert Session.objects.get().revoke_reason == "signed-out"
        gone = anonymous.get("/api/auth/session")
        assert (gone.status_code, gone.json()["error"]) == (401, "Unauthorized")
        assert anonymous.get("/api/auth/get-session").content == b"null"
        assert anonymous.post("/api/auth/sign-out").json() == {"success": True}

    def test_sign_in(self, anonymous, user):
        answer = anonymous.post(
            "/api/auth/sign-in/email", {"email": user.email, "password": PASSWORD, "rememberMe": True}
        )
        assert answer.status_code == 200
        assert {key: answer.json()[key] for key in ("redirect", "token")} == {"redirect": False, "token": None}
        assert answer.json()["user"]["id"] == str(user.pk)
        assert answer.cookies[COOKIE]["max-age"] == 30 * 24 * 3600

    def test_a_client_not_to_be_remembered(self, anonymous, user):
        body = {"email": user.email, "password": PASSWORD, "rememberMe": False}
        assert anonymous.post("/api/auth/sign-in/email", body).cookies[COOKIE]["max-age"] == ""

    def test_failures(self, anonymous, user):
        wrong = anonymous.post("/api/auth/sign-in/email", {"email": user.email, "password": "wrong password"})
        said = "Invalid email or password"
        assert (wrong.status_code, wrong.json()) == (
            401,
            {"error": said, "message": said, "code": "INVALID_EMAIL_OR_PASSWORD"},
        )
        taken = anonymous.post("/api/auth/sign-up/email", self.BODY | {"email": user.email})
        assert (taken.status_code, taken.json()["code"]) == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")
        for password, code in (("short", "PASSWORD_TOO_SHORT"), ("x" * 129, "PASSWORD_TOO_LONG")):
            answer = anonymous.post("/api/auth/sign-up/email", self.BODY | {"password": password})
            assert (answer.status_code, answer.json()["code"]) == (400, code)
        invalid = anonymous.post(
            "/api/auth/sign-up/email", {"email": "dan@example.com", "password": "temporary-password"}
        )
        assert (invalid.status_code, invalid.json()["code"]) == (400, "VALIDATION_ERROR")

    def test_a_sign_in_renews_the_cookie(self, anonymous, user, stranger):
        seen = set()
        for who in (user, stranger, user):
            answer = anonymous.post("/api/auth/sign-in/email", {"email": who.email, "password": PASSWORD})
            seen.add(answer.cookies[COOKIE].value)
        assert len(seen) == 3

    def test_a_planted_cookie_never_becomes_a_session(self, anonymous, user):
        anonymous.client.cookies[COOKIE] = "plantedplantedplantedplanted1234"
        answer = anonymous.post("/api/auth/sign-in/email", {"email": user.email, "password": PASSWORD})
        assert answer.cookies[COOKIE].value != "plantedplantedplantedplanted1234"


class TestBetterAuthsOrigins:
    """auth-design.md §6: for every unsafe call an untrusted or null Origin is refused, also where no cookie comes along."""

    CALLS = (
        ("/api/auth/sign-up/email", TestCouncil.BODY),
        ("/api/auth/sign-in/email", {"email": "ada@example.com", "password": PASSWORD}),
    )

    @pytest.mark.parametrize(("path", "body"), CALLS)
    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({"origin": "https://evil.example"}, "INVALID_ORIGIN"),
            ({"origin": "http://localhost.evil.example"}, "INVALID_ORIGIN"),
            ({"origin": "http://localhost:8001"}, "INVALID_ORIGIN"),
            ({"origin": "https://localhost:8000"}, "INVALID_ORIGIN"),
            ({"origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
            ({"sec-fetch-site": "cross-site"}, "MISSING_OR_NULL_ORIGIN"),
            ({"sec-fetch-site": "same-site"}, "MISSING_OR_NULL_ORIGIN"),
        ],
    )
    def test_refused(self, anonymous, user, path, body, headers, code):
        answer = anonymous.post(path, body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert COOKIE not in answer.cookies

    @pytest.mark.parametrize(("path", "body"), CALLS)
    @pytest.mark.parametrize(
        "headers",
        [{}, {"origin": "http://localhost:8000"}, {"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"},
         {"sec-fetch-site": "none"}, {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}],
    )  # fmt: skip
    def test_taken(self, anonymous, user, path, body, headers):
        assert anonymous.post(path, body, headers=headers).status_code == 200

    def test_signing_out_by_the_cookie(self, anonymous, user):
        anonymous.post("/api/auth/sign-in/email", {"email": user.email, "password": PASSWORD})
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            assert anonymous.post("/api/auth/sign-out", headers=headers).status_code == 403
        answer = anonymous.client.post("/api/auth/sign-out", {"a": "b"})  # a form, which another site could send
        assert answer.status_code == 403
        assert anonymous.get("/api/auth/session").status_code == 200

    def test_reading_is_not_minded(self, anonymous, user):
        anonymous.post("/api/auth/sign-in/email", {"email": user.email, "password": PASSWORD})
        assert anonymous.client.get("/api/auth/session", headers={"origin": "https://evil.example"}).status_code == 200


class TestAnyCredentialOnAnyDialect:
    """One session behind them all: what one dialect gave, every dialect takes; what ends in one, ends in all."""

    WHO = {
        "one": ("/auth/getCurrentUser", lambda body: body["id"]),
        "veza": ("/api/v1/users/me", lambda body: body["data"]["id"]),
        "dana": ("/api/profile", lambda body: body["profile"]["email"]),
        "council": ("/api/auth/session", lambda body: body["user"]["id"]),
    }
    SIGN_INS = {
        "one": ("/auth/signIn", lambda body: body["token"]),
        "veza": ("/api/v1/auth/login", lambda body: body["data"]["access_token"]),
        "dana": ("/api/auth/login", lambda body: body["token"]),
        "council": ("/api/auth/sign-in/email", None),
    }
    SIGN_OUTS = {
        "one": "/auth/signOut",
        "veza": "/api/v1/auth/logout",
        "dana": "/api/auth/logout",
        "council": "/api/auth/sign-out",
    }

    def signed_in(self, style, user):
        path, token_of = self.SIGN_INS[style]
        caller = Caller()
        answer = caller.post(path, {"email": user.email, "password": PASSWORD})
        assert answer.status_code == 200
        if token_of is None:
            return caller  # its cookie
        return Caller(authorization=f"Bearer {token_of(answer.json())}")

    @pytest.mark.parametrize("given", SIGN_INS)
    @pytest.mark.parametrize("taken", WHO)
    def test_is_known(self, user, given, taken):
        path, who = self.WHO[taken]
        answer = self.signed_in(given, user).get(path)
        assert answer.status_code == 200
        assert who(answer.json()) in (str(user.pk), user.email)

    @pytest.mark.parametrize("given", SIGN_INS)
    @pytest.mark.parametrize("ended", SIGN_OUTS)
    def test_ends_everywhere(self, user, given, ended):
        caller = self.signed_in(given, user)
        assert caller.post(self.SIGN_OUTS[ended], {}).status_code == 200
        for path, _ in self.WHO.values():
            answer = caller.get(path)
            if path == "/auth/getCurrentUser":  # the document knows null, but no refusal
                assert (answer.status_code, answer.json()) == (200, None)
            else:
                assert answer.status_code == 401
        assert Caller().get("/auth/getCurrentUser").json() is None

    def test_a_token_in_the_query_counts_on_one_alone(self, anonymous, user):
        token = anonymous.post("/auth/signIn", {"email": user.email, "password": PASSWORD}).json()["token"]
        for style, (path, _) in self.WHO.items():
            assert anonymous.get(path, token=token).status_code == (200 if style == "one" else 401)

    def test_a_jwt_may_stand_where_a_token_does(self, anonymous, user):
        token = anonymous.post("/api/auth/login", {"email": user.email, "password": PASSWORD}).json()["token"]
        assert anonymous.get("/auth/getCurrentUser", token=token).json()["id"] == str(user.pk)

    def test_the_page_cookie_is_known_too(self, user):
        client = Client()
        client.force_login(user)
        assert client.get("/api/v1/users/me").json()["data"]["id"] == str(user.pk)
        assert client.get("/api/auth/session").json()["user"]["id"] == str(user.pk)

    def test_a_dead_cookie_leaves_its_browser_as_nobody(self, user):
        client = Client()
        client.force_login(user)
        Session.objects.all().revoke("ended-by-owner")
        assert client.get("/api/v1/users/me").json()["code"] == "unauthenticated"
        assert client.get("/auth/getCurrentUser").content == b"null"


class TestWhatEndsASession:
    @pytest.fixture
    def caller(self, user):
        return Caller.signed_in_as(user)

    def is_known(self, caller):
        return caller.get("/api/v1/users/me").status_code == 200

    def test_a_password_set_in_the_shell(self, caller, user):
        user.set_password("another quiet colonnade")
        user.save()
        assert not self.is_known(caller)

    def test_a_password_set_in_the_admin(self, caller, user, staff):
        answer = verified_client(staff).post(
            f"/admin/accounts/user/{user.pk}/password/",
            {"password1": "another quiet one", "password2": "another quiet one"},
        )
        assert answer.status_code == 302
        assert not self.is_known(caller)

    def test_a_password_changed_on_the_page_ends_all_but_that_one(self, caller, user):
        client = Client()
        client.force_login(user)
        given = {"current_password": PASSWORD, "new_password": "another quiet one"}
        assert client.post("/settings/security/password/", given).status_code == 302
        assert not self.is_known(caller)
        assert client.get("/api/v1/users/me").status_code == 200

    def test_a_disabled_account(self, caller, user):
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert not self.is_known(caller)

    def test_a_week_without_use(self, user, clock):
        client = Client()
        client.force_login(user)
        clock.shift(dt.timedelta(days=6, hours=23))
        assert client.get("/api/v1/users/me").status_code == 200
        clock.shift(dt.timedelta(days=7, minutes=2))
        assert client.get("/api/v1/users/me").status_code == 401

    def test_fifty_newer_ones(self, caller, user, queued):
        for _ in range(50):
            open_session(user=user, style=Session.Style.WEB, client=access_client())
        assert not self.is_known(caller)
        assert Session.objects.visible_to(user).live().count() == 50

    def test_another_users_is_left_alone(self, caller, stranger):
        other = Caller.signed_in_as(stranger)
        caller.post("/api/v1/auth/logout")
        assert self.is_known(other)


def access_client():
    from accounts.verbs.clients import Client as Origin  # noqa: PLC0415 -- beside Django's own Client in this file

    return Origin()


class TestAccessTokens:
    """auth-design.md §9, 9: whatever is not exactly ours is nobody's."""

    def claims(self, session, **changes):
        import jwt  # noqa: PLC0415 -- only here, to forge

        token = access_tokens.issue(session=session)
        whole = jwt.decode(token, options={"verify_signature": False}) | changes
        return {key: value for key, value in whole.items() if value is not None}

    @pytest.mark.parametrize(
        "changes",
        [{"aud": "chat"}, {"iss": "https://evil.example"}, {"typ": "refresh"}, {"exp": 1}, {"sub": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"},
         {"sid": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"}, {"sid": "x"}, {"sid": None}, {"sub": None}, {"exp": None}, {"typ": None}],
        ids=str,
    )  # fmt: skip
    def test_wrong_claims(self, user, changes):
        import jwt  # noqa: PLC0415 -- as above

        session = Caller.signed_in_as(user).session
        forged = jwt.encode(self.claims(session, **changes), access_tokens.signing_key(), algorithm="HS256")
        assert Caller(authorization=f"Bearer {forged}").get("/api/v1/users/me").status_code == 401

    def test_other_keys_and_none(self, user):
        import jwt  # noqa: PLC0415 -- as above

        claims = self.claims(Caller.signed_in_as(user).session)
        forged = (
            jwt.encode(claims, "another key of more than thirty-two bytes", algorithm="HS256"),
            jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode(claims, None, algorithm="none"),
            jwt.encode(claims, access_tokens.signing_key() * 2, algorithm="HS512"),
        )
        for token in forged:
            assert Caller(authorization=f"Bearer {token}").get("/api/v1/users/me").status_code == 401

    def test_the_right_ones(self, user):
        import jwt  # noqa: PLC0415 -- as above

        token = jwt.encode(
            self.claims(Caller.signed_in_as(user).session), access_tokens.signing_key(), algorithm="HS256"
        )
        assert Caller(authorization=f"Bearer {token}").get("/api/v1/users/me").status_code == 200


class TestLimitsPerAddress:
    """one.txt, "Rate Limiting": one budget an address, over all dialects and the pages, also with RATE_LIMIT_* off."""

    @staticmethod
    def sign_in(caller, n, email, password=PASSWORD):
        body = {"email": email, "password": password}
        if n == "page":
            return caller.client.post("/account/login/", {"login": email, "password": password})
        return caller.post(
            ("/auth/signIn", "/api/v1/auth/login", "/api/auth/login", "/api/auth/sign-in/email")[n], body
        )

    def test_five_sign_ins_in_a_quarter_of_an_hour(self, user, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        spellings = ("ada@example.com", "ADA@example.com", " ada@example.com ", "Ada@Example.com")
        for n, email in enumerate(spellings):
            assert self.sign_in(Caller(), n, email).status_code == 200
        assert self.sign_in(Caller(), "page", user.email).status_code == 302
        for n, code in enumerate(("RATE_LIMIT_EXCEEDED", "throttled", "rate_limit_exceeded", "TOO_MANY_REQUESTS")):
            answer = self.sign_in(Caller(), n, user.email)  # the right password, too
            assert answer.status_code == 429
            assert code in answer.content.decode()
            assert int(answer["Retry-After"]) == 900
        page = self.sign_in(Caller(), "page", user.email)
        assert (page.status_code, page["Retry-After"]) == (429, "900")
        assert "Too many" in page.content.decode()
        assert self.sign_in(Caller(), 0, "somebody.else@example.com").status_code == 400
        time_machine.shift(901)
        assert self.sign_in(Caller(), 1, user.email).status_code == 200

    def test_unknown_addresses_are_limited_alike(self):
        statuses = [self.sign_in(Caller(), 1, "nobody@example.com").status_code for _ in range(6)]
        assert statuses == [401, 401, 401, 401, 401, 429]

    def test_three_sign_ups_in_an_hour(self, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        body = {"email": "new@example.com", "password": "short", "name": "New", "username": "new-one", "company": ""}
        assert Caller().post("/auth/signUp", body).status_code == 400
        assert Caller().post("/api/v1/auth/register", body | {"email": "NEW@example.com"}).status_code == 400
        page = {"name": "New", "email": "new@example.com", "password1": "short"}
        assert Caller().client.post("/account/signup/", page).status_code == 200
        for path in ("/auth/signUp", "/api/v1/auth/register", "/api/auth/signup", "/api/auth/sign-up/email"):
            assert Caller().post(path, body).status_code == 429
        answer = Caller().client.post("/account/signup/", page | {"password1": "a long enough one"})
        assert "Too many" in answer.content.decode()
        assert not User.objects.exists()
        time_machine.shift(3601)
        assert Caller().post("/auth/signUp", body | {"password": "a long enough one"}).status_code == 200

    @override_settings(RATE_LIMITS={"default": "", "auth": "3/minute", "ip": "", "global": ""})
    def test_secrets_have_a_limit_per_caller_too(self, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        statuses = [self.sign_in(Caller(), n, f"person{n}@example.com").status_code for n in range(4)]
        assert statuses == [400, 401, 401, 429]

    def test_switched_off_means_off(self):
        for n in range(40):
            assert self.sign_in(Caller(), "page", f"person{n}@example.com").status_code == 200


class TestNamesAreOne:
    def test_a_race_is_told_as_what_it_is(self, user, monkeypatch):
        monkeypatch.setattr("accounts.verbs.registration.check_new", lambda **_: None)
        body = TestVeza.BODY | {"email": "other@example.com", "username": "ADA"}
        answer = Caller().post("/api/v1/auth/register", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
        answer = Caller().post("/api/v1/auth/register", body | {"email": user.email, "username": "other"})
        assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")

    def test_no_secret_is_readable_in_the_database(self, anonymous, user):
        token = anonymous.post("/auth/signIn", {"email": user.email, "password": PASSWORD}).json()["token"]
        row = Session.objects.get()
        assert token not in (row.token_hash, row.auth_hash)
        assert len(row.token_hash) == 64
        assert UserFactory().password != PASSWORD
