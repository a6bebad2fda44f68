"""How far a message of ours came on its platform. It only rises: pending, sent, delivered, read; failed only from the first two."""

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import now

from conversations.facts import DeliveryChanged
from conversations.gateways.meta import CODES, PROBLEMS
from conversations.gateways.meta_events import Receipt
from conversations.models import ClientThread, Delivery, PlatformAccount, WaitingReceipt
from conversations.verbs.client_identities import find_thread
from conversations.verbs.message_changes import apply_deletion
from ontology.changes import publish

logger = logging.getLogger(__name__)

WAITS_FOR = dt.timedelta(minutes=10)
AT_ONCE = 500
Status = Delivery.Status
BELOW: dict[str, tuple[str, ...]] = {
    Status.SENT: (Status.PENDING,),
    Status.DELIVERED: (Status.PENDING, Status.SENT),
    Status.READ: (Status.PENDING, Status.SENT, Status.DELIVERED),
    Status.FAILED: (Status.PENDING, Status.SENT),
}
"""From where a status may be reached."""


@transaction.atomic
def keep_receipt(account: PlatformAccount, receipt: Receipt) -> None:
    """Raise what it names. One for a message that we do not know waits: the echo or our own call's answer may still come."""
    known = Delivery.objects.filter(account=account, external_id__in=receipt.external_ids)
    ours = {row.external_id: row for row in known.select_related("message")}
    for key in receipt.external_ids:
        if key in ours:
            raise_status(ours[key], receipt.status, error_code=receipt.error_code)
        else:
            _wait(account, key, receipt)
    moments = [row.message.sent_at for row in ours.values()] if receipt.reaches_back else []
    if upto := max([*moments, *([receipt.watermark] if receipt.watermark else [])], default=None):
        _raise_before(account, receipt, upto)


def raise_status(delivery: Delivery, status: str, *, error_code: str = "") -> bool:
    """Whether it rose. One conditional UPDATE, so that the order in which receipts come does not matter."""
    fields: dict[str, Any] = {"status": status, "updated_at": now(), "lease_until": None, "is_unknown": False}
    if status == Status.FAILED:
        fields |= {"error_code": error_code, "error_text": words_for(error_code)}
    rows = Delivery.objects.filter(pk=delivery.pk, status__in=BELOW[status])
    if not rows.update(**fields):
        return False
    tell(delivery, status, fields.get("error_text", ""))
    return True


def tell(delivery: Delivery, status: str, error: str = "") -> None:
    message = delivery.message
    publish(
        DeliveryChanged(
            message_id=message.pk,
            conversation_id=message.conversation_id,
            seq=message.seq,
            status=status,
            error=error,
        )
    )


def words_for(error_code: str) -> str:
    kind = CODES.get(int(error_code)) if error_code.isascii() and error_code.isdigit() else None
    return PROBLEMS[kind or "refused"]


def apply_waiting(delivery: Delivery) -> None:
    """What came for this message before it was known here."""
    if not delivery.external_id:
        return
    named = WaitingReceipt.objects.filter(account=delivery.account_id, external_id=delivery.external_id)
    waiting = named.filter(status__in=BELOW)
    rows = list(waiting)
    for status in BELOW:  # a message may have failed after it was sent, and never after it was read
        for row in rows:
            if row.status == status:
                raise_status(delivery, status, error_code=row.error_code)
    if rows:
        waiting.filter(pk__in=[row.pk for row in rows]).delete()


def sweep_receipts() -> int:
    """Apply those whose message is known by now, as the two may have passed each other; forget what waited for too long."""
    known = Delivery.objects.filter(account=OuterRef("account"), external_id=OuterRef("external_id"))
    recent = WaitingReceipt.objects.filter(Exists(known), created_at__gte=now() - WAITS_FOR).order_by("created_at")
    names = list(recent.values_list("account", "external_id").distinct()[:AT_ONCE])
    count = 0
    for account_id, external_id in names:
        found = Delivery.objects.filter(account=account_id, external_id=external_id).select_related("message").first()
        if found is not None:
            with transaction.atomic():
                apply_deletion(account_id, external_id)
                apply_waiting(found)
            count += 1
    WaitingReceipt.objects.filter(created_at__lt=now() - WAITS_FOR).delete()
    return count


def _wait(account: PlatformAccount, key: str, receipt: Receipt) -> None:
    row = WaitingReceipt(account=account, external_id=key, status=receipt.status, error_code=receipt.error_code)
    WaitingReceipt.objects.bulk_create([row], ignore_conflicts=True)


def _raise_before(account: PlatformAccount, receipt: Receipt, upto: dt.datetime) -> None:
    """All that went to this client up to the moment; nothing that is still on its way, or failed."""
    thread = find_thread(account, receipt.client)
    rows = _sent_before(thread, upto) if thread else None
    for delivery in rows.filter(status__in=BELOW[receipt.status])[:AT_ONCE] if rows is not None else ():
        raise_status(delivery, receipt.status)


def _sent_before(thread: ClientThread, upto: dt.datetime) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(message__conversation=thread.conversation_id, message__sent_at__lte=upto)
    return rows.exclude(status=Status.PENDING).select_related("message").order_by("message__seq")
