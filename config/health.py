"""Liveness, readiness and deep checks. Looks at every part, so it lives on the roof. Document: veza.txt, "Health"."""

import os
import shutil
import time

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import now
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.models import Session, User
from config.dialects.fields import iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet

LEAST_FREE_GB = 0.5


def database() -> dict:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {
        "status": "ok",
        "details": {"vendor": connection.vendor, "ms": round((time.perf_counter() - started) * 1000, 2)},
    }


def redis_server() -> dict:
    if not settings.REDIS_URL:
        return {"status": "not_configured"}
    redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    return {"status": "ok"}


def disk() -> dict:
    free = shutil.disk_usage(settings.DATA_DIR).free / 1e9
    writable = os.access(settings.DATA_DIR, os.W_OK)
    return {"status": "ok" if writable and free > LEAST_FREE_GB else "error", "details": {"free_gb": round(free, 1)}}


CHECKS = {"database": database, "redis": redis_server, "disk": disk}
ESSENTIAL = ("database",)


def probe() -> dict[str, dict]:
    """Every check's result; one that breaks is an error, never an exception."""
    results = {}
    for name, check in CHECKS.items():
        try:
            results[name] = check()
        except Exception as error:  # noqa: BLE001 -- whatever fails there, the answer is that it failed
            results[name] = {"status": "error", "details": {"error": type(error).__name__}}
    return results


def verdict(results: dict[str, dict], words: tuple[str, str, str]) -> tuple[str, int]:
    """(good, degraded, bad) by what failed, with the HTTP status."""
    failed = [name for name, result in results.items() if result["status"] == "error"]
    if any(name in ESSENTIAL for name in failed):
        return words[2], 503
    return (words[1] if failed else words[0]), 200


class StatusOut(serializers.Serializer):
    status = serializers.CharField()


class CheckOut(serializers.Serializer):
    status = serializers.ChoiceField(("ok", "error", "not_configured"))
    details = serializers.JSONField(required=False)


class ConfigOut(serializers.Serializer):
    jwt_secret_set = serializers.BooleanField()
    stripe_connect_enabled = serializers.BooleanField()
    platform_fee_rate = serializers.FloatField()
    transfer_retry_enabled = serializers.BooleanField()


class DeepOut(serializers.Serializer):
    status = serializers.ChoiceField(("healthy", "degraded", "unhealthy"))
    timestamp = serializers.DateTimeField()
    checks = serializers.DictField(child=CheckOut())
    config = ConfigOut()


class PlatformOut(serializers.Serializer):
    status = serializers.ChoiceField(("operational", "degraded", "down"))
    services = serializers.DictField(child=serializers.CharField())


class Health(VezaViewSet):
    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = ()

    @documented(gives=StatusOut)
    def alive(self, request):
        return Response({"status": "ok"})

    @documented(gives=StatusOut, also={503: StatusOut})
    def ready(self, request):
        status, code = verdict(probe(), ("ready", "degraded", "not_ready"))
        return Response({"status": status}, status=code)

    @documented(gives=DeepOut, also={503: DeepOut})
    def deep(self, request):
        checks = probe()
        status, code = verdict(checks, ("healthy", "degraded", "unhealthy"))
        config = {
            "jwt_secret_set": bool(settings.SECRET_KEY),
            "stripe_connect_enabled": bool(settings.STRIPE_SECRET_KEY),
            "platform_fee_rate": settings.PLATFORM_FEE_BP / 10_000,
            "transfer_retry_enabled": settings.TRANSFER_RETRY_ENABLED,
        }
        return Response({"status": status, "timestamp": iso_z(now()), "checks": checks, "config": config}, status=code)

    @documented(gives=PlatformOut)
    def status(self, request):
        """Which parts of the platform can be reached."""
        checks = probe()
        parts = {name: check["status"] for name, check in checks.items()}
        # Chat lives in this process and on the database; a stream server is not part of the house.
        parts |= {"chat": parts["database"], "stream": "not_configured"}
        return Response({"status": verdict(checks, ("operational", "degraded", "down"))[0], "services": parts})


@require_safe
def metrics(request):
    """Prometheus text: counts that need no scan."""
    rows = {"stoa_users_total": User.objects.count(), "stoa_sessions_live": Session.objects.live().count()}
    text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in rows.items())
    return HttpResponse(text, content_type="text/plain; version=0.0.4")


urlpatterns = [
    *(
        path(prefix + name, Health.as_view({"get": action}))
        for prefix in ("api/v1/", "")
        for name, action in (("health", "alive"), ("health/deep", "deep"), ("healthz", "alive"), ("readyz", "ready"))
    ),
    path("api/v1/status", Health.as_view({"get": "status"})),
    path("metrics", metrics),
]
