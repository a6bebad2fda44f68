"""Taking in what Meta tells us. What is answered with 200 is kept: each event in a transaction of its own, before the answer.

Delivery is at least once and in no order, and the same may come several times at once. Unique keys of the database are what
makes one message of it: of an account, a client and a message. Source: messaging-design.md §1.
"""

import datetime as dt
import json
import logging
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.timezone import now

from config.errors import Forbidden, Invalid, Unavailable
from conversations.gateways.meta_events import Deletion, Edit, Incoming, Reaction, Receipt, Said, read_events
from conversations.gateways.meta_signature import is_signed
from conversations.models import PlatformAccount
from conversations.verbs.message_changes import keep_deletion, keep_edit, keep_reaction
from conversations.verbs.platform_accounts import account_of_webhook
from conversations.verbs.receipts import keep_receipt
from conversations.verbs.said import keep_said

logger = logging.getLogger(__name__)

TRIES = 3


def receive_webhook(*, body: bytes, signature: str) -> int:
    """Verify, read and keep; how many events were taken. Forbidden (nothing is stored) or Invalid (no JSON) otherwise.

    Unavailable where the database is away: Meta sends it all again, and what was kept is not kept twice.
    """
    if not is_signed(body, signature):
        raise Forbidden("The webhook's signature is missing or wrong", code="invalid_signature")
    at = now()
    return take_in(read_body(body), at=at)


def read_body(body: bytes) -> Any:
    """JSON as Meta writes it, with halves of characters too, which are cleaned later."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Invalid("The body is not valid JSON") from None


def take_in(data: Any, *, at: dt.datetime) -> int:
    """Every event by itself: a broken one is logged and passed over, its neighbours are kept."""
    events, is_away = read_events(data, at=at), False
    for event in events:
        try:
            keep(event)
        except (OperationalError, InterfaceError):
            logger.exception("An event could not be kept: the database is away")
            is_away = True
        except Exception:
            logger.exception("An event of %s could not be kept", event.platform)
    if is_away:
        raise Unavailable("This cannot be kept at the moment", retry_after=30)
    return len(events)


def keep(event: Incoming) -> None:
    """Once more where the same thing was written at the same moment: then it is there."""
    for left in range(TRIES - 1, -1, -1):
        try:
            with transaction.atomic():
                _keep(event)
        except (IntegrityError, OperationalError):
            if not left:
                raise
        else:
            return


def _keep(event: Incoming) -> None:
    if not isinstance(event, Said):
        # These make nothing: neither a message nor a conversation, nor an account.
        account = _known(event)
        if account is not None:
            _change(account, event)
        return
    keep_said(account_of_webhook(platform=event.platform, external_id=event.account_id), event)


def _known(event: Incoming) -> PlatformAccount | None:
    return PlatformAccount.objects.filter(platform=event.platform, external_id=event.account_id).first()


def _change(account: PlatformAccount, event: Incoming) -> None:
    if isinstance(event, Receipt):
        keep_receipt(account, event)
    elif isinstance(event, Reaction):
        keep_reaction(account, event)
    elif isinstance(event, Edit):
        keep_edit(account, event)
    elif isinstance(event, Deletion):
        keep_deletion(account, event)
