"""Signing up, in and out over Better Auth's wire: what it must never do (auth-design.md §9, 5, 17 and 24)."""

import pytest
from django.conf import settings

from accounts.models import Session, User
from accounts.verbs.two_factor import confirm, set_up
from tests.clients import Caller
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

COOKIE = settings.SESSION_COOKIE_NAME
SIGN_UP, SIGN_IN, SIGN_OUT = "/api/auth/sign-up/email", "/api/auth/sign-in/email", "/api/auth/sign-out"
NEW = {"email": "dan@example.com", "name": "Dan", "password": "temporary-password"}


@pytest.fixture
def body(user):
    return {"email": user.email, "password": PASSWORD}


class TestTheCookie:
    def test_a_planted_one_never_becomes_a_session(self, anonymous, body):
        planted = "a" * 32
        anonymous.client.cookies[COOKIE] = planted
        answer = anonymous.post(SIGN_IN, body)
        assert answer.cookies[COOKIE].value != planted
        victim = Caller()
        victim.client.cookies[COOKIE] = planted
        assert victim.get("/api/auth/session").status_code == 401

    def test_the_old_value_is_dead_after_a_sign_in(self, anonymous, body):
        old = anonymous.post(SIGN_IN, body).cookies[COOKIE].value
        anonymous.post(SIGN_IN, body)
        thief = Caller()
        thief.client.cookies[COOKIE] = old
        assert thief.get("/api/auth/session").status_code == 401
        assert anonymous.get("/api/auth/session").status_code == 200

    def test_a_refused_sign_in_leaves_the_session_alone(self, anonymous, body, stranger):
        anonymous.post(SIGN_IN, body)
        answer = anonymous.post(SIGN_IN, {"email": stranger.email, "password": "wrong"})
        assert COOKIE not in answer.cookies
        assert anonymous.get("/api/auth/session").json()["user"]["email"] == body["email"]

    def test_a_half_way_sign_in_leaves_it_alone_too(self, anonymous, body, stranger):
        set_up(user=stranger)
        confirm(user=stranger)
        anonymous.post(SIGN_IN, body)
        answer = anonymous.post(SIGN_IN, {"email": stranger.email, "password": PASSWORD})
        assert COOKIE not in answer.cookies
        assert anonymous.get("/api/auth/session").json()["user"]["email"] == body["email"]

    def test_no_answer_sets_and_clears_it(self, anonymous, body):
        for answer in (anonymous.post(SIGN_UP, NEW), anonymous.post(SIGN_IN, body)):
            assert (len(answer.cookies[COOKIE].value), answer.cookies[COOKIE]["max-age"]) == (32, 30 * 24 * 3600)
        assert anonymous.post(SIGN_OUT).cookies[COOKIE]["max-age"] == 0


class TestOnward:
    @pytest.mark.parametrize(
        "url",
        ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%2f/evil.example", "/%5cevil.example",
         "javascript:alert(1)", "http://localhost:8000.evil.example", "http://localhost:8000@evil.example", "http://localhost:8000//evil.example",
         "http://testserver\\@evil.example", "evil.example", "/a\nb", "/\t/evil.example", "data:text/html,x"],
    )  # fmt: skip
    @pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN])
    def test_never_to_another_site(self, anonymous, body, path, url):
        answer = anonymous.post(path, {**(body if path == SIGN_IN else NEW), "callbackURL": url})
        assert (answer.status_code, COOKIE in answer.cookies) in ((403, False), (400, False)), url
        assert not Session.objects.exists()

    @pytest.mark.parametrize(
        "url",
        ["/", "/settings/?tab=1#keys", "http://localhost:8000/council/x", "http://testserver", "http://testserver/"],
    )
    def test_to_this_one(self, anonymous, body, url):
        answer = anonymous.post(SIGN_IN, {**body, "callbackURL": url})
        assert (answer.status_code, answer.json()["redirect"], answer.json()["url"]) == (200, True, url)

    def test_nowhere(self, anonymous, body):
        answer = anonymous.post(SIGN_IN, body).json()
        assert (answer["redirect"], "url" in answer) == (False, False)


class TestSignUp:
    def test_an_image_is_not_fetched(self, anonymous):
        answer = anonymous.post(SIGN_UP, {**NEW, "image": "http://169.254.169.254/latest/meta-data"})
        assert (answer.status_code, answer.json()["user"]["image"]) == (200, None)
        assert not User.objects.get().image

    def test_not_to_be_remembered(self, anonymous):
        assert anonymous.post(SIGN_UP, {**NEW, "rememberMe": False}).cookies[COOKIE]["max-age"] == ""


class TestRefusals:
    def test_one_for_a_wrong_password_and_an_unknown_address(self, anonymous, user):
        answers = [
            anonymous.post(SIGN_IN, {"email": email, "password": "wrong password"})
            for email in (user.email, "nobody@example.com")
        ]
        user.is_active = False
        user.save()
        answers.append(anonymous.post(SIGN_IN, {"email": user.email, "password": PASSWORD}))
        assert (
            len({(answer.status_code, answer.content, str(sorted(answer.headers.items()))) for answer in answers}) == 1
        )
        assert answers[0].status_code == 401

    def test_too_many_say_when_to_come_back(self, anonymous, body):
        for _ in range(5):
            anonymous.post(SIGN_IN, body)
        answer = anonymous.post(SIGN_IN, body)
        said = "Too many requests. Please try again later."
        assert (answer.status_code, answer.json()) == (
            429,
            {"error": said, "message": said, "code": "TOO_MANY_REQUESTS"},
        )
        assert (answer["Retry-After"], answer["X-Retry-After"]) == ("900", "900")


class TestOrigin:
    FOREIGN = ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"})
    EVERY = (
        *(SIGN_UP, SIGN_IN, SIGN_OUT),
        *(f"/api/auth/two-factor/{step}" for step in ("verify-totp", "verify-backup-code")),
        *(
            f"/api/auth/passkey/{step}"
            for step in (
                *("generate-registration-options", "generate-register-options", "verify-registration"),
                *("generate-authentication-options", "generate-authenticate-options", "verify-authentication"),
                *("delete-passkey", "update-passkey"),
            )
        ),
    )

    @pytest.mark.parametrize("headers", FOREIGN, ids=str)
    def test_asked_of_everybody(self, anonymous, headers):
        for path in self.EVERY:
            answer = anonymous.post(path, {}, headers=headers)
            assert answer.status_code == 403, path
            assert answer.json()["code"] in ("INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN")

    @pytest.mark.parametrize(
        "type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    )
    def test_a_form_signs_nobody_in(self, anonymous, user, type):
        body = f'{{"email": "{user.email}", "password": "{PASSWORD}"}}'
        for headers in ({}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}):
            answer = anonymous.client.generic("POST", SIGN_IN, body, content_type=type, headers=headers)
            assert answer.status_code == (403 if headers else 415)
            assert COOKIE not in answer.cookies

    def test_not_of_who_brings_a_token(self, caller):
        answer = caller.post(SIGN_OUT, headers={"origin": "https://app.example"})
        assert (answer.status_code, answer.json()) == (200, {"success": True})

    def test_a_stranger_is_given_no_credentialed_cors(self, anonymous, body):
        anonymous.post(SIGN_IN, body)
        for answer in (
            anonymous.client.get("/api/auth/session", headers={"origin": "https://evil.example"}),
            anonymous.client.options("/api/auth/session", headers={"origin": "https://evil.example"}),
        ):
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
