"""Signed access tokens. One names a session and says nothing the session row does not decide again at each use."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.utils.timezone import now

from accounts.models import Session
from config.ids import new_id, parse_id

API = "api"
CHAT = "chat"
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: UUID
    session_id: UUID
    expires_at: dt.datetime


def signing_key() -> bytes:
    """A key of its own, so that nothing else signed with SECRET_KEY can ever be taken for a token."""
    return hashlib.sha256(b"stoa access token" + settings.SECRET_KEY.encode()).digest()


def issue(*, session: Session, audience: str = API, seconds: int = 3600) -> str:
    moment = int(now().timestamp())
    claims = {
        "iss": settings.SITE_URL,
        "aud": audience,
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "jti": str(new_id()),
        "typ": "access",
        "iat": moment,
        "exp": moment + seconds,
    }
    return jwt.encode(claims, signing_key(), algorithm=ALGORITHM)


def read(token: str, *, audience: str = API) -> Claims | None:
    """The claims of a token of ours for this audience that has not run out; None for anything else."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            signing_key(),
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=settings.SITE_URL,
            options={"require": ["exp", "iat", "sub", "sid", "typ", "aud", "iss"]},
        )
    except jwt.PyJWTError:
        return None
    user_id, session_id = parse_id(claims["sub"]), parse_id(claims["sid"])
    if claims["typ"] != "access" or user_id is None or session_id is None:
        return None
    return Claims(user_id, session_id, dt.datetime.fromtimestamp(claims["exp"], tz=dt.UTC))
