"""Opening, renewing and ending sessions: the same few functions behind every dialect and the pages."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction
from django.utils.timezone import now

from accounts.facts import SessionsEnded
from accounts.models import RefreshToken, SecurityEvent, Session, User
from accounts.models.sessions import MOST_SESSIONS, SESSION_LIFE, digest
from accounts.verbs import access_tokens
from accounts.verbs.clients import Client, client_now
from accounts.verbs.detection import failed_sign_in, noticed_sign_in
from accounts.verbs.security import record
from accounts.verbs.two_factor import pass_second_factor
from config.errors import NotFound, Unauthenticated
from config.ids import lookup_id
from ontology.changes import publish


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has shown who they are, and the second factor they did it with, if the account has one."""

    user: User
    device: Any = None


def check_password(*, email: str, password: str) -> User:
    """The active user with this address and password. One answer, one hash and one time for every way to be wrong."""
    email = email.strip().lower()
    user = authenticate(None, email=email, password=password)
    if not isinstance(user, User):
        failed_sign_in(user=User.objects.filter(email=email).first())
        raise Unauthenticated("Invalid email or password", code="auth_failed")
    return user


def sign_in(*, email: str, password: str, otp: str | None = None) -> SignedIn:
    """Address, password and, where the account has one, the second factor: a code of the app or a backup code."""
    user = check_password(email=email, password=password)
    return SignedIn(user, pass_second_factor(user=user, code=otp))


@transaction.atomic
def open_session(
    *,
    user: User,
    style: str,
    client: Client | None = None,
    life: dt.timedelta = SESSION_LIFE,
    token: str | None = None,
    device: Any = None,
) -> Session:
    """A new session; with `token`, the opaque text that finds it. At most MOST_SESSIONS live ones a user, oldest ended.

    `device` is the second factor it was opened with; `client` where it comes from, by itself the request at hand.
    """
    client = client or client_now()
    session = Session.objects.create(
        user=user,
        style=style,
        token_hash=digest(token) if token else None,
        auth_hash=user.get_session_auth_hash(),
        otp_device=device.persistent_id if device is not None else "",
        ip=client.ip,
        user_agent=client.user_agent[:300],
        expires_at=now() + life,
    )
    User.objects.filter(pk=user.pk).update(last_login=now())
    surplus = Session.objects.visible_to(user).live().order_by("-last_seen_at", "-id").values_list("pk", flat=True)
    if old := list(surplus[MOST_SESSIONS:]):
        end_sessions(sessions=Session.objects.filter(pk__in=old), reason="too-many")
    noticed_sign_in(user=user, session=session)
    return session


def new_token() -> str:
    """An opaque token of 256 random bits."""
    return secrets.token_urlsafe(32)


def issue_refresh_token(*, session: Session) -> str:
    """A single-use token; it never outlives its session."""
    token = new_token()
    RefreshToken.objects.create(session=session, token_hash=digest(token), expires_at=session.expires_at)
    return token


def refresh(*, token: str) -> tuple[Session, str]:
    """Spend a refresh token for its session and the next one. A second use ends the session (RFC 9700, 4.14.2).

    No transaction around it: a refusal must not undo the revocation it brings.
    """
    spent = RefreshToken.objects.filter(token_hash=digest(token), used_at=None, expires_at__gt=now()).update(
        used_at=now()
    )
    row = RefreshToken.objects.filter(token_hash=digest(token)).first()
    if spent and row is not None and (session := Session.objects.resolve(pk=row.session_id)):
        session.touch()
        return session, issue_refresh_token(session=session)
    if row is not None and not spent and row.used_at is not None:
        notice_theft(row.session)
    raise Unauthenticated("Invalid or expired refresh token", code="invalid_token")


def notice_theft(session: Session) -> None:
    """A spent refresh token came back: one of the two who have it is a thief, so nobody goes on."""
    if end_sessions(sessions=Session.objects.filter(pk=session.pk), reason="refresh-reuse"):
        record(SecurityEvent.Type.REFRESH_REUSED, user=session.user, context=str(session.pk))


def access_token(*, session: Session, seconds: int = 3600) -> str:
    return access_tokens.issue(session=session, seconds=seconds)


@transaction.atomic
def end_sessions(*, sessions: Any, reason: str) -> int:
    """End these sessions everywhere at once; their live sockets close. Returns how many were still open."""
    rows = list(sessions.filter(revoked_at=None).values_list("pk", "user_id"))
    Session.objects.filter(pk__in=[pk for pk, _ in rows]).revoke(reason)
    for user_id in {user_id for _, user_id in rows}:
        publish(SessionsEnded(user_id=user_id, session_ids=tuple(pk for pk, owner in rows if owner == user_id)))
    return len(rows)


def sign_out(*, session: Session) -> None:
    end_sessions(sessions=Session.objects.filter(pk=session.pk), reason="signed-out")


@transaction.atomic
def end_session(*, user: User, session_id: Any) -> None:
    """End one session of `user`'s, by its owner's wish; NotFound where it is not theirs."""
    rows = Session.objects.visible_to(user).filter(pk=lookup_id(session_id))
    if not rows.exists():
        raise NotFound("Session not found")
    if end_sessions(sessions=rows, reason="ended-by-owner"):
        record(SecurityEvent.Type.SESSION_ENDED, user=user)


@transaction.atomic
def sign_out_everywhere(*, user: User, keep: Session | None = None) -> int:
    rows = Session.objects.visible_to(user)
    count = end_sessions(sessions=rows.exclude(pk=keep.pk) if keep else rows, reason="signed-out-everywhere")
    record(SecurityEvent.Type.SESSIONS_ENDED, user=user, details=f"{count} ended")
    return count


def restamp(*, session_id: Any, user: User) -> None:
    """After a voluntary password change: the session it was made in goes on, all others have just died."""
    Session.objects.filter(pk=session_id, user=user).update(auth_hash=user.get_session_auth_hash())
