"""What Better Auth's clients carry: the session cookie, shared with pages and admin, and two that live for minutes."""

from django.conf import settings
from django.contrib.auth import login

from accounts.models import Session
from accounts.verbs.sessions import end_sessions

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PREFIX = "__Secure-" if settings.IS_SECURE else ""
TWO_FACTOR = f"{PREFIX}better-auth.two_factor"
PASSKEY = f"{PREFIX}better-auth.better-auth-passkey"


def open_cookie_session(request, signed_in, *, remember=True):
    """A session of its own, and a new cookie for it. With `remember` off the cookie ends with the browser."""
    django_request = request._request
    if sid := django_request.session.get("sid"):  # what the cookie stood for ends, and with it its value
        end_sessions(sessions=Session.objects.filter(pk=sid), reason="replaced")
        django_request.session.flush()
    django_request.sign_in_style = Session.Style.COUNCIL
    signed_in.user.otp_device = signed_in.device  # django-otp keeps it when the login signal fires
    login(django_request, signed_in.user, backend=BACKEND)
    if not remember:
        django_request.session.set_expiry(0)


def put(response, name, value, seconds):
    """A cookie that no script reads and no other site's form brings along."""
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=settings.IS_SECURE)
    return response


def drop(request, response, name):
    if name in request.COOKIES:
        response.delete_cookie(name, samesite="Lax")
    return response
