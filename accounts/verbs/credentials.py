"""What a credential is worth. Named by `settings.CREDENTIAL_VERIFIER`, so that the floor need not know sessions."""

from typing import Any

from accounts.models import Session, User
from accounts.models.sessions import digest
from accounts.verbs import access_tokens

Verified = tuple[User, Session]


def verify(kind: str, value: Any) -> Verified | None:
    """The user and the session behind a credential found in a request; None where it is dead or never was.

    `kind` is bearer or token (a JWT or an opaque token), cookie (the request that carried it), api_key.
    """
    session = _FIND[kind](value)
    if session is None:
        return None
    session.touch()
    return session.user, session


def _by_token(value: str) -> Session | None:
    if value.count(".") == 2:
        claims = access_tokens.read(value)
        return Session.objects.resolve(pk=claims.session_id, user=claims.user_id) if claims else None
    return Session.objects.resolve(token_hash=digest(value))


def _by_cookie(request: Any) -> Session | None:
    return getattr(request, "session_row", None)


_FIND = {"bearer": _by_token, "token": _by_token, "cookie": _by_cookie, "api_key": lambda value: None}
