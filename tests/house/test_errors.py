"""One table: everything that can go wrong, in all dialects, in each dialect's own shape and with nothing of the inside."""

import asyncio
import json

import pytest
from django.test import AsyncRequestFactory, Client, override_settings

from accounts.verbs.maintenance import set_maintenance
from config import errors
from config.asgi import application
from config.dialects import DIALECTS
from tests.clients import Caller
from tests.house.urls import PREFIXES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("probed")]

NAMES = tuple(PREFIXES)
MEGABYTE = 1024 * 1024
CONTENT_TYPE = "application/json"

# Where codes are the document's own: what each spells for (kind of failure).
ONE = {
    "invalid": "BAD_REQUEST", "unauthenticated": "UNAUTHORIZED", "dead": "UNAUTHORIZED", "forbidden": "FORBIDDEN",
    "not_found": "NOT_FOUND", "throttled": "RATE_LIMIT_EXCEEDED", "internal": "INTERNAL_ERROR",
    "unavailable": "INTERNAL_ERROR", "method": "BAD_REQUEST", "media": "BAD_REQUEST", "large": "BAD_REQUEST",
    "csrf": "FORBIDDEN",
}  # fmt: skip
VEZA = {
    "invalid": "invalid", "unauthenticated": "unauthenticated", "dead": "invalid_token", "forbidden": "forbidden",
    "not_found": "not_found", "throttled": "throttled", "internal": "internal", "unavailable": "maintenance",
    "method": "method_not_allowed", "media": "unsupported_media_type", "large": "too_large", "csrf": "csrf_failed",
}  # fmt: skip
DANA = {
    "invalid": "validation_error", "unauthenticated": "auth_required", "dead": "invalid_token",
    "forbidden": "permission_denied", "not_found": "resource_not_found", "throttled": "rate_limit_exceeded",
    "internal": "internal_error", "unavailable": "internal_error", "method": "validation_error",
    "media": "validation_error", "large": "validation_error", "csrf": "permission_denied",
}  # fmt: skip
BETTER_AUTH = {
    "invalid": "VALIDATION_ERROR", "unauthenticated": "UNAUTHORIZED", "dead": "UNAUTHORIZED", "forbidden": "FORBIDDEN",
    "not_found": "NOT_FOUND", "throttled": "TOO_MANY_REQUESTS", "internal": "INTERNAL_SERVER_ERROR",
    "unavailable": "MAINTENANCE", "method": "METHOD_NOT_ALLOWED", "media": "UNSUPPORTED_MEDIA_TYPE",
    "large": "TOO_LARGE", "csrf": "INVALID_ORIGIN",
}  # fmt: skip
CONVEX = {
    "unauthenticated": "unauthorized", "dead": "unauthorized", "forbidden": "forbidden", "not_found": "not_found",
    "internal": "internal_error", "unavailable": "internal_error",
}  # fmt: skip
STATUSES = {
    "invalid": 400, "unauthenticated": 401, "dead": 401, "forbidden": 403, "csrf": 403, "not_found": 404, "method": 405,
    "large": 413, "media": 415, "throttled": 429, "internal": 500, "unavailable": 503,
}  # fmt: skip


def shape_of_one(body, kind):
    assert set(body) <= {"message", "code", "details"}
    assert body["message"]
    assert body["code"] == ONE[kind]


def shape_of_veza(body, kind):
    assert set(body) <= {"success", "error", "code", "details"}
    assert body["success"] is False
    assert isinstance(body["error"], str)
    assert body["code"] == VEZA[kind]


def shape_of_dana(body, kind):
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == DANA[kind]
    assert body["error"]["message"]


def shape_of_council(body, kind):
    assert set(body) == {"error"}
    assert isinstance(body["error"], str)
    assert body["error"]
    if kind in ("unauthenticated", "dead"):
        assert body == {"error": "Unauthorized"}


def shape_of_better_auth(body, kind):
    assert set(body) == {"error", "message", "code"}
    assert body["code"] == BETTER_AUTH[kind]


def shape_of_convex(body, kind):
    assert set(body) <= {"code", "message", "details"}
    assert body["code"] == CONVEX.get(kind, "validation_error")
    assert body["message"]


