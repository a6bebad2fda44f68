"""Who may tell us something: Meta's signature over the raw bytes, and the question it asks first. Source: messaging-design.md §1."""

import hashlib
import hmac
import re

from django.conf import settings

HEADER = "X-Hub-Signature-256"
# Meta asks with digits; nothing else is said back.
CHALLENGE = re.compile(r"[0-9]{1,32}")


def secrets() -> list[bytes]:
    """`META_APP_SECRET` may hold several, with commas: while one is replaced, or one an app."""
    return [part.strip().encode() for part in settings.META_APP_SECRET.split(",") if part.strip()]


def sign(body: bytes) -> str:
    """The header as Meta would send it."""
    return "sha256=" + hmac.new(secrets()[0], body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str) -> bool:
    """Whether Meta sent these very bytes; never without a secret."""
    # As bytes: compare_digest raises on a text that is not ASCII.
    given = signature.encode("utf-8", "replace")
    rights = [b"sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest().encode() for key in secrets()]
    return any(hmac.compare_digest(given, right) for right in rights)


def answer_to(*, mode: str, token: str, challenge: str) -> str | None:
    """The bare challenge, where whoever asks knows our verify token; None otherwise."""
    known = settings.META_VERIFY_TOKEN.encode()
    is_known = hmac.compare_digest(token.encode("utf-8", "replace"), known) and bool(known)
    return challenge if mode == "subscribe" and is_known and CHALLENGE.fullmatch(challenge) else None
