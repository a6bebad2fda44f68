"""Sending sellers their share: claim the row, call outside, write the answer. Source: payments-design.md §2 and §3.

A claim is one conditional update with a lease (`shares`). The `attempt_key` is committed with it and stays until it is sure that
nothing was sent under it (`sending`), so a worker that dies, or an answer that is lost, never makes a second transfer.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, DomainError, Forbidden, NotFound
from config.ids import parse_id
from marketplace.facts import TransferChanged
from marketplace.gateways.payouts import PayoutRefused, PayoutUnanswered, SentTransfer
from marketplace.models import Difference, SellerAccount, Transfer
from marketplace.queries.ledger import SENT_KIND
from marketplace.queries.transfers import OTHER_KIND, OTHER_MONEY
from marketplace.verbs.differences import note_difference
from marketplace.verbs.ledger import CLEARING, book, seller_account
from marketplace.verbs.remembering import remember_transfer
from marketplace.verbs.sending import find_transfer, send_transfer
from marketplace.verbs.shares import absorb_reversals, claim_transfer
from marketplace.verbs.trying import MOST_TRIES, SOONEST, back_off, one_transaction
from ontology.changes import publish

logger = logging.getLogger(__name__)

BY_HAND_EVERY = timedelta(seconds=SOONEST)
NOT_CONNECTED = "seller_not_connected"
HELD = "transfer_held"


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
    return (
        Transfer.objects.payable()
        .not_held()
        .filter(waiting | Q(status=Transfer.Status.PROCESSING, lease_until__lt=moment))
    )


def _refuse_by_state(transfer: Transfer) -> None:
    if transfer.status in Transfer.SENT:
        raise Conflict("This transfer is completed", code="transfer_completed")
    if transfer.status == Transfer.Status.CANCELED:
        raise Conflict("This transfer was canceled", code="transfer_canceled")
    if transfer.status == Transfer.Status.PROCESSING and transfer.lease_until and transfer.lease_until > now():
        raise Conflict("This transfer is under way", code="transfer_in_progress", retry_after=SOONEST)
    if not Transfer.objects.filter(pk=transfer.pk).payable().exists():
        raise Conflict(OTHER_MONEY[transfer.is_sandbox], code=OTHER_KIND[transfer.is_sandbox])
    if not Transfer.objects.filter(pk=transfer.pk).not_held().exists():
        raise Conflict("This transfer waits until a refund or dispute of its order is decided", code=HELD)


# --- one try -------------------------------------------------------------------------------------------------------


def _attempt(transfer_id: UUID, claimable: QuerySet[Transfer], *, by_hand: bool = False) -> Transfer | None:
    destination = _destination_of(transfer_id)
    if destination is None:
        _block(transfer_id)
        # What may have been sent before is looked for all the same.
        claimable = claimable.exclude(attempt_key="")
    transfer = claim_transfer(transfer_id, claimable, now(), by_hand=by_hand)
    if transfer is not None and transfer.status == Transfer.Status.PROCESSING:
        _call(transfer, destination, by_hand=by_hand)
        transfer.refresh_from_db()
    if by_hand and destination is None and Transfer.objects.filter(pk=transfer_id, status="blocked").exists():
        raise Conflict("The seller cannot receive transfers yet", code=NOT_CONNECTED)
    return transfer


def _call(transfer: Transfer, destination: str | None, *, by_hand: bool) -> None:
    try:
        sent = send_transfer(transfer, destination) if destination else find_transfer(transfer)
    except PayoutRefused as refusal:
        _keep_failure(transfer, refusal.code, refusal.message, is_key_spent=True, by_hand=by_hand)
    except PayoutUnanswered as silence:
        _keep_failure(transfer, silence.code, silence.message, is_key_spent=False, by_hand=by_hand)
    except DomainError as error:
        _keep_failure(transfer, error.code or str(error.kind), error.message, is_key_spent=False, by_hand=by_hand)
    else:
        if sent is None:
            _start_over(transfer)
        else:
            complete_transfer(transfer_id=transfer.pk, sent=sent)


def _destination_of(transfer_id: UUID) -> str | None:
    active = SellerAccount.objects.filter(user__transfers=transfer_id, transfers_active=True)
    return active.values_list("provider_id", flat=True).first()


@transaction.atomic
def _start_over(transfer: Transfer) -> None:
    """The provider knows nothing of it: it is made smaller by what went back, and is due again under a new key, or waits
    for its seller's account."""
    row = Transfer.objects.select_for_update().filter(pk=transfer.pk, lease_until=transfer.lease_until).first()
    if row is None:
        return
    row.status = Transfer.Status.PENDING if _destination_of(row.pk) else Transfer.Status.BLOCKED
    row.attempt_key, row.key_since, row.lease_until, row.next_retry_at = "", None, None, None
    row.save()
    absorb_reversals(row)
    _tell(row)


