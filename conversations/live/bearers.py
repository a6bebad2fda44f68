"""Who authenticates on a Socket.IO connection: whoever bears what Dana takes as a bearer token."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Session, User
from accounts.verbs import access_tokens
from accounts.verbs.credentials import verify
from conversations.live.credentials import MAX_TOKEN, is_signed_in
from conversations.models import Conversation


@dataclass(frozen=True, slots=True)
class Bearer:
    """`until`: when the token runs out, or its sign-in where that is sooner."""

    user: User
    session_id: UUID
    until: dt.datetime


def by_bearer(token: object) -> Bearer | None:
    """Whose token this is; None for whatever is none of ours, or dead. Reads the database."""
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
        return None
    user, session = verify("bearer", token) or (None, None)
    if user is None or not isinstance(session, Session):
        return None
    claims = access_tokens.read(token)
    ends = [session.expires_at, *([claims.expires_at] if claims else [])]
    return Bearer(user, session.pk, until=min(ends))


def still_seen(bearer: Bearer, conversation_ids: Iterable[str]) -> set[str] | None:
    """Which of these conversations they may still see; None where the sign-in has ended. Reads the database."""
    if not is_signed_in(bearer.session_id, bearer.user.pk):
        return None
    user = User.objects.get(pk=bearer.user.pk)  # as it is now: staff may have become none
    rows = Conversation.objects.visible_to(user).filter(pk__in=[UUID(key) for key in conversation_ids])
    return {str(key) for key in rows.values_list("pk", flat=True)}
