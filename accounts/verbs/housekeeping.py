"""Rows that nobody can use any more are forgotten after a while."""

import datetime as dt

from django.contrib.sessions.models import Session as CookieRow
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import EmailToken, SecurityEvent, Session

# A spent refresh token must be known as long as its session could be told from a theft; people look back some weeks.
SESSIONS_KEPT = dt.timedelta(days=60)
LINKS_KEPT = dt.timedelta(days=30)
EVENTS_KEPT = dt.timedelta(days=730)


def forget_dead_rows() -> None:
    """Sessions (with their refresh tokens) and links that ended long ago, cookies that ran out, events after two years."""
    moment = now()
    over = Q(expires_at__lt=moment - SESSIONS_KEPT) | Q(revoked_at__lt=moment - SESSIONS_KEPT)
    Session.objects.filter(over).delete()
    EmailToken.objects.filter(expires_at__lt=moment - LINKS_KEPT).delete()
    SecurityEvent.objects.filter(at__lt=moment - EVENTS_KEPT).delete()
    CookieRow.objects.filter(expire_date__lt=moment).delete()
