"""The second factor: asked for, set up, spent once."""

import datetime as dt

import pytest
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import SecurityEvent, Session
from accounts.verbs.two_factor import check_second_factor
from tests.contracts.auth_checks.common import NEW, at_once, code_of, outcome, unlimited, with_second_factor
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, token_in
from tests.styles import APIS, JSON, attempt, signed_in

pytestmark = pytest.mark.django_db


class TestSecondFactor:
    """[6.3.4, 6.4.3, 6.5.1]"""

    CODES = {
        "one": (401, "TWO_FACTOR_REQUIRED"),
        "veza": (401, "two_factor_required"),
        "dana": (401, "two_factor_required"),
    }

    @pytest.mark.parametrize("style", APIS)
    def test_the_password_alone_opens_nothing(self, user, style):
        with_second_factor(user)
        Session.objects.all().delete()
        answer, client = attempt(style, user.email)
        assert not Session.objects.exists()
        assert "better-auth.session_token" not in client.cookies
        if style in self.CODES:
            body = answer.json()
            code = body["error"]["code"] if style == "dana" else body["code"]
            assert (answer.status_code, code) == self.CODES[style]

    @pytest.mark.parametrize("style", APIS)
    def test_a_right_code_opens_a_session_that_knows_its_device(self, user, style):
        with_second_factor(user)
        signed_in(style, user.email, otp=code_of(user))
        device = TOTPDevice.objects.get(user=user)
        assert Session.objects.get(user=user).otp_device == device.persistent_id

    def test_a_magic_link_opens_nothing_without_it_and_is_not_spent(self, user):
        with_second_factor(user)
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        token = token_in(delivered()[-1])
        answer = Client().post("/auth/signInWithMagicLink", {"token": token}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (401, "TWO_FACTOR_REQUIRED")
        answer = Client().post("/auth/signInWithMagicLink", {"token": token, "otp": code_of(user)}, **JSON)
        assert (answer.status_code, answer.json()["userId"]) == (200, str(user.pk))

    def test_a_reset_leaves_it_on(self, user):
        with_second_factor(user)
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(delivered()[-1])
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert attempt("one", user.email, NEW)[0].json()["code"] == "TWO_FACTOR_REQUIRED"

    @pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
    def test_a_code_lives_one_step_either_side(self, user, steps, status):
        with_second_factor(user)
        assert attempt("veza", user.email, otp=code_of(user, steps))[0].status_code == status

    def test_a_code_works_once(self, user):
        with_second_factor(user)
        code = code_of(user)
        assert attempt("veza", user.email, otp=code)[0].status_code == 200
        assert attempt("one", user.email, otp=code)[0].status_code == 401

    def test_five_wrong_codes_lock_it_for_the_right_one_too(self, user, clock):
        codes = with_second_factor(user)
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        token = token_in(delivered()[-1])
        for _ in range(5):
            answer = Client().post("/auth/signInWithMagicLink", {"token": token, "otp": "000000"}, **JSON)
            assert (answer.status_code, answer.json()["message"]) == (401, "Invalid code of the second factor")
            clock.shift(dt.timedelta(seconds=2))
        right = {"token": token, "otp": codes[0]}
        answer = Client().post("/auth/signInWithMagicLink", right, **JSON)
        assert (answer.status_code, answer["Retry-After"]) == (429, "900")
        kinds = list(SecurityEvent.objects.filter(user=user).values_list("type", flat=True))
        assert (kinds.count("second_factor_failed"), kinds.count("second_factor_locked")) == (5, 1)
        unlimited()  # a quarter of an hour later
        assert Client().post("/auth/signInWithMagicLink", right, **JSON).status_code == 200

    def test_a_backup_code_works_once_however_it_is_typed(self, user):
        codes = with_second_factor(user)
        assert attempt("dana", user.email, otp=f" {codes[0].lower().replace('-', ' ')} ")[0].status_code == 200
        assert attempt("dana", user.email, otp=codes[0])[0].status_code == 401
        assert StaticToken.objects.filter(device__user=user).count() == 9

    def test_new_codes_void_the_old(self, user, clock):
        old = with_second_factor(user)
        new = with_second_factor(user)
        assert attempt("dana", user.email, otp=old[0])[0].status_code == 401
        clock.shift(dt.timedelta(seconds=2))  # the delay after a wrong code
        assert attempt("dana", user.email, otp=new[0])[0].status_code == 200


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """[6.5.1]"""

    def test_a_backup_code_opens_one_session(self, user):
        code = with_second_factor(user)[0]
        Session.objects.all().delete()
        results = at_once(4, lambda n: attempt("one", user.email, otp=code)[0].status_code)
        assert sorted(results) == [200, 401, 401, 401]
        assert Session.objects.count() == 1

    def test_a_link_is_spent_once(self, user):
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        body = {"token": token_in(delivered()[-1])}
        results = at_once(4, lambda n: Client().post("/auth/signInWithMagicLink", body, **JSON).status_code)
        assert sorted(results) == [200, 400, 400, 400]

    def test_five_tries_are_judged(self, user):
        codes = with_second_factor(user)
        results = at_once(8, lambda n: outcome(lambda: check_second_factor(user=user, code="000000")))
        assert sorted(results) == ["throttled"] * 3 + ["unauthenticated"] * 5
        assert outcome(lambda: check_second_factor(user=user, code=codes[0])) == "throttled"

    def test_a_limit_holds(self, user):
        """[6.3.1]"""
        results = at_once(8, lambda n: attempt("one", user.email)[0].status_code)
        assert sorted(results) == [200] * 5 + [429] * 3


class TestSettingUp:
    """[7.5.1]"""

    def one(self, user):
        return signed_in("one", user.email).query

    def test_changes_nothing_until_it_is_verified(self, user):
        token = self.one(user)
        answer = Client().post("/auth/setup2FA", {"token": token}, **JSON)
        assert (answer.status_code, set(answer.json())) == (200, {"secret", "backupCodes", "otpauthUrl"})
        assert (len(answer.json()["backupCodes"]), len(set(answer.json()["backupCodes"]))) == (10, 10)
        status = Client().get(f"/auth/get2FAStatus?token={token}").json()
        assert status == {"enabled": False, "hasSetup": True}
        assert attempt("one", user.email)[0].status_code == 200
        assert Client().post("/auth/verify2FA", {"token": token}, **JSON).json() == {"success": True}
        status = Client().get(f"/auth/get2FAStatus?token={token}").json()
        assert status == {"enabled": True, "hasSetup": True}
        assert attempt("one", user.email)[0].json()["code"] == "TWO_FACTOR_REQUIRED"
        assert [message.to for message in delivered()] == [[user.email]]

    def test_a_code_that_is_given_must_be_right(self, user, clock):
        token = self.one(user)
        Client().post("/auth/setup2FA", {"token": token}, **JSON)
        answer = Client().post("/auth/verify2FA", {"token": token, "code": "000000"}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
        assert not TOTPDevice.objects.filter(confirmed=True).exists()
        clock.shift(dt.timedelta(seconds=2))
        answer = Client().post("/auth/verify2FA", {"token": token, "code": code_of(user)}, **JSON)
        assert answer.status_code == 200

    def test_a_set_up_that_was_left_is_not_switched_on_later(self, user, clock):
        token = self.one(user)
        Client().post("/auth/setup2FA", {"token": token}, **JSON)
        clock.shift(dt.timedelta(minutes=31))
        assert Client().post("/auth/verify2FA", {"token": token}, **JSON).status_code == 400
        assert not TOTPDevice.objects.filter(confirmed=True).exists()

    def test_verify_needs_a_set_up(self, user):
        answer = Client().post("/auth/verify2FA", {"token": self.one(user)}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")

    def test_asks_for_a_proof_where_the_sign_in_is_old(self, user, clock):
        token = self.one(user)
        clock.shift(dt.timedelta(minutes=11))
        answer = Client().post("/auth/setup2FA", {"token": token}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        answer = Client().post("/auth/setup2FA", {"token": token, "password": "wrong"}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "AUTH_FAILED")
        assert Client().post("/auth/setup2FA", {"token": token, "password": PASSWORD}, **JSON).status_code == 200

    def test_switching_off_takes_the_password_or_a_code_and_says_so_by_mail(self, user):
        token = self.one(user)
        with_second_factor(user)
        delivered()
        for body in ({}, {"password": "wrong"}, {"code": "000000"}):
            answer = Client().post("/auth/disable2FA", {"token": token, **body}, **JSON)
            assert answer.status_code in (400, 401)
        assert Client().get(f"/auth/get2FAStatus?token={token}").json()["enabled"] is True
        answer = Client().post("/auth/disable2FA", {"token": token, "password": PASSWORD}, **JSON)
        assert answer.json() == {"success": True}
        status = Client().get(f"/auth/get2FAStatus?token={token}").json()
        assert status == {"enabled": False, "hasSetup": True}
        assert not TOTPDevice.objects.exists()
        assert len(delivered()) == 1
