"""Limits per address, shared by all dialects and the pages (one.txt, "Rate Limiting")."""

from allauth.core import ratelimit

from accounts.verbs.sessions import Client
from config.errors import Throttled

WINDOWS = {"signup_email": 3600, "signin_email": 900}


def spend(request, action: str, email: str) -> None:
    """Count one attempt for this address, before anyone is looked up; Throttled once its budget is spent."""
    if not ratelimit.consume(request._request, action=action, key=email.strip().lower()):
        raise Throttled(retry_after=WINDOWS[action])


def client_of(request) -> Client:
    return Client(ip=request.META.get("REMOTE_ADDR"), user_agent=request.headers.get("User-Agent", ""))
