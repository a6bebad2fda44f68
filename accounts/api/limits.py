"""Limits per address, shared by all dialects and the pages (one.txt, "Rate Limiting")."""

from allauth.core import ratelimit

from config.errors import Throttled

WINDOWS = {"signup_email": 3600, "signin_email": 900, "reset_password": 3600, "magic_email": 3600, "verify_email": 3600}


def spend(request, action: str, email: str) -> None:
    """Count one attempt for this address, before anyone is looked up; Throttled once its budget is spent."""
    if not ratelimit.consume(request._request, action=action, key=email.strip().lower()):
        raise Throttled(retry_after=WINDOWS[action])
