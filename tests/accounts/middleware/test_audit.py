"""Every request that could change something leaves one line, and no line holds a secret."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session as CookieRow
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from accounts.jobs import forget_audit
from accounts.middleware.audit import resource_of
from accounts.models import AuditEntry, Session
from accounts.verbs.api_keys import create_key
from accounts.verbs.clients import Client as Origin
from accounts.verbs.sessions import new_token, open_session
from tests.clients import Caller
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

SOME_ID = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"


def entries():
    fields = ("user", "session_id", "method", "action", "resource", "ip", "user_agent", "status")
    return list(AuditEntry.objects.order_by("at", "id").values_list(*fields))


class TestAudit:
    def test_a_bearers_request_is_kept_with_who_what_and_whence(self, user):
        session = open_session(user=user, style=Session.Style.ONE, client=Origin(), token=(token := new_token()))
        caller = Caller(Authorization=f"Bearer {token}", User_Agent="curl/8.5.0")
        caller.delete(f"/api/v1/conversations/{SOME_ID}/participants", {"user_id": SOME_ID})
        assert entries() == [
            (
                user.pk,
                session.pk,
                "DELETE",
                "/api/v1/conversations/<str:conversation_id>/participants",
                SOME_ID,
                "127.0.0.1",
                "curl/8.5.0",
                404,
            )
        ]

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_every_method_that_changes_is_kept(self, user, method):
        client = Client()
        client.force_login(user)
        getattr(client, method)("/settings/")
        assert [(row[0], row[2], row[3]) for row in entries()] == [(user.pk, method.upper(), "/settings/")]

    @pytest.mark.parametrize("method", ["get", "head", "options"])
    def test_reading_is_not(self, caller, method):
        getattr(caller.client, method)("/api/v1/users/me")
        assert entries() == []

    @pytest.mark.parametrize(
        "path",
        ["/health", "/metrics", "/swagger/", "/docs/", "/schema/", "/api/v1/health", "/api/v1/admin/maintenance"],
    )
    def test_the_documented_exceptions_are_not(self, staff, path):
        Caller.signed_in_as(staff).put(path, {"enabled": False})
        assert entries() == []

    def test_the_cookies_user_and_session_are_kept_also_when_they_sign_out(self, user):
        client = Client()
        client.force_login(user)
        session = Session.objects.get()
        client.post("/account/logout/")
        assert [row[:4] for row in entries()] == [(user.pk, session.pk, "POST", "/account/logout/")]

    def test_a_sign_out_by_better_auth_too(self, user):
        client = Client()
        client.force_login(user)
        session = Session.objects.get()
        client.post("/api/auth/sign-out", {}, content_type="application/json")
        assert [row[:4] for row in entries()] == [(user.pk, session.pk, "POST", "/api/auth/sign-out")]

    def test_who_just_signed_in_is_known(self, user):
        Client().post("/account/login/", {"login": user.email, "password": PASSWORD})
        assert [(row[0], row[1], row[3]) for row in entries()] == [
            (user.pk, Session.objects.get().pk, "/account/login/")
        ]

    def test_nobody_and_failures_are_kept(self, anonymous, user):
        anonymous.post("/api/v1/auth/login", {"email": user.email, "password": "wrong"})
        anonymous.post("/entities/create", {})
        assert [(row[0], row[1], row[3], row[7]) for row in entries()] == [
            (None, None, "/api/v1/auth/login", 401),
            (None, None, "/entities/create", 401),
        ]

    def test_a_cookie_is_not_taken_for_a_caller_whom_the_endpoint_did_not_take(self, user, stranger):
        client = Client()
        client.force_login(user)
        client.post(
            "/entities/create", {}, content_type="application/json", headers={"Authorization": "Bearer nonsense"}
        )
        assert [(row[0], row[1], row[7]) for row in entries()] == [(None, None, 401)]

    def test_a_program_is_kept_with_its_key(self, user):
        key, raw = create_key(user=user, name="mine", scopes=["write"])
        Caller(X_API_Key=raw).post("/entities/create", {})
        assert list(AuditEntry.objects.values_list("user", "session_id", "api_key_id", "status")) == [
            (user.pk, None, key.pk, 400)
        ]
        assert raw not in str(list(AuditEntry.objects.values()))

    def test_an_unknown_path_is_not_written_down(self, anonymous):
        anonymous.post("/reset/my-secret-link")
        assert [row[3:5] + row[7:] for row in entries()] == [("unknown", "", 404)]

    def test_a_refused_form_is_kept(self, user):
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        client.post("/settings/sessions/end-others/")
        assert [(row[0], row[3], row[7]) for row in entries()] == [(user.pk, "/settings/sessions/end-others/", 403)]

    def test_costs_one_statement(self, user):
        def statements(path):
            with CaptureQueriesContext(connection) as queries:
                Client().post(path)
            return [query["sql"] for query in queries if "accounts_auditentry" in query["sql"]]

        assert len(statements("/nowhere")) == len(statements("/settings/")) == 1
        assert not statements("/health")

    def test_holds_no_secret(self, user):
        token, spare = new_token(), new_token()
        open_session(user=user, style=Session.Style.ONE, client=Origin(), token=token)
        caller = Caller(Authorization=f"Bearer {token}", X_API_Key=spare)
        cookie = Client()
        cookie.force_login(user)
        secret = "a-secret-of-mine"
        caller.post(f"/auth/signOut?token={spare}", {"token": spare})
        caller.post("/api/v1/auth/login", {"email": user.email, "password": secret})
        caller.post("/api/v1/auth/refresh", {"refresh_token": spare})
        caller.put(f"/api/v1/files/{secret}/{SOME_ID}")
        cookie.post(f"/account/password/reset/key/1-{secret}/", {"password1": secret})
        cookie.post(f"/settings/?code={secret}", {"name": secret})
        assert len(entries()) == 6
        held = str(list(AuditEntry.objects.values()))
        hidden = [
            token,
            spare,
            secret,
            user.email,
            *(morsel.value for morsel in cookie.cookies.values() if morsel.value),
        ]
        assert not [value for value in hidden if value in held]
        assert CookieRow.objects.exists()

    def test_never_breaks_the_answer(self, user, monkeypatch, caplog):
        def fail(**_):
            raise RuntimeError

        monkeypatch.setattr("accounts.middleware.audit.keep_entry", fail)
        client = Client()
        client.force_login(user)
        assert client.post("/settings/", {"name": "Ada"}).status_code == 302
        assert [record.getMessage() for record in caplog.records] == ["An audit entry could not be written"]


class TestResource:
    @pytest.mark.parametrize("name", ["token", "key", "signature", "reset_token", "share_key", "client_secret", "code"])
    def test_is_never_what_may_open_something(self, name):
        assert resource_of({name: SOME_ID}) is None

    def test_is_the_first_id(self):
        assert str(resource_of({"kind": "room", "conversation_id": SOME_ID, "user_id": "x"})) == SOME_ID


class TestForgetting:
    def test_after_four_hundred_days(self, user):
        for days in (399, 401):
            at = now() - dt.timedelta(days=days)
            AuditEntry.objects.create(user=user, method="PUT", action=f"/{days}", status=200, at=at)
        forget_audit()
        assert [row.action for row in AuditEntry.objects.all()] == ["/399"]
