"""Taking a seller's share back from a transfer that was sent: claim, call outside, write the answer, as with transfers.

The buyer was refunded before, so nothing waits for this. Where the seller has had the money paid out, it stays their debt in
the ledger and is kept back from their next transfers (payments-design.md §2 "Transfers", §3 "Ledger").
"""

import logging
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from config.errors import DomainError
from marketplace.facts import TransferReversed
from marketplace.gateways.payouts import PayoutRefused, PayoutUnanswered, SentReversal, payouts
from marketplace.models import Transfer, TransferReversal
from marketplace.verbs.keys import lease_lost, was_used_before
from marketplace.verbs.ledger import CLEARING, book, seller_account
from marketplace.verbs.remembering_refunds import remember_reversal
from marketplace.verbs.trying import KEY_LIVES, LEASE, MOST_TRIES, back_off, one_transaction
from ontology.changes import publish

logger = logging.getLogger(__name__)

PAID_OUT = "balance_insufficient"


def attempt_reversal(*, reversal_id: UUID) -> TransferReversal | None:
    """One try, where one is due; None where it is not. Safe to call at any time."""
    reversal = _claim(reversal_id, now())
    if reversal is None:
        return None
    try:
        sent = _reverse(reversal)
    except PayoutRefused as refusal:
        _keep_failure(reversal, refusal.code, refusal.message, is_key_spent=True)
    except PayoutUnanswered as silence:
        _keep_failure(reversal, silence.code, silence.message, is_key_spent=False)
    except DomainError as error:
        _keep_failure(reversal, error.code or str(error.kind), error.message, is_key_spent=False)
    else:
        complete_reversal(reversal_id=reversal.pk, sent=sent)
    reversal.refresh_from_db()
    return reversal


@transaction.atomic
def _claim(reversal_id: UUID, moment: datetime) -> TransferReversal | None:
    claimed = TransferReversal.objects.due(moment).filter(pk=reversal_id)
    if not claimed.update(lease_until=moment + LEASE, attempts=F("attempts") + 1, updated_at=moment):
        return None
    TransferReversal.objects.filter(pk=reversal_id, attempt_key="").update(
        attempt_key=_new_key(reversal_id), key_since=moment
    )
    return TransferReversal.objects.select_related("transfer").get(pk=reversal_id)


def _new_key(reversal_id: UUID) -> str:
    return f"rev-{reversal_id}-{secrets.token_hex(6)}"


def _reverse(reversal: TransferReversal) -> SentReversal:
    """The call. Where the key may be forgotten, only repeats a failure, or is refused after a silent try, the provider's list
    is asked: a no to this call says nothing of an earlier one under its key."""
    if reversal.key_since and reversal.key_since < now() - KEY_LIVES:
        return _found(reversal) or _post(_with_new_key(reversal))
    try:
        return _post(reversal)
    except PayoutRefused:
        found = _found(reversal) if was_used_before(reversal) else None
        if found is None:
            raise
        return found
    except PayoutUnanswered as silence:
        if not silence.is_replay:
            raise
        if found := _found(reversal):
            return found
        _with_new_key(reversal)
        raise


def _post(reversal: TransferReversal) -> SentReversal:
    return payouts(is_sandbox=reversal.transfer.is_sandbox).reverse(
        key=reversal.attempt_key,
        transfer_id=reversal.transfer.provider_id or "",
        amount_cents=reversal.amount_cents,
        reference=str(reversal.pk),
    )


def _found(reversal: TransferReversal) -> SentReversal | None:
    sent = payouts(is_sandbox=reversal.transfer.is_sandbox).find_reversals(reversal.transfer.provider_id or "")
    return next((one for one in sent if one.reference == str(reversal.pk)), None)


def _with_new_key(reversal: TransferReversal) -> TransferReversal:
    """Nothing may go out under a key that is not committed: whoever took the lease over has one of their own."""
    mine = TransferReversal.objects.filter(
        pk=reversal.pk, status=TransferReversal.Status.PENDING, lease_until=reversal.lease_until
    )
    reversal.attempt_key, reversal.key_since = _new_key(reversal.pk), now()
    if not mine.update(attempt_key=reversal.attempt_key, key_since=reversal.key_since):
        raise lease_lost()
    return reversal


# --- what came of it -------------------------------------------------------------------------------------------------


@one_transaction
def complete_reversal(*, reversal_id: UUID, sent: SentReversal) -> bool:
    """The provider took it back. Whoever knows that may say so, also after their lease; the first one books it."""
    moment = now()
    waiting = TransferReversal.objects.filter(pk=reversal_id, status=TransferReversal.Status.PENDING)
    if not waiting.update(
        status=TransferReversal.Status.COMPLETED,
        provider_id=sent.provider_id,
        settled_at=moment,
        updated_at=moment,
        lease_until=None,
        next_try_at=None,
        last_error="",
        last_error_code="",
    ):
        return False
    reversal = TransferReversal.objects.select_related("transfer").get(pk=reversal_id)
    transfer = Transfer.objects.select_for_update().get(pk=reversal.transfer_id)
    transfer.reversed_cents += reversal.amount_cents
    is_all = transfer.reversed_cents == transfer.amount_cents
    transfer.status = Transfer.Status.REVERSED if is_all else Transfer.Status.PARTIALLY_REVERSED
    transfer.save(update_fields=["reversed_cents", "status", "updated_at"])
    book(
        source_key=f"reversal:{reversal.pk}:completed",
        kind="transfer_reversed",
        entries=[
            (CLEARING, reversal.amount_cents, reversal.currency),
            (seller_account(transfer.seller_id), -reversal.amount_cents, reversal.currency),
        ],
        is_sandbox=transfer.is_sandbox,
    )
    _tell(reversal)
    return True


@transaction.atomic
def _keep_failure(reversal: TransferReversal, code: str, message: str, *, is_key_spent: bool) -> None:
    """Only while the lease is ours. A definite no in the end means debt; silence is asked again for as long as it takes."""
    mine = TransferReversal.objects.filter(
        pk=reversal.pk, status=TransferReversal.Status.PENDING, lease_until=reversal.lease_until
    )
    changes: dict[str, object] = {
        "lease_until": None,
        "next_try_at": now() + back_off(reversal.attempts),
        "last_error_code": code[:64],
        "last_error": message[:300],
        "updated_at": now(),
    }
    is_owed = is_key_spent and (code == PAID_OUT or reversal.attempts >= MOST_TRIES)
    if is_key_spent:
        changes |= {"attempt_key": "", "key_since": None}
    if is_owed:
        changes |= {"status": TransferReversal.Status.OWED, "settled_at": now(), "next_try_at": None}
    if not mine.update(**changes):
        return
    if is_owed:
        _tell(TransferReversal.objects.select_related("transfer").get(pk=reversal.pk))
    elif reversal.attempts >= MOST_TRIES:
        logger.error("Reversal %s has had no answer after %s tries", reversal.pk, reversal.attempts)


def reversals_due(*, refund_id: UUID | None = None, limit: int = 200) -> list[UUID]:
    """Of one refund, or of all."""
    due = TransferReversal.objects.due(now())
    due = due.filter(refund=refund_id) if refund_id else due
    return list(due.order_by("created_at", "id").values_list("pk", flat=True)[:limit])


def _tell(reversal: TransferReversal) -> None:
    remember_reversal(reversal)
    publish(
        TransferReversed(
            reversal_id=reversal.pk,
            transfer_id=reversal.transfer_id,
            seller_id=reversal.transfer.seller_id,
            status=reversal.status,
        )
    )
