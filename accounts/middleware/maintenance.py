"""Document veza.txt, "Maintenance Mode": everything answers 503 except health, the admins' own addresses and signing in."""

from django.shortcuts import render

from accounts.verbs.maintenance import is_closed
from config.dialects import refuse
from config.errors import Unavailable

OPEN = (
    "/health",
    "/readyz",
    "/metrics",
    "/api/v1/health",
    "/api/v1/readyz",
    "/api/v1/admin/",
    "/api/admin/",
    "/admin/",
    "/static/",
    "/account/",
)
SIGN_INS = (
    *("/auth/signIn", "/api/v1/auth/login", "/api/auth/login", "/api/auth/sign-in/", "/api/auth/two-factor/"),
    *("/api/auth/passkey/generate-authenticat", "/api/auth/passkey/verify-authentication"),
)
SENTENCE = "Stoa is closed for maintenance. Please try again later."


class MaintenanceMode:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith((*OPEN, *SIGN_INS)) or not is_closed() or request.user.is_staff:
            return self.get_response(request)
        error = Unavailable(SENTENCE, code="maintenance", retry_after=300)
        response = refuse(request, error) or render(request, "errors/503.html", {"message": SENTENCE}, status=503)
        response.headers["Retry-After"] = "300"
        return response
