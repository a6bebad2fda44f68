"""Stream keys: `<id>?key=<proof>`, made anew whenever one is asked for and never stored.

An ingest server takes what stands before the question mark for the stream's name and hands on the rest with each of its
calls. So the key names its stream, every call proves itself, and what viewers and recordings see of it is the id alone.
"""

import base64
import hmac
from uuid import UUID

from django.utils.crypto import salted_hmac

SALT = "ontology.live_streams.stream_key"


def stream_key(*, stream_id: UUID, key_version: int) -> str:
    """What an encoder such as OBS is given as its stream key."""
    return f"{stream_id}?key={proof_of(stream_id, key_version)}"


def proof_of(stream_id: UUID, key_version: int) -> str:
    """HMAC-SHA256 with a key of its own made of SECRET_KEY; 43 characters of base64url."""
    mac = salted_hmac(SALT, f"{stream_id}:{key_version}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def is_proof(given: str, *, stream_id: UUID, key_version: int) -> bool:
    """In a time that tells nothing of how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), proof_of(stream_id, key_version).encode())
