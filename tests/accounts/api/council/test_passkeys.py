"""Passkeys over the wire: as council.txt writes them and as Better Auth's client sends them."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Passkey, Session
from accounts.verbs.api_keys import create_key
from accounts.verbs.two_factor import confirm, set_up
from tests.clients import Caller
from tests.factories.accounts import PASSWORD
from tests.fakes.authenticator import Authenticator

pytestmark = pytest.mark.django_db

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SESSION, CHALLENGE = settings.SESSION_COOKIE_NAME, "better-auth.better-auth-passkey"
REGISTRATION_OPTIONS = "/api/auth/passkey/generate-registration-options"
SIGN_IN_OPTIONS = "/api/auth/passkey/generate-authentication-options"
VERIFY_REGISTRATION, VERIFY_SIGN_IN = "/api/auth/passkey/verify-registration", "/api/auth/passkey/verify-authentication"
LIST, REMOVE, RENAME = (
    f"/api/auth/passkey/{name}" for name in ("list-user-passkeys", "delete-passkey", "update-passkey")
)


def signed_in(user):
    caller = Caller()
    assert caller.post("/api/auth/sign-in/email", {"email": user.email, "password": PASSWORD}).status_code == 200
    return caller


@pytest.fixture
def authenticator():
    return Authenticator()


@pytest.fixture
def caller(user):
    return signed_in(user)


@pytest.fixture
def passkey(caller, authenticator):
    options = caller.get(REGISTRATION_OPTIONS).json()
    answer = caller.post(VERIFY_REGISTRATION, {"credential": authenticator.creates(options), "name": "Dan's MacBook"})
    assert answer.status_code == 200
    return Passkey.objects.get()


class TestRegisterPasskey:
    def test_as_documented(self, caller, user, authenticator):
        asked = caller.get(REGISTRATION_OPTIONS)
        assert (asked.status_code, asked["Cache-Control"]) == (200, "no-store")
        cookie = asked.cookies[CHALLENGE]
        assert {key: cookie[key] for key in ("httponly", "samesite", "path", "max-age", "secure")} == {
            "httponly": True,
            "samesite": "Lax",
            "path": "/",
            "max-age": 300,
            "secure": "",
        }
        assert cookie.value not in asked.content.decode()
        credential = authenticator.creates(asked.json())
        answer = caller.post(VERIFY_REGISTRATION, {"credential": credential, "name": "Dan's MacBook"})
        assert answer.status_code == 200
        assert answer.cookies[CHALLENGE]["max-age"] == 0
        body = answer.json()
        assert ISO.fullmatch(body.pop("createdAt"))
        assert len(body.pop("publicKey")) > 90
        assert body == {
            "id": str(Passkey.objects.get().uuid),
            "name": "Dan's MacBook",
            "userId": str(user.pk),
            "credentialID": credential["id"],
            "counter": 1,
            "deviceType": "singleDevice",
            "backedUp": False,
            "transports": "hybrid,internal",
            "aaguid": "00000000-0000-0000-0000-000000000000",
        }

    @pytest.mark.parametrize("spelt", [lambda a: {"response": a}, lambda a: {"credential": a}, lambda a: a])
    def test_every_spelling_of_the_answer(self, caller, authenticator, spelt):
        options = caller.get("/api/auth/passkey/generate-register-options", name="Dan", context="x").json()
        answer = caller.post(VERIFY_REGISTRATION, spelt(authenticator.creates(options)))
        assert (answer.status_code, answer.json()["name"]) == (200, "Passkey")

    def test_the_kind_of_authenticator(self, caller):
        options = caller.get(REGISTRATION_OPTIONS, authenticatorAttachment="platform").json()
        assert options["authenticatorSelection"]["authenticatorAttachment"] == "platform"
        wrong = caller.get(REGISTRATION_OPTIONS, authenticatorAttachment="stone")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "VALIDATION_ERROR")

    def test_the_same_key_is_excluded(self, caller, passkey):
        options = caller.get(REGISTRATION_OPTIONS).json()
        assert [each["id"] for each in options["excludeCredentials"]] == [passkey.credential_id]

    def test_nobody(self, anonymous):
        for answer in (anonymous.get(REGISTRATION_OPTIONS), anonymous.post(VERIFY_REGISTRATION, {"credential": {}})):
            assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")

    def test_a_stale_session_shows_who_it_is_first(self, caller):
        Session.objects.update(proven_at="2026-01-01T00:00:00Z")
        stale = caller.get(REGISTRATION_OPTIONS)
        assert (stale.status_code, stale.json()["code"]) == (403, "SESSION_NOT_FRESH")
        assert CHALLENGE not in stale.cookies
        assert caller.post(REGISTRATION_OPTIONS, {"password": "wrong"}).status_code == 401
        assert caller.post(REGISTRATION_OPTIONS, {"password": PASSWORD}).status_code == 200
        assert caller.get(REGISTRATION_OPTIONS).status_code == 200  # proven just now

    def test_another_users_challenge_and_another_browsers(self, caller, user, stranger, authenticator):
        for other in (signed_in(stranger), signed_in(user)):
            options = other.get(REGISTRATION_OPTIONS).json()
            caller.client.cookies[CHALLENGE] = other.client.cookies[CHALLENGE].value
            answer = caller.post(VERIFY_REGISTRATION, {"response": authenticator.creates(options)})
            assert (answer.status_code, answer.json()["code"]) == (400, "CHALLENGE_NOT_FOUND")

    def test_faults(self, caller, authenticator, passkey):
        for body in ({}, {"credential": "x"}, {"credential": None}, {"name": "x" * 65, "credential": {}}):
            answer = caller.post(VERIFY_REGISTRATION, body)
            assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
        options = caller.get(REGISTRATION_OPTIONS).json()
        spoilt = caller.post(VERIFY_REGISTRATION, {"credential": Authenticator().creates(options, party="x")})
        said = "Failed to verify registration"
        assert (spoilt.status_code, spoilt.json()) == (
            400,
            {"error": said, "message": said, "code": "FAILED_TO_VERIFY_REGISTRATION"},
        )
        options = caller.get(REGISTRATION_OPTIONS).json()
        taken = caller.post(VERIFY_REGISTRATION, {"credential": authenticator.creates(options)})
        assert (taken.status_code, taken.json()["code"]) == (422, "PREVIOUSLY_REGISTERED")

    def test_no_api_key_comes_near(self, user, passkey):
        _, raw = create_key(user=user, name="all", scopes=[ApiKey.Scope.READ, ApiKey.Scope.WRITE])
        caller = Caller(**{"X-API-Key": raw})
        for answer in (
            caller.get(REGISTRATION_OPTIONS),
            caller.get(LIST),
            caller.post(REMOVE, {"id": str(passkey.uuid)}),
            caller.get("/api/auth/session"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "API_KEY_REFUSED")


class TestAuthenticateWithPasskey:
    @pytest.fixture(autouse=True)
    def _registered(self, passkey):
        """Whoever signs in here has one."""

    def test_as_documented(self, anonymous, user, passkey, authenticator):
        asked = anonymous.get(SIGN_IN_OPTIONS)
        assert (asked.status_code, asked.json()["allowCredentials"]) == (200, [])
        answer = anonymous.post(VERIFY_SIGN_IN, {"credential": authenticator.gets(asked.json())})
        assert answer.status_code == 200
        body = answer.json()
        session = Session.objects.get(pk=body["session"]["id"])
        assert set(body) == {"session", "user"}
        assert body["user"]["id"] == body["session"]["userId"] == str(user.pk)
        assert "token" not in body["session"]
        assert (session.style, session.otp_device) == ("council", passkey.persistent_id)
        assert answer.cookies[SESSION]["max-age"] == 30 * 24 * 3600
        assert answer.cookies[CHALLENGE]["max-age"] == 0
        assert anonymous.get("/api/auth/session").json() == body

    @pytest.mark.parametrize("spelt", [lambda a: {"response": a}, lambda a: {"credential": a}, lambda a: a])
    @pytest.mark.parametrize(
        "ask", [lambda c, p: c.get(p), lambda c, p: c.post(p), lambda c, p: c.post(p, {"email": "a@b.c"})]
    )
    def test_every_client(self, anonymous, authenticator, spelt, ask):
        options = ask(anonymous, "/api/auth/passkey/generate-authenticate-options").json()
        answer = anonymous.post(VERIFY_SIGN_IN, spelt(authenticator.gets(options)))
        assert answer.status_code == 200

    def test_asks_for_no_code(self, anonymous, user, authenticator):
        set_up(user=user)
        confirm(user=user)
        options = anonymous.get(SIGN_IN_OPTIONS).json()
        answer = anonymous.post(VERIFY_SIGN_IN, {"response": authenticator.gets(options)})
        assert answer.status_code == 200
        assert anonymous.get("/api/auth/session").status_code == 200

    def test_the_request_is_verified(self, anonymous, passkey, authenticator):
        options = anonymous.get(SIGN_IN_OPTIONS).json()
        anonymous.post(VERIFY_SIGN_IN, {"response": authenticator.gets(options)})
        request = anonymous.client.get("/api/auth/session").wsgi_request
        assert request.user.is_verified()
        assert request.user.otp_device == passkey

    def test_opens_the_admin_for_staff(self, anonymous, user, authenticator):
        user.is_staff = user.is_superuser = True
        user.save()
        options = anonymous.get(SIGN_IN_OPTIONS).json()
        anonymous.post(VERIFY_SIGN_IN, {"response": authenticator.gets(options)})
        assert anonymous.client.get("/admin/").status_code == 200

    def test_one_refusal_whatever_is_wrong(self, anonymous, stranger, authenticator):
        unknown = Authenticator()
        unknown.handle = authenticator.handle
        refusals = []
        for who, spoilt in (
            (unknown, {}),
            (authenticator, {"party": "x"}),
            (authenticator, {"handle": bytes(stranger.webauthn_handle)}),
            (authenticator, {"counter": 0}),
        ):
            options = anonymous.get(SIGN_IN_OPTIONS).json()
            answer = anonymous.post(VERIFY_SIGN_IN, {"response": who.gets(options, **spoilt)})
            refusals.append((answer.status_code, answer.json()))
            assert SESSION not in answer.cookies
        said = "Authentication failed"
        assert refusals == [(401, {"error": said, "message": said, "code": "AUTHENTICATION_FAILED"})] * 4

    def test_a_replay_finds_no_challenge(self, anonymous, authenticator):
        options = anonymous.get(SIGN_IN_OPTIONS)
        answer = authenticator.gets(options.json())
        assert anonymous.post(VERIFY_SIGN_IN, {"response": answer}).status_code == 200
        again = Caller()
        again.client.cookies[CHALLENGE] = options.cookies[CHALLENGE].value
        for caller in (again, Caller()):
            replay = caller.post(VERIFY_SIGN_IN, {"response": answer})
            assert (replay.status_code, replay.json()["code"]) == (400, "CHALLENGE_NOT_FOUND")
            assert SESSION not in replay.cookies

    def test_ends_what_the_cookie_stood_for(self, caller, stranger, authenticator):
        other = signed_in(stranger)
        before = other.client.cookies[SESSION].value
        options = other.get(SIGN_IN_OPTIONS).json()
        answer = other.post(VERIFY_SIGN_IN, {"response": authenticator.gets(options)})
        assert answer.cookies[SESSION].value != before
        assert Session.objects.get(user=stranger).revoke_reason == "replaced"

    @pytest.mark.parametrize(
        "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
    )
    def test_no_other_site_signs_anybody_in(self, anonymous, authenticator, headers):
        options = anonymous.get(SIGN_IN_OPTIONS).json()
        answer = anonymous.post(VERIFY_SIGN_IN, {"response": authenticator.gets(options)}, headers=headers)
        assert answer.status_code == 403
        assert SESSION not in answer.cookies

    def test_where_the_site_has_no_name(self, anonymous):
        with override_settings(SITE_URL="http://192.0.2.7"):
            answer = anonymous.get(SIGN_IN_OPTIONS)
        assert (answer.status_code, answer.json()["code"]) == (422, "PASSKEYS_NEED_A_NAME")


class TestOnesOwn:
    def test_listed(self, caller, passkey, stranger):
        assert [each["id"] for each in caller.get(LIST).json()] == [str(passkey.uuid)]
        assert signed_in(stranger).get(LIST).json() == []

    def test_the_list_takes_as_many_queries_for_three(self, caller, user, passkey):
        taken = []
        for name in ("second", "third"):
            with CaptureQueriesContext(connection) as queries:
                caller.get(LIST)
            taken.append([query["sql"] for query in queries])
            Passkey.objects.create(user=user, name=name, credential_id=name, public_key=b"")
        assert len(taken[0]) == len(taken[1]) == 3, taken

    def test_renamed(self, caller, passkey):
        answer = caller.post(RENAME, {"id": str(passkey.uuid), "name": "The grey one"})
        assert (answer.status_code, answer.json()["passkey"]["name"]) == (200, "The grey one")
        assert caller.post(RENAME, {"id": str(passkey.uuid), "name": " "}).status_code == 400

    def test_removed(self, caller, passkey):
        answer = caller.post(REMOVE, {"id": str(passkey.uuid)})
        assert (answer.status_code, answer.json()) == (200, {"status": True})
        assert caller.get(LIST).json() == []
        assert caller.get("/api/auth/session").status_code == 200

    def test_removing_asks_who_it_is(self, caller, passkey):
        Session.objects.update(proven_at="2026-01-01T00:00:00Z")
        answer = caller.post(REMOVE, {"id": str(passkey.uuid)})
        assert (answer.status_code, answer.json()["code"]) == (403, "SESSION_NOT_FRESH")
        assert caller.post(REMOVE, {"id": str(passkey.uuid), "password": PASSWORD}).json() == {"status": True}

    def test_anothers_is_not_there(self, passkey, stranger):
        theirs = signed_in(stranger)
        for path, body in ((REMOVE, {}), (RENAME, {"name": "Mine"})):
            for passkey_id in (str(passkey.uuid), "x"):
                answer = theirs.post(path, {"id": passkey_id, **body})
                assert (answer.status_code, answer.json()["code"]) == (404, "PASSKEY_NOT_FOUND")
            assert theirs.post(path, {"id": 5, **body}).status_code == 400

    def test_nobody(self, anonymous):
        assert anonymous.get(LIST).status_code == 401
        for path in (REMOVE, RENAME):
            assert anonymous.post(path, {"id": "x", "name": "y"}).status_code == 401

    def test_a_foreign_origin(self, caller, passkey):
        for path in (REMOVE, RENAME, VERIFY_REGISTRATION, REGISTRATION_OPTIONS):
            answer = caller.post(
                path, {"id": str(passkey.uuid), "name": "x"}, headers={"origin": "https://evil.example"}
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "INVALID_ORIGIN")
