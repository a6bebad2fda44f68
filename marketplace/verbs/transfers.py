"""Sending sellers their share: claim the row, call outside, write the answer. Source: payments-design.md §2 and §3.

A claim is one conditional update with a lease. The `attempt_key` is committed with it and stays until the provider
definitely refused, so a worker that dies, or an answer that is lost, never makes a second transfer.
"""

import logging
import secrets
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, DomainError, Forbidden, NotFound
from config.ids import parse_id
from marketplace.facts import TransferChanged
from marketplace.gateways.payouts import PayoutRefused, PayoutUnanswered, SentTransfer, payouts
from marketplace.models import SellerAccount, Transfer
from marketplace.queries.ledger import SENT_KIND
from marketplace.verbs.ledger import CLEARING, book, seller_account
from marketplace.verbs.remembering import remember_transfer
from ontology.changes import publish

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than a call outside may take with its own repeats."""
KEY_LIVES = timedelta(hours=20)
"""Providers forget a key after 24 hours; from then on only their list can tell what became of it."""
MOST_TRIES = 8
SOONEST, LATEST = 30, 6 * 3600
BY_HAND_EVERY = timedelta(seconds=SOONEST)
NOT_CONNECTED = "seller_not_connected"
_dice = SystemRandom()


def attempt_transfer(*, transfer_id: UUID) -> Transfer | None:
    """One try, where one is due; None where it is not (done, waiting, or another worker has it). Safe to call at any time."""
    return _attempt(transfer_id, Transfer.objects.due(now(), retries=settings.TRANSFER_RETRY_ENABLED))


def retry_transfer(*, transfer_id: UUID | str, by: User) -> Transfer:
    """Administrators try a transfer now. It starts the budget of tries anew and counts as a retry whatever comes of it.

    Forbidden, NotFound; Conflict for one that is sent, under way, waiting for its seller, or was retried just now.
    """
    if not by.is_admin:
        raise Forbidden("Only administrators may retry a transfer")
    key = parse_id(transfer_id)
    transfer = Transfer.objects.filter(pk=key).first() if key else None
    if transfer is None:
        raise NotFound("Transfer not found")
    _refuse_by_state(transfer)
    moment = now()
    rested = Q(retried_at=None) | Q(retried_at__lte=moment - BY_HAND_EVERY)
    tried = _attempt(transfer.pk, _retriable(moment).filter(rested), by_hand=True)
    if tried is None:
        _refuse_by_state(Transfer.objects.get(pk=transfer.pk))
        raise Conflict("This transfer was tried a moment ago", code="retried_just_now", retry_after=SOONEST)
    return tried


def _retriable(moment: datetime) -> QuerySet[Transfer]:
    waiting = Q(status__in=(Transfer.Status.PENDING, Transfer.Status.FAILED, Transfer.Status.BLOCKED))
    return Transfer.objects.filter(waiting | Q(status=Transfer.Status.PROCESSING, lease_until__lt=moment))


def _refuse_by_state(transfer: Transfer) -> None:
    if transfer.status in Transfer.SENT:
        raise Conflict("This transfer is completed", code="transfer_completed")
    if transfer.status == Transfer.Status.CANCELED:
        raise Conflict("This transfer was canceled", code="transfer_canceled")
    if transfer.status == Transfer.Status.PROCESSING and transfer.lease_until and transfer.lease_until > now():
        raise Conflict("This transfer is under way", code="transfer_in_progress", retry_after=SOONEST)


# --- one try -------------------------------------------------------------------------------------------------------


def _attempt(transfer_id: UUID, claimable: QuerySet[Transfer], *, by_hand: bool = False) -> Transfer | None:
    destination = _destination_of(transfer_id)
    if destination is None:
        _block(transfer_id)
        if by_hand:
            raise Conflict("The seller cannot receive transfers yet", code=NOT_CONNECTED)
        return None
    transfer = _claim(transfer_id, claimable, by_hand=by_hand)
    if transfer is None:
        return None
    try:
        sent = _send(transfer, destination)
    except PayoutRefused as refusal:
        _keep_failure(transfer, refusal.code, refusal.message, is_key_spent=True, by_hand=by_hand)
    except PayoutUnanswered as silence:
        _keep_failure(transfer, silence.code, silence.message, is_key_spent=False, by_hand=by_hand)
    except DomainError as error:
        _keep_failure(transfer, error.code or str(error.kind), error.message, is_key_spent=False, by_hand=by_hand)
    else:
        complete_transfer(transfer_id=transfer.pk, sent=sent)
    transfer.refresh_from_db()
    return transfer


def _destination_of(transfer_id: UUID) -> str | None:
    active = SellerAccount.objects.filter(user__transfers=transfer_id, transfers_active=True)
    return active.values_list("provider_id", flat=True).first()


def _claim(transfer_id: UUID, claimable: QuerySet[Transfer], *, by_hand: bool) -> Transfer | None:
    """The intention, committed: whose try it is until when, and under which key. One caller gets the row."""
    moment = now()
    taken: dict[str, object] = {
        "status": Transfer.Status.PROCESSING,
        "lease_until": moment + LEASE,
        "attempted_at": moment,
        "updated_at": moment,
    }
    if by_hand:
        taken |= {"retried_at": moment, "tries_spent": 0, "retry_count": F("retry_count") + 1}
    with transaction.atomic():
        if not claimable.filter(pk=transfer_id).update(**taken):
            return None
        Transfer.objects.filter(pk=transfer_id, attempt_key="").update(
            attempt_key=f"tr-{transfer_id}-{secrets.token_hex(6)}", key_since=moment
        )
        return Transfer.objects.get(pk=transfer_id)


def _send(transfer: Transfer, destination: str) -> SentTransfer:
    """The call. Where the key may be forgotten, or only repeats a failure, the provider's list is asked first."""
    if transfer.key_since and transfer.key_since < now() - KEY_LIVES:
        return _found(transfer) or _post(_with_new_key(transfer), destination)
    try:
        return _post(transfer, destination)
    except PayoutUnanswered as silence:
        if not silence.is_replay:
            raise
        if found := _found(transfer):
            return found
        _with_new_key(transfer)
        raise