SHAPES = {
    "one": shape_of_one,
    "veza": shape_of_veza,
    "dana": shape_of_dana,
    "council": shape_of_council,
    "better_auth": shape_of_better_auth,
    "convex": shape_of_convex,
}
INSIDE = (b"Traceback", b"RuntimeError", b"/etc/passwd", b"site-packages", b"<html", b"<!DOCTYPE", b"django")


def check(response, dialect, kind):
    """The failure is the right one, in the dialect's words, as JSON, guarded, and silent about the inside."""
    assert response.status_code == STATUSES[kind], response.content
    assert response["Content-Type"] == CONTENT_TYPE
    SHAPES[dialect](json.loads(response.content), kind)
    assert not [word for word in INSIDE if word in response.content]
    guarded(response)


def guarded(response):
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] in ("strict-origin-when-cross-origin", "no-referrer")
    assert "camera=()" in response["Permissions-Policy"]


@pytest.fixture(scope="module")
def probed():
    """Once for the module: each change of the routes makes Django build them anew."""
    with override_settings(ROOT_URLCONF="tests.house.urls"):
        yield


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture(params=NAMES)
def dialect(request):
    return request.param


@pytest.fixture
def at(dialect):
    """The dialect's own address of a probe."""
    prefix = PREFIXES[dialect][0]
    return lambda name: f"/{prefix}probe/{name}"


def post(client, path, body, content_type=CONTENT_TYPE, **more):
    return client.generic("POST", path, body, content_type=content_type, **more)


class TestUnknownAddresses:
    def test_unknown_path(self, client, dialect, at):
        check(client.get(at("nothing-here")), dialect, "not_found")

    def test_unknown_path_of_an_unsafe_method(self, client, dialect, at):
        check(post(client, at("nothing-here"), b"{}"), dialect, "not_found")

    @pytest.mark.parametrize(
        "oddity", ["%00", "%ff%fe", "%ED%A0%80", "..%2f..%2fetc", "a" * 5000, "%0d%0aSet-Cookie:x"]
    )
    def test_odd_paths(self, client, dialect, at, oddity):
        check(client.get(at(oddity)), dialect, "not_found")

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
    def test_wrong_method(self, client, dialect, at, method):
        answer = client.generic(method, at("open"), b"")
        check(answer, dialect, "method")
        assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_wrong_method_is_said_before_anyone_is_asked_who_they_are(self, client, dialect, at):
        check(client.generic("DELETE", at("own")), dialect, "method")

    def test_options_names_the_methods_and_nothing_else(self, client, dialect, at):
        answer = client.options(at("own"))
        assert (answer.status_code, answer.content, answer["Allow"]) == (204, b"", "GET, POST, HEAD, OPTIONS")

    def test_a_host_that_is_not_ours(self, client, dialect, at):
        check(client.get(at("open"), headers={"host": "evil.example"}), dialect, "invalid")


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"nonsense",
            b'{"name": NaN}',
            b"\xff\xfe",
            b'{"name": "a"}}',
            b'{"name": "\\ud800"}',
            b'{"name": "a\\u0000b"}',
            b'{"x": {"\\u0000": 1}, "name": "a"}',
            b'{"name": 1e999}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"[" * 900 + b"]" * 900,
            b'{"name": "a", "x": ' + b"[" * 200 + b"]" * 200 + b"}",
            b'"a string"',
            b"[1, 2]",
            b"null",
            b"5",
        ],
        ids=lambda body: body[:24].decode("latin-1"),
    )
    def test_malformed(self, client, dialect, at, body):
        check(post(client, at("open"), body), dialect, "invalid")

    @pytest.mark.parametrize(
        "given", [{}, {"name": ""}, {"name": 5}, {"name": None}, {"name": "x" * 21}, {"name": ["a"]}, {"name": "a", "count": "2"},
                  {"name": "a", "count": 2.0}, {"name": "a", "count": True}, {"name": "a", "count": 10**30}]
    )  # fmt: skip
    def test_wrong_fields(self, client, dialect, at, given):
        check(post(client, at("open"), json.dumps(given).encode()), dialect, "invalid")

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "json",
        ],
    )
    def test_wrong_content_type(self, client, dialect, at, content_type):
        check(post(client, at("open"), b"name=a", content_type), dialect, "media")

    def test_a_content_type_with_a_charset_is_fine(self, client, dialect, at):
        assert post(client, at("open"), b'{"name": "a"}', "Application/JSON; charset=utf-8").status_code == 200

    def test_announced_too_large(self, client, dialect, at):
        check(post(client, at("open"), b" " * (MEGABYTE + 1)), dialect, "large")

    def test_a_length_that_is_a_lie(self, client, dialect, at):
        check(post(client, at("open"), b"{", CONTENT_LENGTH="abc"), dialect, "invalid")


