"""Playing the client of a sandbox account: a webhook as Meta would send it, signed, through the ordinary path."""

import hashlib
import json
import time
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid
from conversations.gateways.meta import longest
from conversations.gateways.meta_events import ClientAddress
from conversations.gateways.meta_messaging import KINDS
from conversations.gateways.meta_signature import sign
from conversations.models import ClientThread, PlatformAccount
from conversations.queries.platforms import seen_account
from conversations.verbs.client_identities import find_thread, lock
from conversations.verbs.incoming import receive_webhook
from conversations.verbs.said import name_client

LONGEST_NAME = 120


def write_as_client(*, account_id: Any, client_name: str, text: str, by: User) -> ClientThread:
    """`client_name` writes `text` to an own sandbox account; the conversation where it is now. The same name is the same client."""
    account = seen_account(account_id, by=by)
    if account.owner_id != by.pk:
        raise Forbidden("Only its owner can do this")
    if not account.is_sandbox:
        raise Conflict("Real clients write to this account", code="not_a_sandbox")
    name = " ".join(client_name.split())[:LONGEST_NAME]
    if not name or not text.strip():
        raise Invalid("A client has a name and says something", details={"text": ["Say something."]})
    if len(text) > longest(account.platform):
        raise Invalid("This is longer than the platform takes", details={"text": ["Too long."]})
    client = address_for(account, name)
    body = json.dumps(body_of(account, client, name, text)).encode()
    receive_webhook(body=body, signature=sign(body))
    thread = find_thread(account, (client,))
    if thread is None:
        raise Conflict("The message could not be kept", code="not_kept")
    return _named(thread, name)


@transaction.atomic
def _named(thread: ClientThread, name: str) -> ClientThread:
    """Messenger and Instagram tell no names; here it is known."""
    name_client(lock(thread), thread, name)
    return thread


def address_for(account: PlatformAccount, name: str) -> ClientAddress:
    digits = str(int(hashlib.sha256(f"{account.pk}:{name.casefold()}".encode()).hexdigest(), 16))
    return ClientAddress(KINDS.get(account.platform, "wa_id"), f"900{digits[:12]}")


def body_of(account: PlatformAccount, client: ClientAddress, name: str, text: str) -> dict[str, Any]:
    key, seconds = f"sandbox-{uuid4()}", time.time()
    if account.platform == "whatsapp":
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550000000", "phone_number_id": account.external_id},
            "contacts": [{"profile": {"name": name}, "wa_id": client.value}],
            "messages": [
                {
                    "from": client.value,
                    "id": key,
                    "timestamp": str(int(seconds)),
                    "type": "text",
                    "text": {"body": text},
                }
            ],
        }
        entry: dict[str, Any] = {"id": "sandbox", "changes": [{"field": "messages", "value": value}]}
        return {"object": "whatsapp_business_account", "entry": [entry]}
    event = {
        "sender": {"id": client.value},
        "recipient": {"id": account.external_id},
        "timestamp": int(seconds * 1000),
        "message": {"mid": key, "text": text},
    }
    entry = {"id": account.external_id, "time": int(seconds * 1000), "messaging": [event]}
    return {"object": "page" if account.platform == "facebook" else "instagram", "entry": [entry]}
