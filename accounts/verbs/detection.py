"""Noticing the plain things: many wrong passwords for one account, a sign-in from a device it never used."""

import datetime as dt

from django.db import transaction
from django.utils.timezone import now

from accounts.facts import SecurityEventRecorded
from accounts.models import SecurityEvent, Session, User
from accounts.queries.devices import device
from accounts.verbs.mails import queue_mail
from accounts.verbs.security import record
from config.ids import NOBODY
from ontology.changes import publish

Type = SecurityEvent.Type
MANY = 5
WINDOW = dt.timedelta(minutes=15)
MOST_AGENTS = 500


@transaction.atomic
def failed_sign_in(*, user: User | None = None) -> None:
    """A wrong password for `user`, or for an address that nobody has (None; the address is not kept).

    Both take the same statements, so that the time tells nobody who exists. Never called inside a transaction that the
    refusal afterwards undoes.
    """
    user_id = user.pk if user else NOBODY
    # One at a time for one account, so that exactly the fifth is noticed.
    list(User.objects.select_for_update(no_key=True).filter(pk=user_id).order_by().values_list("pk"))
    event = record(Type.SIGN_IN_FAILED, user=user)
    if user is None:
        publish(SecurityEventRecorded(event_id=event.pk, user_id=NOBODY, severity=event.severity))
    recent = SecurityEvent.objects.filter(user_id=user_id, at__gt=now() - WINDOW)
    found = list(recent.values_list("type", flat=True).order_by())
    if found.count(Type.SIGN_IN_FAILED) >= MANY and Type.MANY_SIGN_INS_FAILED not in found:
        minutes = int(WINDOW.total_seconds() // 60)
        record(Type.MANY_SIGN_INS_FAILED, user=user, details=f"{MANY} wrong passwords within {minutes} minutes")


@transaction.atomic
def noticed_sign_in(*, user: User, session: Session) -> None:
    """Keep that `session` was opened; a device that no earlier session of theirs had is told to its owner by mail.

    Called after the session's row was made, in the same transaction. The first session of all has nothing to differ from.
    """
    words = device(session.user_agent)
    record(Type.SIGNED_IN, user=user, details=words, context=session.get_style_display())
    earlier = Session.objects.filter(user=user).exclude(pk=session.pk).order_by()
    agents = list(earlier.values_list("user_agent", flat=True).distinct()[:MOST_AGENTS])
    if agents and words not in {device(agent) for agent in agents}:
        record(Type.NEW_DEVICE, user=user, details=words, context=session.get_style_display())
        queue_mail(
            template="account/new_device",
            to=user.email,
            user=user,
            device=words,
            ip=session.ip or "",
            at=f"{session.created_at:%-d %B %Y, %H:%M} UTC",
        )