def _post(transfer: Transfer, destination: str) -> SentTransfer:
    return payouts().transfer(
        key=transfer.attempt_key,
        destination=destination,
        amount_cents=transfer.amount_cents,
        currency=transfer.currency,
        group=f"order_{transfer.order_id}",
        reference=str(transfer.pk),
    )


def _found(transfer: Transfer) -> SentTransfer | None:
    sent = payouts().find_transfers(f"order_{transfer.order_id}")
    return next((one for one in sent if one.reference == str(transfer.pk)), None)


def _with_new_key(transfer: Transfer) -> Transfer:
    transfer.attempt_key, transfer.key_since = f"tr-{transfer.pk}-{secrets.token_hex(6)}", now()
    Transfer.objects.filter(pk=transfer.pk, lease_until=transfer.lease_until).update(
        attempt_key=transfer.attempt_key, key_since=transfer.key_since
    )
    return transfer


# --- what came of it -----------------------------------------------------------------------------------------------


@transaction.atomic
def complete_transfer(*, transfer_id: UUID, sent: SentTransfer) -> bool:
    """The provider did it. Whoever knows that may say so, also after their lease; the first one books it."""
    moment = now()
    unsent = Transfer.objects.filter(pk=transfer_id).exclude(status__in=Transfer.SENT)
    is_first = unsent.update(
        status=Transfer.Status.COMPLETED,
        provider_id=sent.provider_id,
        completed_at=moment,
        updated_at=moment,
        lease_until=None,
        next_retry_at=None,
        last_error="",
        last_error_code="",
    )
    if not is_first:
        return False
    transfer = Transfer.objects.get(pk=transfer_id)
    book(
        source_key=f"transfer:{transfer.pk}:completed",
        kind=SENT_KIND,
        entries=[
            (seller_account(transfer.seller_id), transfer.amount_cents, transfer.currency),
            (CLEARING, -transfer.amount_cents, transfer.currency),
        ],
    )
    remember_transfer(transfer)
    _tell(transfer)
    return True


