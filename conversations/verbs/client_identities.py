"""Which conversation a client's words belong to: one for each client and account, whatever the platform calls them."""

from django.db import transaction

from conversations.gateways.meta_events import ClientAddress
from conversations.models import ClientIdentity, ClientThread, Conversation, PlatformAccount
from conversations.queries.platforms import owner_for
from conversations.verbs.client_threads import start_thread
from conversations.verbs.conversations import wait_for_turn

Addresses = tuple[ClientAddress, ...]


def find_thread(account: PlatformAccount, client: Addresses) -> ClientThread | None:
    """The client's conversation with this account, the oldest where the two names of one client had one each."""
    return next((row.thread for row in _known(account, client) if row.thread.conversation.deleted_at is None), None)


def take_thread(account: PlatformAccount, client: Addresses, *, name: str = "") -> tuple[ClientThread, Conversation]:
    """The client's conversation, begun where there is none that was not deleted, with its row locked and fresh.

    In the caller's transaction, before its first write: changes are heard in the order in which transactions first wrote.
    """
    thread = find_thread(account, client)
    is_whole = thread is not None and _missing(account, thread, client) == []
    if not is_whole:
        # One at a time for who is new here: a client's first messages may come all at once.
        wait_for_turn(account.pk)
        account.refresh_from_db()
        thread = find_thread(account, client)
    if thread is not None:
        conversation = lock(thread)
        if conversation.deleted_at is None:
            join(account, thread, client)
            return thread, conversation
        wait_for_turn(account.pk)
    thread = find_thread(account, client) or start_thread(
        platform=account.platform,
        owner=owner_for(account),
        account=account,
        client_name=name,
        is_flagged=account.is_unclaimed,
    )
    conversation = lock(thread)
    join(account, thread, client)
    return thread, conversation


def lock(thread: ClientThread) -> Conversation:
    """The thread's conversation with its row locked; both are read anew after that."""
    wait_for_turn(thread.conversation_id)
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=thread.conversation_id)
    thread.refresh_from_db()
    thread.conversation = conversation
    return conversation


@transaction.atomic
def join(account: PlatformAccount, thread: ClientThread, client: Addresses) -> None:
    """From now on all these names mean this conversation; one that meant another, which may be deleted, is taken over."""
    for address in _missing(account, thread, client):
        ClientIdentity.objects.update_or_create(
            account=account, kind=address.kind, value=address.value, defaults={"thread": thread}
        )


def _known(account: PlatformAccount, client: Addresses) -> list[ClientIdentity]:
    rows = ClientIdentity.objects.filter(account=account, value__in=[one.value for one in client])
    wanted = {(one.kind, one.value) for one in client}
    found = [row for row in rows.select_related("thread__conversation") if (row.kind, row.value) in wanted]
    return sorted(found, key=lambda row: (row.thread.conversation.created_at, str(row.thread_id)))


def _missing(account: PlatformAccount, thread: ClientThread, client: Addresses) -> list[ClientAddress]:
    there = {(row.kind, row.value) for row in _known(account, client) if row.thread_id == thread.pk}
    return [one for one in client if (one.kind, one.value) not in there]
