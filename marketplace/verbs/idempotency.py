"""One Idempotency-Key, one effect: payments-design.md §3, after the IETF draft.

The row comes first and is unique by (user, route, key). A key that somebody works on is locked for a minute; whoever
finds the lock lapsed takes it over and goes on with the order that the first one made. A lock is its holder's alone: whoever
stood still for longer than it lasts may write nothing under the key any more.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid
from marketplace.models import IdempotencyRecord, Order

LOCK = timedelta(seconds=60)
KEPT = timedelta(hours=24)


def clean_key(text: str | None) -> str | None:
    """The key as it counts: without quotes, 1 to 255 printable characters. None where none was sent."""
    if text is None:
        return None
    key = text.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        sentence = "Must be 1 to 255 printable characters."
        raise Invalid(f"Idempotency-Key: {sentence}", details={"Idempotency-Key": [sentence]})
    return key


def claim_key(*, by: User, route: str, key: str, request: Any) -> IdempotencyRecord:
    """The record, locked for the caller; or finished, with its `answer`. Conflict while another request works on it."""
    print_of = hashlib.sha256(orjson.dumps([route, request], option=orjson.OPT_SORT_KEYS)).hexdigest()
    mine = {"user": by, "route": route, "key": key}
    until = now() + LOCK
    record, is_new = IdempotencyRecord.objects.get_or_create(
        **mine, defaults={"fingerprint": print_of, "locked_until": until}
    )
    if is_new:
        return record
    if record.fingerprint != print_of:
        raise Conflict("This Idempotency-Key was used for another request", code="idempotency_key_reused")
    free = Q(locked_until=None) | Q(locked_until__lt=now())
    if record.answer is None:
        taken = IdempotencyRecord.objects.filter(free, pk=record.pk, answer__isnull=True).update(locked_until=until)
        record = IdempotencyRecord.objects.filter(pk=record.pk).first() or record
        record.locked_until = until
        if not taken and record.answer is None:
            raise _in_progress()
    return record


def _in_progress() -> Conflict:
    return Conflict("This request is still being worked on", code="idempotency_in_progress", retry_after=1)


def tie_order(*, record: IdempotencyRecord, order: Order) -> None:
    """The key stands for this order from now on. Called in the transaction that makes it: Conflict, so that nothing is made,
    where another request took the key over meanwhile."""
    if not _held(record).filter(order=None).update(order=order):
        raise _in_progress()


def finish_key(*, record: IdempotencyRecord, answer: dict[str, Any]) -> None:
    """What every later request with the key gets. Conflict where another request took it over: then what was done in the
    same transaction is undone."""
    if not _held(record).update(answer=answer, locked_until=None):
        raise _in_progress()


def release_key(*, record: IdempotencyRecord) -> None:
    """The work did not finish. Where it had made an order, the key stays and goes on with it; otherwise it is free again."""
    _held(record).filter(order=None).delete()
    _held(record).update(locked_until=None)


def _held(record: IdempotencyRecord) -> QuerySet[IdempotencyRecord]:
    """The row, where the lock that `claim_key` gave still stands."""
    return IdempotencyRecord.objects.filter(pk=record.pk, answer__isnull=True, locked_until=record.locked_until)


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request, and whether it was given before."""

    answer: dict[str, Any]
    is_replay: bool


def answer_once(*, by: User, key: str | None, route: str, request: Any, act: Callable[[], dict[str, Any]]) -> Answered:
    """What `act` answers, and under a key the same to every repeat. For what calls outside: no transaction is around it."""
    if key is None:
        return Answered(act(), is_replay=False)
    record = claim_key(by=by, route=route, key=key, request=request)
    if record.answer is not None:
        return Answered(record.answer, is_replay=True)
    try:
        answer = act()
    except BaseException:
        release_key(record=record)
        raise
    finish_key(record=record, answer=answer)
    return Answered(answer, is_replay=False)


def forget_old_keys() -> int:
    return IdempotencyRecord.objects.filter(created_at__lt=now() - KEPT).delete()[0]