@transaction.atomic
def _keep_failure(transfer: Transfer, code: str, message: str, *, is_key_spent: bool, by_hand: bool) -> None:
    """Count it, say why and when it is tried next. Only while the lease is ours: a later claim knows better."""
    mine = Transfer.objects.filter(pk=transfer.pk, status=Transfer.Status.PROCESSING, lease_until=transfer.lease_until)
    spent = transfer.tries_spent + 1
    changes: dict[str, object] = {
        "status": Transfer.Status.FAILED,
        "tries_spent": spent,
        "lease_until": None,
        "next_retry_at": now() + back_off(spent) if spent < MOST_TRIES else None,
        "last_error_code": code[:64],
        "last_error": message[:300],
        "updated_at": now(),
    }
    if not by_hand:
        changes["retry_count"] = F("retry_count") + 1
    if is_key_spent:
        changes |= {"attempt_key": "", "key_since": None}
    if not mine.update(**changes):
        return
    if code == "insufficient_capabilities_for_transfer":
        SellerAccount.objects.filter(user=transfer.seller_id).update(transfers_active=False)
        _block(transfer.pk)
    elif spent >= MOST_TRIES:
        logger.error("Transfer %s failed %s times and waits for staff", transfer.pk, spent)
    _tell(Transfer.objects.get(pk=transfer.pk))


def back_off(tries: int) -> timedelta:
    """Full jitter up to a bound that doubles with each try; at least half a minute, at most six hours."""
    return timedelta(seconds=max(SOONEST, _dice.uniform(0, min(LATEST, 60 * 2**tries))))


def _block(transfer_id: UUID) -> None:
    """The seller cannot receive money: wait for their account, not for a clock."""
    waiting = (Transfer.Status.PENDING, Transfer.Status.FAILED)
    with transaction.atomic():
        if Transfer.objects.filter(pk=transfer_id, status__in=waiting).update(
            status=Transfer.Status.BLOCKED, next_retry_at=None, updated_at=now()
        ):
            _tell(Transfer.objects.get(pk=transfer_id))


def unblock_transfers(*, seller_id: UUID) -> list[UUID]:
    """The seller can receive money now: everything that waited for it is due. Called in the connecting transaction."""
    blocked = Transfer.objects.filter(seller=seller_id, status=Transfer.Status.BLOCKED)
    waited = list(blocked.values_list("pk", flat=True))
    blocked.filter(pk__in=waited).update(status=Transfer.Status.PENDING, next_retry_at=None, updated_at=now())
    for transfer_id in waited:
        publish(TransferChanged(transfer_id=transfer_id, seller_id=seller_id, status=Transfer.Status.PENDING))
    return waited


def transfers_due(*, limit: int = 200) -> list[UUID]:
    due = Transfer.objects.due(now(), retries=settings.TRANSFER_RETRY_ENABLED)
    return list(due.order_by("created_at", "id").values_list("pk", flat=True)[:limit])


def transfers_due_for(*, seller_id: UUID, limit: int = 200) -> list[UUID]:
    """One seller's transfers that were never tried."""
    fresh = Transfer.objects.filter(seller=seller_id, status=Transfer.Status.PENDING)
    return list(fresh.order_by("created_at", "id").values_list("pk", flat=True)[:limit])


def _tell(transfer: Transfer) -> None:
    publish(TransferChanged(transfer_id=transfer.pk, seller_id=transfer.seller_id, status=transfer.status))