# --- what came of it -----------------------------------------------------------------------------------------------


@one_transaction
def complete_transfer(*, transfer_id: UUID, sent: SentTransfer) -> bool:
    """The provider did it. Whoever knows that may say so, also after their lease; the first one books it."""
    moment = now()
    expected = Transfer.objects.filter(pk=transfer_id, amount_cents=sent.amount_cents, currency=sent.currency)
    unsent = expected.exclude(status__in=(*Transfer.SENT, Transfer.Status.CANCELED))
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
    transfer = Transfer.objects.get(pk=transfer_id)
    if not is_first:
        _note_unexpected(transfer, sent)
        return False
    book(
        source_key=f"transfer:{transfer.pk}:completed",
        kind=SENT_KIND,
        entries=[
            (seller_account(transfer.seller_id), transfer.amount_cents, transfer.currency),
            (CLEARING, -transfer.amount_cents, transfer.currency),
        ],
        is_sandbox=transfer.is_sandbox,
    )
    remember_transfer(transfer)
    _tell(transfer)
    return True


def _note_unexpected(transfer: Transfer, sent: SentTransfer) -> None:
    """The provider sent what we did not mean to send: nothing is booked, a person looks."""
    if transfer.provider_id == sent.provider_id and transfer.amount_cents == sent.amount_cents:
        return
    Transfer.objects.filter(pk=transfer.pk, status=Transfer.Status.PROCESSING).update(
        status=Transfer.Status.FAILED, lease_until=None, next_retry_at=None, last_error_code="amount_mismatch"
    )
    note_difference(
        kind=Difference.Kind.TRANSFER_AMOUNT,
        reference=str(transfer.pk),
        currency=transfer.currency,
        ours=transfer.amount_cents if transfer.status in Transfer.SENT else 0,
        theirs=sent.amount_cents,
        note=f"The provider sent {sent.provider_id}, which is not what we meant to send.",
    )


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
    is_inactive = code == "insufficient_capabilities_for_transfer"
    if is_inactive:
        # The seller's lock before the transfer's, as everywhere.
        list(SellerAccount.objects.select_for_update().filter(user=transfer.seller_id))
    if not mine.update(**changes):
        return
    if is_inactive:
        SellerAccount.objects.filter(user=transfer.seller_id).update(transfers_active=False)
        _block(transfer.pk)
    elif spent >= MOST_TRIES:
        logger.error("Transfer %s failed %s times and waits for staff", transfer.pk, spent)
    _tell(Transfer.objects.get(pk=transfer.pk))


def _block(transfer_id: UUID) -> None:
    """The seller cannot receive money: wait for their account, not for a clock."""
    waiting = (Transfer.Status.PENDING, Transfer.Status.FAILED)
    with transaction.atomic():
        if Transfer.objects.filter(pk=transfer_id, status__in=waiting, attempt_key="").update(
            status=Transfer.Status.BLOCKED, next_retry_at=None, updated_at=now()
        ):
            _tell(Transfer.objects.get(pk=transfer_id))


def unblock_transfers(*, seller_id: UUID) -> list[UUID]:
    """The seller can receive money now: everything that waited for it is due. Called in the connecting transaction."""
    blocked = Transfer.objects.payable().filter(seller=seller_id, status=Transfer.Status.BLOCKED)
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
