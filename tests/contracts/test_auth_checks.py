"""The checks of identity that cut across every style: sign-out, reset, second factor, limits, links, keys (OWASP ASVS 5.0).

Each class names the requirements it holds. What belongs to one door alone is tested beside that door.
"""

import base64
import datetime as dt
import logging
import statistics
import threading
import time

import jwt
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session as CookieRow
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import ApiKey, EmailToken, Mail, Passkey, RefreshToken, SecurityEvent, Session, User
from accounts.verbs import access_tokens
from accounts.verbs.api_keys import create_key, let_vouch
from accounts.verbs.mails import trusted_base
from accounts.verbs.two_factor import check_second_factor, confirm, set_up
from accounts.verbs.verification import request_email_change, request_verification
from config.errors import DomainError
from ontology.models import Entity
from ontology.verbs.entities import create_entity
from tests.clients import Caller
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, link_in, token_in
from tests.styles import APIS, JSON, STYLES, attempt, signed_in

pytestmark = pytest.mark.django_db

NEW = "another colonnade 9"


@pytest.fixture(autouse=True)
def clock():
    """Time stands still, and goes on only where a test says so."""
    with time_machine.travel(dt.datetime(2026, 11, 22, 12, 0, 5, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def unlimited():
    """What an address has spent is forgotten; the limits have a class of their own."""
    cache.clear()


def code_of(user, steps=0):
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def with_second_factor(user):
    """Backup codes of an account with a confirmed address whose second factor is on."""
    EmailAddress.objects.filter(user=user).update(verified=True)
    enrolment = set_up(user=user)
    confirm(user=user)
    return enrolment.backup_codes


def at_once(count, work):
    results = [None] * count

    def run(n):
        try:
            results[n] = work(n)
        except Exception as fault:  # noqa: BLE001 -- it is the result
            results[n] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def outcome(work):
    try:
        return work()
    except DomainError as error:
        return str(error.kind)


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


class TestWhatIsKept:
    """[7.2.3, 6.5.2]"""

    def test_no_raw_secret_is_anywhere_in_the_database_or_the_log(self, user, queued, caplog):
        caplog.set_level(logging.DEBUG)
        codes = with_second_factor(user)
        unlimited()
        secrets = list(codes) + [code.replace("-", "") for code in codes]
        held = signed_in("veza", user.email, otp=codes[0])
        secrets += [held.refresh_token, held.headers["Authorization"].split()[1]]
        secrets += [signed_in("one", user.email, otp=codes[1]).query]
        secrets += [signed_in("council", user.email, otp=codes[2]).client.cookies["better-auth.session_token"].value]
        secrets += [create_key(user=user, name="mine", scopes=["read"])[1]]
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        secrets += [token_in(message) for message in delivered() if "token=" in message.body]
        secrets += [PASSWORD]
        assert all(len(secret) > 15 for secret in secrets)
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own tables
                kept = repr(cursor.fetchall())
                assert [secret for secret in secrets if secret in kept] == [], table
        assert [secret for secret in secrets if secret in repr(queued)] == []
        said = "\n".join(line.getMessage() for line in caplog.records if line.name != "django.db.backends")
        assert [secret for secret in secrets if secret in said] == []

    def test_the_tables_were_not_empty(self, user):
        with_second_factor(user)
        signed_in("veza", user.email, otp=code_of(user))
        assert (RefreshToken.objects.count(), StaticToken.objects.count(), CookieRow.objects.count()) == (1, 10, 0)


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


class TestLinks:
    @pytest.fixture
    def reset(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        return token_in(delivered()[-1])

    def valid(self, token):
        return Client().get(f"/auth/validateResetToken?token={token}").json()["valid"]

    def test_is_spent_once_and_looking_spends_nothing(self, user, reset):
        assert [self.valid(reset) for _ in range(3)] == [True, True, True]
        assert Client().get(f"/reset-password?token={reset}").status_code == 200
        body = {"token": reset, "password": NEW}
        assert [Client().post("/auth/resetPassword", body, **JSON).status_code for _ in range(2)] == [200, 400]
        assert not self.valid(reset)

    def test_is_void_after_a_newer_one(self, user, reset):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        newer = token_in(delivered()[-1])
        assert (self.valid(reset), self.valid(newer)) == (False, True)

    def test_is_void_after_a_password_change(self, user, reset):
        user.set_password(NEW)
        user.save()
        assert not self.valid(reset)

    @pytest.mark.parametrize(
        ("path", "lives"),
        [
            ("/auth/requestPasswordReset", dt.timedelta(minutes=30)),
            ("/auth/requestMagicLink", dt.timedelta(minutes=15)),
        ],
    )
    def test_expires(self, user, clock, path, lives):
        Client().post(path, {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        token = token_in(delivered()[-1])
        use, body = {
            "/auth/requestPasswordReset": ("/auth/resetPassword", {"password": NEW}),
            "/auth/requestMagicLink": ("/auth/signInWithMagicLink", {}),
        }[path]
        clock.shift(lives)
        assert Client().post(use, {"token": token, **body}, **JSON).status_code == 400
        clock.shift(dt.timedelta(seconds=-1))
        assert Client().post(use, {"token": token, **body}, **JSON).status_code == 200

    def test_is_bound_to_its_purpose(self, user, reset):
        assert Client().post("/auth/signInWithMagicLink", {"token": reset}, **JSON).status_code == 400
        assert Client().post("/auth/verifyEmail", {"token": reset}, **JSON).status_code == 400
        assert self.valid(reset)

    @pytest.mark.parametrize("token", ["", "x", "x" * 300, "ä", 5, None, ["x"]])
    def test_nonsense_is_refused(self, token):
        for path, more in (("/auth/resetPassword", {"password": NEW}), ("/auth/verifyEmail", {})):
            assert Client().post(path, {"token": token, **more}, **JSON).status_code == 400

    def test_leads_where_the_caller_says_only_if_that_is_ours(self, user):
        for base, leads in (
            ("http://localhost:3000/app/", "http://localhost:3000/app/reset-password"),
            ("https://evil.example", "http://localhost:8000/reset-password"),
            ("https://localhost.evil.example", "http://localhost:8000/reset-password"),
            ("https://localhost@evil.example", "http://localhost:8000/reset-password"),
        ):
            unlimited()
            Client().post("/auth/requestPasswordReset", {"email": user.email, "baseUrl": base}, **JSON)
            assert link_in(delivered()[-1]).partition("?")[0] == leads

    def test_confirms_an_address(self, user):
        Client().post(
            "/auth/signUp",
            {
                "email": "new@example.com",
                "password": PASSWORD,
                "sendVerificationEmail": True,
                "baseUrl": "http://localhost:8000",
            },
            **JSON,
        )
        held = signed_in("one", "new@example.com")
        assert Client().get(f"/auth/isEmailVerified?token={held.query}").json() == {"verified": False}
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        assert Client().post("/auth/verifyEmail", {"token": token}, **JSON).json() == {"success": True}
        assert Client().get(f"/auth/isEmailVerified?token={held.query}").json() == {"verified": True}
        assert User.objects.get(email="new@example.com").welcome_email_sent
        assert Client().post("/auth/verifyEmail", {"token": token}, **JSON).status_code == 400

    def test_a_mail_is_sent_once_however_often_the_job_runs(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        assert (len(delivered()), len(delivered())) == (1, 0)
        assert EmailToken.objects.count() == 1


class TestApiKey:
    @pytest.fixture
    def key(self, caller):
        answer = caller.post(
            "/api/v1/developer/api-keys", {"name": "Backup", "scopes": ["read"], "expires_in_days": 30}
        )
        assert answer.status_code == 201
        return answer.json()["data"]

    def ask(self, key, path="/api/v1/users/me", **options):
        return Client(headers={"X-API-Key": key["key"]}).get(path, **options).status_code

    def test_is_told_once(self, caller, key):
        assert key["key"].startswith("veza_sk_")
        assert set(key) == {
            *("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at", "key")
        }
        listed = caller.get("/api/v1/developer/api-keys").json()["data"]["api_keys"]
        del key["key"]
        assert listed == [key]

    @pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/profile", "/auth/getCurrentUser", "/api/projects"])
    def test_is_taken_by_every_dialect(self, key, path):
        assert self.ask(key, path) == 200

    def test_does_what_its_scopes_say(self, caller, key):
        client = Client(headers={"X-API-Key": key["key"]})
        answer = client.put("/api/v1/users/me", {"bio": "by a key"}, **JSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
        writes = caller.post("/api/v1/developer/api-keys", {"name": "W", "scopes": ["write", "read"]}).json()["data"]
        client = Client(headers={"X-API-Key": writes["key"]})
        assert client.put("/api/v1/users/me", {"bio": "by a key"}, **JSON).status_code == 200

    SECURITY = (
        *(("get", path) for path in ("/api/v1/sessions", "/api/v1/developer/api-keys", "/auth/get2FAStatus")),
        *(("post", f"/auth/{name}") for name in ("setup2FA", "verify2FA", "disable2FA", "signOut")),
        *(("post", f"/api/v1/sessions/{name}") for name in ("logout", "logout-all", "refresh")),
        ("post", "/api/v1/developer/api-keys"),
        ("post", "/api/auth/logout"),
    )

    @pytest.mark.parametrize(("method", "path"), SECURITY)
    def test_never_reaches_account_security(self, caller, method, path):
        key = caller.post("/api/v1/developer/api-keys", {"name": "W", "scopes": ["write", "read"]}).json()["data"]
        client = Client(headers={"X-API-Key": key["key"]})
        answer = client.get(path) if method == "get" else client.post(path, {}, **JSON)
        assert answer.status_code == 403

    def test_is_dead_once_revoked_or_too_old(self, caller, key, clock):
        other = caller.post("/api/v1/developer/api-keys", {"name": "Other", "scopes": ["read"]}).json()["data"]
        assert caller.delete(f"/api/v1/developer/api-keys/{other['id']}").status_code == 200
        assert (self.ask(key), self.ask(other)) == (200, 401)
        clock.shift(dt.timedelta(days=30, seconds=1))
        assert self.ask(key) == 401

    def test_is_nobody_elses(self, key, stranger):
        theirs = Caller.signed_in_as(stranger)
        assert theirs.delete(f"/api/v1/developer/api-keys/{key['id']}").status_code == 404
        assert theirs.get("/api/v1/developer/api-keys").json()["data"] == {"api_keys": []}
        assert ApiKey.objects.get().revoked_at is None

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": "x"},
            {"name": "", "scopes": ["read"]},
            {"name": "x", "scopes": []},
            {"name": "x", "scopes": ["everything"]},
            {"name": "x", "scopes": "read"},
            {"name": "x", "scopes": ["read"], "expires_in_days": 0},
            {"name": "x" * 101, "scopes": ["read"]},
        ],
    )
    def test_wants_a_name_and_known_scopes(self, caller, body):
        assert caller.post("/api/v1/developer/api-keys", body).status_code == 400
        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize("scope", ["oauth:assert", "admin"])
    def test_gives_itself_no_power(self, caller, scope):
        assert caller.post("/api/v1/developer/api-keys", {"name": "x", "scopes": [scope]}).status_code == 403

    def test_may_vouch_where_a_super_admin_says_so(self, user, staff):
        row, _ = create_key(user=user, name="mine", scopes=["read"])
        assert let_vouch(key=row, by=staff).scopes == ["oauth:assert", "read"]


class TestAddresses:
    """One bare address, whatever is asked for it."""

    @pytest.mark.parametrize(
        "email",
        [
            "Ada <ada@example.com>",
            "ada@example.com, eve@example.com",
            "ada@example.com\nBcc: eve@example.com",
            "nomail",
            "<ada@example.com>",
        ],
    )
    @pytest.mark.parametrize(
        ("path", "more"),
        [
            ("/auth/requestPasswordReset", {"baseUrl": "http://localhost:8000"}),
            ("/auth/requestMagicLink", {"baseUrl": "http://localhost:8000"}),
            ("/api/auth/reset-password", {}),
        ],
    )
    def test_nothing_else_gets_a_mail(self, user, path, more, email):
        assert Client().post(path, {"email": email, **more}, **JSON).status_code == 400
        assert not Mail.objects.exists()

    def test_a_change_that_was_asked_for_is_void_after_a_reset(self, user):
        request_email_change(user=user, email="thief@example.com")
        user.set_password(NEW)
        user.save()
        assert [message.to for message in delivered()] == [[user.email]]
        assert not EmailToken.objects.exists()

    def test_a_name_that_was_made_up_does_not_reach_strangers(self, user):
        name = "there,\n\nYour account is locked. https://evil.example"
        body = {"email": "new@example.com", "password": PASSWORD, "name": name, "sendVerificationEmail": True}
        Client().post("/auth/signUp", {**body, "baseUrl": "http://localhost:8000"}, **JSON)
        assert User.objects.get(email="new@example.com").name == "there, Your account is locked. https://evil.example"
        [message] = delivered()
        assert "evil" not in message.body
        assert "evil" not in message.alternatives[0].content

    def test_is_no_part_of_a_public_name(self):
        body = {"email": "very.private@example.com", "password": PASSWORD}
        Client().post("/auth/signUp", body, **JSON)
        user = User.objects.get()
        assert (user.display_name, Entity.objects.get(pk=user.pk).name) == (f"Member {str(user.pk)[-5:]}",) * 2

    def test_a_weak_password_is_named_as_it_was_sent(self, user):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        body = {"token": token_in(delivered()[-1]), "new_password": "short"}
        answer = Client().post("/api/auth/change-password", body, **JSON)
        assert set(answer.json()["error"]["details"]) == {"new_password"}


class TestLinksBehindTls:
    @pytest.mark.parametrize(
        ("base", "is_ours"),
        [
            ("https://stoa.example", True),
            ("https://app.stoa.example/x", True),
            ("http://stoa.example", False),
            ("https://stoa.example:8443", False),
            ("http://localhost:3000", False),
            ("https://evil.com\\.stoa.example", False),
            ("https://stoa.example.evil.com", False),
            ("https://stoa.example@evil.com", False),
            ("javascript:alert(1)", False),
            ("https://stoa.example/?next=x", False),
        ],
    )
    def test_lead_to_this_house_alone(self, settings, base, is_ours):
        settings.SITE_URL, settings.IS_SECURE = "https://stoa.example", True
        settings.TRUSTED_ORIGINS, settings.ALLOWED_HOSTS = ["https://stoa.example"], [".stoa.example", "localhost"]
        assert trusted_base(base) == (base if is_ours else "https://stoa.example")


class TestKeysOfStaff:
    def test_are_a_persons_keys_without_the_scope_admin(self, staff, stranger):
        thing = create_entity(type="blog_post", name="A draft", status="draft", by=stranger)
        found = []
        for scopes in (["read", "write"], ["read", "write", "admin"]):
            client = Client(headers={"X-API-Key": create_key(user=staff, name="k", scopes=scopes)[1]})
            found.append(client.get(f"/entities/get?id={thing.pk}").json() is not None)
            found.append(client.get("/api/v1/admin/maintenance").status_code)
        assert found == [False, 403, True, 200]
        staff.refresh_from_db()
        assert (staff.is_staff, staff.role) == (True, "super_admin")

    def test_open_no_socket(self, user):
        _, key = create_key(user=user, name="k", scopes=["read"])
        assert Client(headers={"X-API-Key": key}).get("/api/v1/chat/token").status_code == 403


class TestRefreshingTheAccessToken:
    def test_gives_no_more_time_without_a_refresh_token(self, user, clock):
        held = signed_in("veza", user.email)
        clock.shift(dt.timedelta(minutes=59))
        answer = held.client.post("/api/v1/sessions/refresh", {}, headers=held.headers, **JSON).json()["data"]
        assert answer["expires_in"] == 60
        clock.shift(dt.timedelta(seconds=61))
        fresh = {"Authorization": f"Bearer {answer['access_token']}"}
        assert Client().get("/api/v1/users/me", headers=fresh).status_code == 401


class TestPlantedAccount:
    """Somebody signs up with another's address and waits for its owner (pre-hijacking)."""

    @pytest.fixture
    def planted(self, user):
        set_up(user=user)
        confirm(user=user)
        Passkey.objects.create(user=user, name="Theirs", credential_id="x", public_key=b"x")
        SocialAccount.objects.create(user=user, provider="github", uid="5")
        return create_key(user=user, name="Theirs", scopes=["read"])[1]

    def left(self, user, key):
        return (
            TOTPDevice.objects.filter(user=user).count(),
            StaticToken.objects.filter(device__user=user).count(),
            Passkey.objects.filter(user=user).count(),
            SocialAccount.objects.filter(user=user).count(),
            Client(headers={"X-API-Key": key}).get("/api/v1/users/me").status_code,
        )

    def test_keeps_nothing_once_the_owner_resets_the_password(self, user, planted, caller):
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert EmailAddress.objects.get(user=user).verified
        assert self.left(user, planted) == (0, 0, 0, 0, 401)
        assert caller.get("/api/v1/users/me").status_code == 401
        assert attempt("one", user.email, NEW)[0].status_code == 200

    def test_keeps_nothing_once_the_owner_comes_by_a_link(self, user, planted, caller):
        Client().post("/auth/requestMagicLink", {"email": user.email, "baseUrl": "http://localhost:8000"}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        answer = Client().post("/auth/signInWithMagicLink", {"token": token}, **JSON)
        assert (answer.status_code, answer.json()["userId"]) == (200, str(user.pk))
        assert self.left(user, planted) == (0, 0, 0, 0, 401)
        assert caller.get("/api/v1/users/me").status_code == 401
        assert attempt("one", user.email)[0].status_code == 400
        assert any(message.subject == "Your address is confirmed" for message in delivered())

    def test_is_told_from_one_whose_address_is_confirmed(self, user, planted):
        EmailAddress.objects.filter(user=user).update(verified=True)
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert self.left(user, planted) == (1, 10, 1, 1, 200)

    @pytest.mark.parametrize(("is_holder", "left"), [(False, (0, 0, 0, 0, 401)), (True, (1, 10, 1, 1, 200))])
    def test_keeps_nothing_though_the_owner_confirmed_the_address_first(self, user, planted, is_holder, left):
        """Whoever opens the link without being signed in may not be who set it all up; a later reset tells them apart."""
        request_verification(user=user)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        visitor = Client()
        if is_holder:
            visitor.force_login(user)
        assert visitor.post(f"/verify-email?token={token}").status_code in (200, 302)
        assert self.left(user, planted) == (1, 10, 1, 1, 200)
        Client().post("/api/auth/reset-password", {"email": user.email}, **JSON)
        token = token_in(next(message for message in delivered() if "token=" in message.body))
        Client().post("/auth/resetPassword", {"token": token, "password": NEW}, **JSON)
        assert self.left(user, planted) == left
        told = next(message for message in delivered() if message.subject == "Your new password is set")
        assert ("were removed" in told.body) is not is_holder
