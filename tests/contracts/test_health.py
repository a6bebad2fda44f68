"""veza.txt, "Health", "Status & System", "Security & Compliance" and "Maintenance Mode"."""

import re

import pytest
from django.db import connection
from django.test import Client, override_settings

from accounts.models import Maintenance
from config import health
from tests.clients import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch):
    """Makes a check fail the way its service would."""

    def breaks(name):
        def fail():
            raise OSError("no route to 10.0.0.7")

        monkeypatch.setitem(health.CHECKS, name, fail)

    return breaks


class TestProbes:
    @pytest.mark.parametrize("prefix", ["/api/v1", ""])
    @pytest.mark.parametrize("path", ["/health", "/healthz"])
    def test_alive(self, anonymous, prefix, path):
        answer = anonymous.get(prefix + path)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"status": "ok"}})

    @pytest.mark.parametrize("prefix", ["/api/v1", ""])
    def test_ready(self, anonymous, broken, prefix):
        for breaks, status, word in ((None, 200, "ready"), ("disk", 200, "degraded"), ("database", 503, "not_ready")):
            if breaks:
                broken(breaks)
            answer = anonymous.get(f"{prefix}/readyz")
            assert (answer.status_code, answer.json()) == (status, {"success": True, "data": {"status": word}})

    @pytest.mark.parametrize("prefix", ["/api/v1", ""])
    def test_deep(self, anonymous, prefix, settings):
        settings.REDIS_URL = ""
        answer = anonymous.get(f"{prefix}/health/deep")
        body = answer.json()
        assert answer.status_code == 200
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["data"].pop("timestamp"))
        checks = body["data"].pop("checks")
        assert checks["database"]["status"] == "ok"
        assert checks["database"]["details"]["vendor"] == connection.vendor
        assert checks["redis"] == {"status": "not_configured"}
        assert checks["disk"]["status"] == "ok"
        assert isinstance(checks["disk"]["details"]["free_gb"], float)
        config = {
            "jwt_secret_set": True,
            "stripe_connect_enabled": False,
            "platform_fee_rate": 0.1,
            "transfer_retry_enabled": True,
        }
        assert body == {"success": True, "data": {"status": "healthy", "config": config}}

    def test_deep_says_that_a_part_failed_and_nothing_of_how(self, anonymous, broken):
        for name, status, word in (("disk", 200, "degraded"), ("database", 503, "unhealthy")):
            broken(name)
            answer = anonymous.get("/api/v1/health/deep")
            assert (answer.status_code, answer.json()["data"]["status"]) == (status, word)
            assert answer.json()["data"]["checks"][name] == {"status": "error", "details": {"error": "OSError"}}
            assert b"10.0.0.7" not in answer.content

    @override_settings(REDIS_URL="redis://127.0.0.1:1/0")
    def test_a_named_redis_that_is_away(self, anonymous):
        answer = anonymous.get("/api/v1/health/deep")
        assert answer.json()["data"]["checks"]["redis"]["status"] == "error"
        assert answer.json()["data"]["status"] == "degraded"

    def test_status(self, anonymous, broken):
        answer = anonymous.get("/api/v1/status")
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, "operational")
        assert set(answer.json()["data"]["services"]) == {"database", "redis", "disk", "chat", "stream"}
        broken("database")
        answer = anonymous.get("/api/v1/status")
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, "down")
        assert answer.json()["data"]["services"]["chat"] == "error"

    def test_metrics(self, anonymous, user):
        answer = anonymous.get("/metrics")
        assert answer["Content-Type"] == "text/plain; version=0.0.4"
        assert "# TYPE stoa_users_total gauge\nstoa_users_total 1\n" in answer.content.decode()
        assert anonymous.post("/metrics").status_code == 405

    @override_settings(RATE_LIMITS={"default": "1/hour", "auth": "1/hour", "ip": "1/second", "global": "1/second"})
    @pytest.mark.parametrize(
        "path", ["/health", "/healthz", "/readyz", "/metrics", "/api/v1/health", "/api/v1/health/deep"]
    )
    def test_are_never_limited(self, anonymous, path):
        assert {anonymous.get(path).status_code for _ in range(3)} == {200}

    def test_mind_no_dead_credential(self):
        assert Caller(authorization="Bearer dead").get("/api/v1/health").status_code == 200


class TestSecurityHeaders:
    @pytest.mark.parametrize(
        "path", ["/", "/health", "/entities/list", "/nothing/", "/account/login/", "/admin/login/", "/metrics"]
    )
    def test_are_on_every_response(self, path):
        answer = Client(raise_request_exception=False).get(path)
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert answer["Permissions-Policy"].startswith("camera=()")
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        if not path.startswith("/admin/"):
            assert "unsafe" not in answer["Content-Security-Policy"]

    @override_settings(SERVESTATIC_USE_FINDERS=True)
    def test_are_on_static_files(self):
        answer = Client().get("/static/css/base.css")
        assert answer.status_code == 200
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in answer["Content-Security-Policy"]

    @override_settings(SECURE_HSTS_SECONDS=31_536_000)
    def test_hsts_under_tls(self):
        assert Client().get("/health", secure=True)["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "Strict-Transport-Security" not in Client().get("/health")


class TestMaintenance:
    PATH = "/api/v1/admin/maintenance"

    def test_is_for_staff(self, anonymous, caller):
        for who, status in ((anonymous, 401), (caller, 403)):
            assert who.get(self.PATH).status_code == status
            assert who.put(self.PATH, {"enabled": True}).status_code == status
        assert not Maintenance.objects.exists()

    def test_closes_and_opens_the_house(self, anonymous, caller, staff):
        staff_caller = Caller.signed_in_as(staff)
        assert staff_caller.get(self.PATH).json() == {"success": True, "data": {"enabled": False}}
        assert staff_caller.put(self.PATH, {"enabled": True}).json() == {"success": True, "data": {"enabled": True}}
        assert staff_caller.get(self.PATH).json()["data"] == {"enabled": True}

        for path in ("/api/v1/users/me", "/entities/list?type=token", "/api/profile", "/api/auth/session", "/"):
            answer = caller.get(path)
            assert (answer.status_code, answer["Retry-After"]) == (503, "300")
        for path in (
            "/health",
            "/healthz",
            "/readyz",
            "/api/v1/health",
            "/api/v1/health/deep",
            "/metrics",
            "/account/login/",
        ):
            assert anonymous.get(path).status_code == 200
        assert anonymous.post("/api/v1/auth/login", {"email": "a@example.com", "password": "x"}).status_code == 401

        assert staff_caller.put(self.PATH, {"enabled": False}).json()["data"] == {"enabled": False}
        assert caller.get("/api/v1/users/me").status_code == 200

    def test_staff_keep_their_pages(self, staff):
        client = Client()
        client.force_login(staff)
        Maintenance.objects.create(enabled=True)
        assert client.get("/").status_code == 200
        assert Client().get("/").status_code == 503

    @pytest.mark.parametrize("body", [{}, {"enabled": "true"}, {"enabled": 1}, {"enabled": None}])
    def test_takes_yes_or_no(self, staff, body):
        assert Caller.signed_in_as(staff).put(self.PATH, body).status_code == 400
