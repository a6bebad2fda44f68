"""Leaving for good: a time in which it can be called off, and then the erasure that the map of personal data says.

For the page and the doors (they ask for a proof first, `proof.require_fresh`):
    request_departure(user=, by=) -> Departure     by its owner; an open one is the answer; `due_at` says when
    cancel_departure(user=) -> Departure           Conflict `no_departure` where none is open, or it is too late
    open_departure(user) -> Departure | None       for the page
    remove_user(user_id=, by=) -> Departure        by an administrator: switched off at once, erased with the next sweep
"""

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.facts import AccountErased, AccountLeaving, SessionsEnded
from accounts.models import Departure, SecurityEvent, Session, User
from accounts.verbs.archives import person_of
from accounts.verbs.exports import forget_files_of
from accounts.verbs.mails import LAST_MAIL, queue_mail
from accounts.verbs.people import switch_off
from accounts.verbs.security import record
from accounts.verbs.staff import check_one_stays, lock_for
from config.errors import Conflict, Forbidden
from config.ids import lookup_id
from config.personal_data import Person, Table, in_leaving_order
from ontology.changes import publish

logger = logging.getLogger(__name__)

Type = SecurityEvent.Type
WAITING = dt.timedelta(days=14)


@transaction.atomic
def request_departure(*, user: User, by: User) -> Departure:
    """Ask for the erasure of one's own account, in WAITING. The last super admin stays: Conflict `last_super_admin`."""
    if by.pk != user.pk:
        raise Forbidden("Only its owner may ask for the deletion of an account")
    user, _ = lock_for(user.pk, None)
    check_one_stays(user, role=User.Role.NONE)
    if there := open_departure(user):
        return there
    moment = now()
    departure = Departure.objects.create(user=user, requested_by=user, requested_at=moment, due_at=moment + WAITING)
    due = day(departure.due_at)
    record(Type.DELETION_REQUESTED, user=user, details=f"Due on {due}")
    queue_mail(template="account/deletion_requested", to=user.email, user=user, due=due)
    return departure


@transaction.atomic
def cancel_departure(*, user: User) -> Departure:
    """Call it off, until the day it is due."""
    user, _ = lock_for(user.pk, None)
    departure = open_departure(user)
    if departure is None or departure.due_at <= now():
        raise Conflict("There is no deletion that could be called off", code="no_departure")
    departure.cancelled_at = now()
    departure.save(update_fields=["cancelled_at"])
    record(Type.DELETION_CANCELLED, user=user)
    queue_mail(template="account/deletion_cancelled", to=user.email, user=user)
    return departure


@transaction.atomic
def remove_user(*, user_id: Any, by: User) -> Departure:
    """Switch an account off at once and have it erased. Document convex.txt, admin.removeUser.

    For administrators, as `staff.check_may_decide` has it: nobody removes themselves or the last super admin.
    """
    user = switch_off(user_id=user_id, by=by)
    departure = open_departure(user)
    if departure is None:
        departure = Departure(user=user)
        record(Type.DELETION_REQUESTED, user=user, context=str(by.pk))
    departure.requested_by, departure.due_at = by, now()
    departure.save()
    return departure


def open_departure(user: User) -> Departure | None:
    return Departure.objects.open().filter(user=user).first()


def due_departures() -> list[Any]:
    return list(Departure.objects.due().order_by("due_at").values_list("pk", flat=True)[:100])


def erase(*, departure_id: Any) -> bool:
    """Erase whose time has come: all of it or, where anything fails, nothing, and the next sweep tries again.

    Safe to call twice or at once; returns whether this call did it.
    """
    departure = Departure.objects.due().filter(pk=lookup_id(departure_id)).first()
    if departure is None:
        return False
    with transaction.atomic():
        user, _ = lock_for(departure.user_id, None)
        if not Departure.objects.due().filter(pk=departure.pk).exists():
            return False
        if not put_off_the_last(departure, user):
            return False
        leave(user)
        Departure.objects.filter(pk=departure.pk).update(erased_at=now())
    return True


def put_off_the_last(departure: Departure, user: User) -> bool:
    """Whether they may go. All other super admins may have left while this one waited: then it waits a day more."""
    try:
        check_one_stays(user, role=User.Role.NONE)
    except Conflict:
        logger.warning("The last super admin asked to leave; appoint another one")
        Departure.objects.filter(pk=departure.pk).update(due_at=now() + dt.timedelta(days=1))
        return False
    return True


def leave(user: User) -> None:
    """What the map says, from the app that stands highest down. What is told live is told after it, or it would go too."""
    person = person_of(user)
    sessions = tuple(Session.objects.visible_to(user).filter(revoked_at=None).values_list("pk", flat=True))
    publish(AccountLeaving(user_id=user.pk))
    forget_files_of(user)
    for each in in_leaving_order():
        take_out(each, person)
    record(Type.ACCOUNT_ERASED, user=user)
    queue_mail(template=LAST_MAIL, to=person.email)
    if sessions:
        publish(SessionsEnded(user_id=user.pk, session_ids=sessions))
    publish(AccountErased(user_id=user.pk))


def take_out(each: Table, person: Person) -> None:
    """Erase or anonymise one table's rows. Their files go at once: a transaction that fails is tried again, to the end."""
    rows = each.rows(person)
    forget_files(each, rows)
    if not each.stays:
        rows.order_by().delete()
    elif any(callable(value) for value in each.anonymised.values()):
        for row in rows.iterator(chunk_size=500):
            new = {column: value(row) if callable(value) else value for column, value in each.anonymised.items()}
            each.model._base_manager.filter(pk=row.pk).update(**new)
    elif each.anonymised:
        rows.order_by().update(**each.anonymised)


def forget_files(each: Table, rows: Any) -> None:
    # A file that is kept, for a reason of its own, is what others still use.
    for column in set(each.file_columns) - each.kept.keys():
        for row in rows.exclude(**{column: ""}).iterator(chunk_size=500):
            if file := getattr(row, column):
                file.storage.delete(file.name)


def day(moment: dt.datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
