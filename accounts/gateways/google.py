"""Google: what an ID token says, once its signature, issuer, audience and life are right, and only once.

https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
"""

import hashlib
import time
from typing import Any

import httpx
import jwt
from django.conf import settings
from django.core.cache import cache

from accounts.gateways.providers import Identity, NotProven, app_of
from config.connections import let_go
from config.errors import Unavailable

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
NEEDED = ["iss", "aud", "sub", "exp", "iat"]
KEYS = "google-keys"
KEYS_LIVE = 3600
TIMEOUT = 5.0
LONGEST = 8192


def identify(id_token: str) -> Identity:
    """Raises NotProven, or Unavailable while Google's keys cannot be had. Looking spends nothing; `spend` does."""
    app = app_of("google")
    if app is None or len(id_token) > LONGEST or cache.get(_spent(id_token)):
        raise NotProven
    try:
        header = jwt.get_unverified_header(id_token)
        claims = jwt.decode(
            id_token,
            key=key_of(str(header.get("kid", ""))),
            algorithms=["RS256"],
            audience=app["client_id"],
            issuer=ISSUERS,
            options={"require": NEEDED},
        )
    except (jwt.PyJWTError, ValueError):
        raise NotProven from None
    return Identity(
        provider="google",
        uid=str(claims["sub"]),
        email=str(claims.get("email") or "").strip().lower(),
        is_verified=claims.get("email_verified") is True,
        name=str(claims.get("name") or "")[:150],
    )


def spend(id_token: str) -> None:
    """Use it up: a token opens one session. NotProven for whoever comes second."""
    life = jwt.decode(id_token, options={"verify_signature": False})["exp"] - time.time()
    if not cache.add(_spent(id_token), True, timeout=max(60, int(life) + 60)):
        raise NotProven


def key_of(kid: str) -> Any:
    """The public key of this id. Keys are kept for an hour; an unknown one is asked for again at most once a minute."""
    known = cache.get(KEYS)
    if known is None or (kid not in known and cache.add(f"{KEYS}-asked", True, 60)):
        known = fetched_keys()
        cache.set(KEYS, known, KEYS_LIVE)
    if kid not in known:
        raise NotProven
    return jwt.PyJWK(known[kid]).key


def fetched_keys() -> dict[str, Any]:
    let_go()
    try:
        answer = httpx.get(settings.GOOGLE_KEYS, timeout=TIMEOUT)
        answer.raise_for_status()
        return {key["kid"]: key for key in answer.json()["keys"]}
    except (httpx.HTTPError, ValueError, KeyError):
        raise Unavailable("Google does not answer at the moment. Please try again later.", retry_after=30) from None


def _spent(id_token: str) -> str:
    return f"google-token:{hashlib.sha256(id_token.encode()).hexdigest()}"