class TestBodiesAsTheyArrive:
    """Over ASGI, where a body may come without a length."""

    @staticmethod
    def send(path, chunks, *headers):
        scope = AsyncRequestFactory()._base_scope(path=path, method="POST", headers=[(b"host", b"localhost"), *headers])
        scope["type"], sent, left = "http", [], list(chunks)

        async def receive():
            if not left:
                return {"type": "http.request", "body": b"", "more_body": False}
            return {"type": "http.request", "body": left.pop(0), "more_body": True}

        async def send(message):
            sent.append(message)

        asyncio.run(application(scope, receive, send))
        return sent, left

    def check(self, sent, dialect):
        start, body = sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert start["status"] == 413
        assert headers["content-type"] == CONTENT_TYPE
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        SHAPES[dialect](json.loads(body["body"]), "large")

    def test_chunked(self, dialect, at):
        chunks = [b" " * 300_000] * 40
        sent, left = self.send(at("open"), chunks, (b"content-type", b"application/json"))
        self.check(sent, dialect)
        assert len(left) > 30  # refused while it arrived

    def test_announced(self, dialect, at):
        length = (b"content-length", b"99999999999")
        sent, left = self.send(at("open"), [b"x"], length, (b"content-type", b"application/json"))
        self.check(sent, dialect)
        assert left == [b"x"]

    def test_an_upload_may_be_larger_but_not_endless(self, dialect, at, settings):
        settings.MAX_UPLOAD_BYTES = 2 * MEGABYTE
        kind = (b"content-type", b"multipart/form-data; boundary=x")
        sent, _ = self.send(at("open"), [b" " * MEGABYTE] * 3, kind)
        self.check(sent, dialect)


class TestWhoAsks:
    def test_no_credential(self, client, dialect, at):
        answer = client.get(at("own"))
        check(answer, dialect, "unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "header",
        ["Bearer dead", "Bearer a.b.c", "bearer " + "x" * 300, "Bearer \x80\xff", "Bearer eyJhbGciOiJub25lIn0.e30."],
    )
    def test_a_dead_bearer(self, client, dialect, at, header):
        check(client.get(at("own"), headers={"authorization": header}), dialect, "dead")

    @pytest.mark.parametrize("header", ["Basic dTpw", "Bearer", "Bearer ", "Token x", "Bearer " + "x" * 5000])
    def test_what_is_no_bearer_is_no_credential(self, client, dialect, at, header):
        check(client.get(at("own"), headers={"authorization": header}), dialect, "unauthenticated")

    def test_a_dead_credential_is_told_on_open_addresses_too(self, client, dialect, at):
        check(client.get(at("open"), {"name": "a"}, headers={"authorization": "Bearer dead"}), dialect, "dead")

    def test_forbidden(self, user, dialect, at):
        check(Caller.signed_in_as(user).get(at("staff")), dialect, "forbidden")

    def test_staff_may(self, staff, dialect, at):
        assert Caller.signed_in_as(staff).get(at("staff")).status_code == 200

    def test_a_cookie_needs_proof_of_its_origin(self, user, dialect, at):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        client.force_login(user)
        if dialect == "convex":
            return check(post(client, at("own"), b"{}"), dialect, "unauthenticated")  # cookies mean nothing there
        assert client.get(at("own")).status_code == 200
        return check(post(client, at("own"), b"{}", headers={"origin": "https://evil.example"}), dialect, "csrf")

    def test_a_cookie_with_its_csrf_token_may_act(self, user, dialect, at):
        if dialect == "convex":
            return
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        client.get("/account/login/")
        token = "a" * 32
        client.cookies["csrftoken"] = token
        own = {"origin": "http://testserver", "x-csrftoken": token}
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            assert post(client, at("own"), b"{}", headers=own).status_code == 200


