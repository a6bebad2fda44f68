"""API keys, and what is kept of any secret."""

import datetime as dt
import logging

import pytest
from django.contrib.sessions.models import Session as CookieRow
from django.db import connection
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken

from accounts.models import ApiKey, RefreshToken
from accounts.verbs.api_keys import create_key, let_vouch
from ontology.verbs.entities import create_entity
from tests.clients import Caller
from tests.contracts.auth_checks.common import code_of, unlimited, with_second_factor
from tests.factories.accounts import PASSWORD
from tests.mails import delivered, token_in
from tests.styles import JSON, signed_in

pytestmark = pytest.mark.django_db


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
