"""Document veza.txt, "Audit Middleware": who asked for what, from where, and how it ended. Never a body, never a secret."""

import logging

from accounts.verbs.audit import keep_entry
from config.ids import parse_id

logger = logging.getLogger(__name__)

RECORDED = ("POST", "PUT", "PATCH", "DELETE")
SKIPPED = (
    *("/health", "/readyz", "/metrics", "/swagger", "/docs", "/schema", "/static/"),
    *("/api/v1/health", "/api/v1/readyz", "/api/v1/status", "/api/v1/admin"),
    # Heartbeats of an ingest server; what they change is in the graph.
    "/api/v1/live/ingest/",
)
# What an address may carry that opens something.
SECRETS = ("token", "key", "signature", "secret", "code")


class Audit:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in RECORDED or request.path.startswith(SKIPPED):
            return self.get_response(request)
        before = known(request)  # who signs out is nobody afterwards
        response = self.get_response(request)
        try:
            user_id, proof = caller_of(request, before)
            match = request.resolver_match
            keep_entry(
                user_id=user_id,
                proof=proof,
                method=request.method,
                action=f"/{match.route}" if match else "unknown",
                resource=resource_of(match.kwargs) if match else None,
                status=response.status_code,
            )
        except Exception:
            logger.exception("An audit entry could not be written")
        return response


def known(request):
    """The id of the user whom the cookie signed in, and their session."""
    return request.user.pk, request.session_row


def caller_of(request, before):
    """An endpoint of an API asks for the credential itself and says in `auth` what it took; pages live by the cookie."""
    if getattr(request, "auth", None) is not None:
        return request.auth.user_id, request.auth
    after = known(request)
    if after[0] and after != before:
        return after  # just signed in
    of_api = request.resolver_match is not None and hasattr(request.resolver_match.func, "cls")
    return (None, None) if of_api else before


def resource_of(kwargs):
    """The first id in the address; a value under the name of a secret is none, whatever it looks like."""
    open_values = (value for name, value in kwargs.items() if not any(word in name for word in SECRETS))
    return next((found for value in open_values if (found := parse_id(value))), None)
