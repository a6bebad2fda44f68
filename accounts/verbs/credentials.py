"""What a credential is worth. Named by `settings.CREDENTIAL_VERIFIER`, so that the floor need not know sessions."""

from typing import Any

from accounts.models import ApiKey, Session, User
from accounts.models.api_keys import KEY_PREFIX
from accounts.models.sessions import digest
from accounts.verbs import access_tokens

Verified = tuple[User, Session | ApiKey]


def verify(kind: str, value: Any) -> Verified | None:
    """The user and the session or key behind a credential found in a request; None where it is dead or never was.

    `kind` is bearer or token (a JWT or an opaque token), cookie (the request that carried it), api_key.
    """
    proof = _FIND[kind](value)
    if proof is None:
        return None
    proof.touch()
    return proof.user, proof


def _by_token(value: str) -> Session | None:
    if value.count(".") == 2:
        claims = access_tokens.read(value)
        return Session.objects.resolve(pk=claims.session_id, user=claims.user_id) if claims else None
    return Session.objects.resolve(token_hash=digest(value))


def _by_cookie(request: Any) -> Session | None:
    return getattr(request, "session_row", None)


def _by_key(value: str) -> ApiKey | None:
    """Without the scope admin, a key of somebody on the staff may what its owner may as a person, and no more."""
    if not value.startswith(KEY_PREFIX):
        return None
    key = ApiKey.objects.live().select_related("user").filter(key_hash=digest(value)).first()
    if key is not None and ApiKey.Scope.ADMIN not in key.scopes:
        key.user.is_staff = key.user.is_superuser = False
        key.user.role = User.Role.NONE
    return key


_FIND = {"bearer": _by_token, "token": _by_token, "cookie": _by_cookie, "api_key": _by_key}