class TestLimits:
    @override_settings(RATE_LIMITS={"default": "2/hour", "auth": "", "ip": "", "global": ""})
    def test_throttled(self, client, dialect, at):
        for _ in range(2):
            assert client.get(at("open"), {"name": "a"}).status_code == 200
        answer = client.get(at("open"), {"name": "a"})
        check(answer, dialect, "throttled")
        assert 0 < int(answer["Retry-After"]) <= 3601
        assert answer["X-RateLimit-Reset"].endswith(":00:00Z")

    @override_settings(RATE_LIMITS={"default": "", "auth": "", "ip": "2/second", "global": ""})
    def test_per_address(self, client, dialect, at, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        seen = [client.get(at("open"), {"name": "a"}) for _ in range(3)]
        if dialect == "better_auth":  # the document leaves the auth endpoints out of this limit
            assert [answer.status_code for answer in seen] == [200, 200, 200]
            return
        assert [answer["X-RateLimit-Remaining"] for answer in seen] == ["1", "0", "0"]
        assert {answer["X-RateLimit-Limit"] for answer in seen} == {"2"}
        check(seen[2], dialect, "throttled")
        assert seen[2]["Retry-After"] == "1"

    @override_settings(RATE_LIMITS={"default": "", "auth": "", "ip": "", "global": "2/second"})
    def test_for_all(self, client, dialect, at, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        statuses = [client.get(at("open"), {"name": "a"}, REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(3)]
        assert statuses == [200, 200, 200 if dialect == "better_auth" else 429]


class TestTheHouse:
    def test_maintenance(self, client, staff, dialect, at):
        set_maintenance(enabled=True, by=staff)
        answer = client.get(at("open"), {"name": "a"})
        check(answer, dialect, "unavailable")
        assert answer["Retry-After"] == "300"

    @pytest.mark.usefixtures("logged")
    def test_an_unforeseen_exception(self, client, dialect, at):
        check(client.get(at("broken")), dialect, "internal")

    @pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*;q=0.3", "nonsense", ""])
    def test_accept_is_never_a_reason_to_refuse(self, client, dialect, at, accept):
        answer = client.get(at("open"), {"name": "a", "format": "mp3"}, headers={"accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (200, CONTENT_TYPE)

    @pytest.mark.parametrize("thing", ["x", "%00", "0190b7a2", "' OR 1=1 --", "a" * 4000, "-1", "%F0%9F%8E%B5"])
    def test_ids_that_are_none(self, user, dialect, at, thing):
        check(Caller.signed_in_as(user).get(f"{at('own')}/{thing}"), dialect, "not_found")

    def test_a_query_of_many_fields(self, client, dialect, at):
        check(client.get(at("open") + "?" + "&".join(f"a{n}=1" for n in range(2000))), dialect, "large")

    def test_a_very_long_query(self, client, dialect, at):
        check(client.get(at("open"), {"name": "x" * 60_000}), dialect, "invalid")

    @pytest.mark.parametrize("query", ["name=%00", "name=a%00b", "name="])
    def test_a_bad_query(self, client, dialect, at, query):
        check(client.get(f"{at('open')}?{query}"), dialect, "invalid")

    def test_bytes_that_are_no_text_in_a_query(self, client, dialect, at):
        assert client.get(at("open") + "?name=%ff%fe").status_code == 200  # replaced, never an error


@pytest.fixture
def logged(caplog):
    """The exception is in the log for us, while the answer says nothing."""
    yield
    assert "RuntimeError" in "".join(str(record.exc_info) for record in caplog.get_records("call"))


class TestPages:
    """Everything else answers people, in HTML and as guarded."""

    def test_unknown_page(self, client):
        answer = client.get("/nothing/here/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "default-src 'self'" in answer["Content-Security-Policy"]

    @pytest.mark.usefixtures("logged")
    def test_broken_page(self, client):
        answer = client.get("/probe/broken/")
        assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
        assert not [word for word in INSIDE[:4] if word in answer.content]
        assert answer["X-Frame-Options"] == "DENY"


class TestEveryKindOfError:
    def test_is_spelt_by_every_dialect(self):
        kinds = [
            kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DomainError)
        ]
        assert len(kinds) == 12
        for dialect in DIALECTS:
            for kind in kinds:
                spelt = dialect.problem(kind("A sentence", code="a_code", details={"a": ["b"]}))
                json.dumps(spelt)
                assert 400 <= dialect.status_of(kind()) < 600
