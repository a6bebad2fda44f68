"""What clients of Messenger and Instagram call themselves: their webhooks do not say, their profiles do."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from config.ids import lookup_id
from conversations.gateways.meta import ClientAddress, MetaError, client_name
from conversations.models import ClientIdentity, ClientThread, PlatformAccount
from conversations.verbs.client_identities import lock
from conversations.verbs.platform_addresses import address_of
from conversations.verbs.said import name_client

SWEPT_FOR = dt.timedelta(hours=1)
KINDS = (ClientIdentity.Kind.PSID, ClientIdentity.Kind.IGSID)
BATCH = 200


def look_up_name(*, conversation_id: Any) -> str:
    """Ask the platform where nobody knows the name; what was found, or is known. Safe at any time."""
    rows = ClientIdentity.objects.filter(thread=lookup_id(conversation_id), kind__in=KINDS)
    found = (
        rows.exclude(account__status=PlatformAccount.Status.DISCONNECTED).select_related("account", "thread").first()
    )
    if found is None or found.thread.client_name:
        return found.thread.client_name if found else ""
    try:
        name = client_name(address_of(found.account), ClientAddress(found.kind, found.value))
    except MetaError:
        return ""
    return _keep(found.thread, name) if name else ""


@transaction.atomic
def _keep(thread: ClientThread, name: str) -> str:
    name_client(lock(thread), thread, name)
    return thread.client_name


def names_to_sweep() -> list[UUID]:
    """Conversations of the last hour, by the key that sorts by birth; sandboxes know no profiles."""
    born = UUID(int=int((now() - SWEPT_FOR).timestamp() * 1000) << 80)
    rows = ClientThread.objects.filter(pk__gte=born, client_name="", account__is_sandbox=False)
    return list(rows.filter(identities__kind__in=KINDS).order_by("pk").values_list("pk", flat=True)[:BATCH])
