"""Telling the payout provider of a transfer: under which key, and when its list is asked first. Source: payments-design.md §2.

A key whose outcome was ever unknown is given up only where the provider's list shows that nothing was sent under it, and only
by the worker whose lease it is. So PayoutRefused, as it leaves here, means that the transfer was surely not sent.
"""

from django.utils.timezone import now

from marketplace.gateways.payouts import PayoutRefused, PayoutUnanswered, SentTransfer, payouts
from marketplace.models import Payment, Transfer
from marketplace.verbs.keys import lease_lost, was_used_before
from marketplace.verbs.shares import new_attempt_key
from marketplace.verbs.trying import KEY_LIVES


def send_transfer(transfer: Transfer, destination: str) -> SentTransfer | None:
    """The call. Where the key may be forgotten, only repeats a failure, is refused after a silent try, or a part of the amount
    went back to the buyer meanwhile, the provider's list is asked. None: it was not sent, and is less now."""
    if transfer.reversals.filter(status="pending").exists():
        return find_transfer(transfer)
    if transfer.key_since and transfer.key_since < now() - KEY_LIVES:
        return find_transfer(transfer) or _post(_with_new_key(transfer), destination)
    try:
        return _post(transfer, destination)
    except PayoutRefused:
        # No to this call. An earlier one under the key may have been heard all the same.
        found = find_transfer(transfer) if was_used_before(transfer) else None
        if found is None:
            raise
        return found
    except PayoutUnanswered as silence:
        if not silence.is_replay:
            raise
        if found := find_transfer(transfer):
            return found
        _with_new_key(transfer)
        raise


def find_transfer(transfer: Transfer) -> SentTransfer | None:
    """What the provider's list says: it needs no key, and no account that can be paid."""
    sent = payouts(is_sandbox=transfer.is_sandbox).find_transfers(f"order_{transfer.order_id}")
    return next((one for one in sent if one.reference == str(transfer.pk)), None)


def _post(transfer: Transfer, destination: str) -> SentTransfer:
    return payouts(is_sandbox=transfer.is_sandbox).transfer(
        key=transfer.attempt_key,
        destination=destination,
        amount_cents=transfer.amount_cents,
        currency=transfer.currency,
        group=f"order_{transfer.order_id}",
        reference=str(transfer.pk),
        source_ref=source_of(transfer),
    )


def source_of(transfer: Transfer) -> str:
    """The processor's word for the payment: where it is the payout provider too, its money may go on before it settles."""
    paid = Payment.objects.filter(order=transfer.order_id, status=Payment.Status.SUCCEEDED, is_spare=False)
    return paid.values_list("connector_ref", flat=True).first() or ""


def _with_new_key(transfer: Transfer) -> Transfer:
    """Nothing may go out under a key that is not committed: whoever took the lease over has one of their own."""
    mine = Transfer.objects.filter(pk=transfer.pk, status=Transfer.Status.PROCESSING, lease_until=transfer.lease_until)
    transfer.attempt_key, transfer.key_since = new_attempt_key(transfer.pk), now()
    if not mine.update(attempt_key=transfer.attempt_key, key_since=transfer.key_since):
        raise lease_lost()
    return transfer
