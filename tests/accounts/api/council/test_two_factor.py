"""Better Auth's two steps: no session before the code, and a ticket that dies (auth-design.md §9, 10 to 12)."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session
from accounts.verbs import wrong_tries
from accounts.verbs.two_factor import confirm, set_up
from tests.clients import Caller
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

SESSION, TICKET = settings.SESSION_COOKIE_NAME, "better-auth.two_factor"
SIGN_IN = "/api/auth/sign-in/email"
VERIFY, VERIFY_BACKUP = "/api/auth/two-factor/verify-totp", "/api/auth/two-factor/verify-backup-code"
HALF_WAY = {"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}


@pytest.fixture
def codes(user):
    """The backup codes of an account whose second factor is on."""
    enrolment = set_up(user=user)
    confirm(user=user)
    return enrolment.backup_codes


@pytest.fixture
def body(user, codes):
    return {"email": user.email, "password": PASSWORD}


def code_of(user):
    return f"{totp(TOTPDevice.objects.get(user=user, confirmed=True).bin_key):06}"


class TestTwoSteps:
    def test_no_session_before_the_code(self, anonymous, user, body):
        first = anonymous.post(SIGN_IN, body)
        assert (first.status_code, first.json()) == (200, HALF_WAY)
        assert SESSION not in first.cookies
        assert not Session.objects.exists()
        cookie = first.cookies[TICKET]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", 600)
        assert anonymous.get("/api/auth/get-session").content == b"null"

        second = anonymous.post(VERIFY, {"code": code_of(user), "trustDevice": True})
        assert second.status_code == 200
        assert (second.json()["token"], second.json()["user"]["id"]) == (None, str(user.pk))
        assert second.cookies[TICKET]["max-age"] == 0
        assert second.cookies[SESSION]["max-age"] == 30 * 24 * 3600
        device = TOTPDevice.objects.get(user=user)
        assert Session.objects.get().otp_device == device.persistent_id
        assert anonymous.get("/api/auth/session").status_code == 200
        assert anonymous.client.get("/api/auth/session").wsgi_request.user.is_verified()

    def test_a_backup_code_works_once(self, user, body, codes):
        for expected in (200, 401):
            caller = Caller()
            caller.post(SIGN_IN, body)
            answer = caller.post(VERIFY_BACKUP, {"code": codes[0].lower()})
            assert answer.status_code == expected
        assert answer.json()["code"] == "INVALID_CODE"
        assert Session.objects.count() == 1

    def test_not_to_be_remembered(self, anonymous, user, body):
        anonymous.post(SIGN_IN, {**body, "rememberMe": False})
        assert anonymous.post(VERIFY, {"code": code_of(user)}).cookies[SESSION]["max-age"] == ""

    def test_a_ticket_counts_once(self, anonymous, user, body, codes):
        ticket = anonymous.post(SIGN_IN, body).cookies[TICKET].value
        assert anonymous.post(VERIFY, {"code": code_of(user)}).status_code == 200
        thief = Caller()
        thief.client.cookies[TICKET] = ticket
        answer = thief.post(VERIFY_BACKUP, {"code": codes[0]})
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TWO_FACTOR_COOKIE")

    def test_no_ticket(self, anonymous, user, body):
        for ticket in (None, "", "made up"):
            if ticket is not None:
                anonymous.client.cookies[TICKET] = ticket
            answer = anonymous.post(VERIFY, {"code": code_of(user)})
            assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TWO_FACTOR_COOKIE")
        assert not Session.objects.exists()

    def test_five_tries(self, anonymous, user, body, codes):
        anonymous.post(SIGN_IN, body)
        for _ in range(5):
            answer = anonymous.post(VERIFY_BACKUP, {"code": "AAAA-AAAA-AAAA-AAAA"})
            assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CODE")
            wrong_tries.forgive(user)  # only the ticket's own count is asked for here
        answer = anonymous.post(VERIFY_BACKUP, {"code": codes[0]})
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TWO_FACTOR_COOKIE")

    def test_the_account_locks_over_all_tickets(self, user, body, codes):
        for _ in range(5):
            caller = Caller()
            assert caller.post(SIGN_IN, body).status_code == 200
            assert caller.post(VERIFY, {"code": "AAAAAAAAAAAAAAAA"}).status_code == 401
        answer = caller.post(VERIFY_BACKUP, {"code": codes[0]})
        assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
        assert int(answer["Retry-After"]) == int(answer["X-Retry-After"]) > 0

    def test_ten_minutes(self, anonymous, body, codes, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        anonymous.post(SIGN_IN, body)
        time_machine.shift(601)
        answer = anonymous.post(VERIFY_BACKUP, {"code": codes[0]})
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TWO_FACTOR_COOKIE")

    def test_a_new_password_or_a_switched_off_account_voids_it(self, user, body, codes):
        first, second = Caller(), Caller()
        first.post(SIGN_IN, body)
        second.post(SIGN_IN, body)
        user.is_active = False
        user.save()
        assert first.post(VERIFY_BACKUP, {"code": codes[0]}).status_code == 401
        user.is_active = True
        user.set_password("another quiet one")
        user.save()
        assert second.post(VERIFY_BACKUP, {"code": codes[0]}).status_code == 401
        assert not Session.objects.exists()

    def test_nothing_readable_is_kept(self, anonymous, body, monkeypatch):
        kept = {}
        monkeypatch.setattr(cache, "set", lambda key, value, *_: kept.update({key: value}))
        ticket = anonymous.post(SIGN_IN, body).cookies[TICKET].value
        assert any(key.startswith("slip:two-factor:") for key in kept)
        assert ticket not in str(kept)

    def test_bad_bodies(self, anonymous):
        for body in ({}, {"code": 123456}, {"code": "x" * 65}, {"code": "123456", "trustDevice": "yes"}):
            answer = anonymous.post(VERIFY, body)
            assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")

    def test_a_foreign_origin(self, anonymous, user, body):
        anonymous.post(SIGN_IN, body)
        answer = anonymous.post(VERIFY, {"code": code_of(user)}, headers={"origin": "https://evil.example"})
        assert (answer.status_code, answer.json()["code"]) == (403, "INVALID_ORIGIN")
        assert SESSION not in answer.cookies


class TestOneCall:
    """decisions.md §6: the sign-in takes `otp` in the body too."""

    def test_with_the_code(self, anonymous, user, body):
        answer = anonymous.post(SIGN_IN, {**body, "otp": code_of(user)})
        assert (answer.status_code, answer.json()["redirect"]) == (200, False)
        assert TICKET not in answer.cookies
        assert anonymous.get("/api/auth/session").status_code == 200

    def test_a_code_works_once(self, user, body):
        code = code_of(user)
        assert Caller().post(SIGN_IN, {**body, "otp": code}).status_code == 200
        assert Caller().post(SIGN_IN, {**body, "otp": code}).status_code == 401

    def test_with_a_wrong_one(self, anonymous, body):
        answer = anonymous.post(SIGN_IN, {**body, "otp": "AAAA-AAAA-AAAA-AAAA"})
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CODE")
        assert (SESSION in answer.cookies, TICKET in answer.cookies) == (False, False)

    def test_a_code_where_none_is_asked_for(self, anonymous, stranger):
        body = {"email": stranger.email, "password": PASSWORD, "otp": "123456"}
        assert anonymous.post(SIGN_IN, body).status_code == 200

    def test_the_right_code_is_no_password(self, anonymous, user, body):
        answer = anonymous.post(SIGN_IN, {**body, "password": "wrong", "otp": code_of(user)})
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")
