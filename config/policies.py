"""Which Content-Security-Policy goes where, and the other headers that guard an answer. Plain values: settings read this."""

from collections.abc import Mapping, MutableMapping

STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# Two tools of others write styles (and, in the admin, expressions) into their markup; only those places allow it.
ADMIN = STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
DOCS = STRICT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
API = "default-src 'none'; frame-ancestors 'none'"

REFERRER = "strict-origin-when-cross-origin"
ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": REFERRER,
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


HSTS = "max-age=31536000; includeSubDomains; preload"


def guard_static(headers: MutableMapping[str, str], path: str, url: str, *, more: Mapping[str, str]) -> None:
    """Static files are answered before any middleware of ours, so they bring these headers themselves."""
    for name, value in {"Content-Security-Policy": STRICT, **ALWAYS, **more}.items():
        headers[name] = value
