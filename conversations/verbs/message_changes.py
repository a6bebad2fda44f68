"""What clients do to messages that are there: react, edit, take back. None of it makes a message or a conversation."""

import contextlib
from typing import Any
from uuid import UUID

from django.db import transaction

from config.errors import Unavailable
from conversations.facts import MessageChanged
from conversations.gateways.meta_events import Deletion, Edit, Reaction
from conversations.models import ClientThread, Conversation, Delivery, Message, PlatformAccount, WaitingReceipt
from conversations.verbs.client_identities import lock
from ontology.changes import publish
from ontology.gateways import object_storage
from ontology.models import Change, EventType
from ontology.verbs.memory import log

TAKEN_BACK = "deleted"
"""How a deletion is kept that came before its message, among the receipts that wait for theirs."""


@transaction.atomic
def keep_reaction(account: PlatformAccount, reaction: Reaction) -> None:
    """One a side: the newest counts."""
    if (found := _named(account, reaction.external_id)) is None:
        return
    message, thread = found
    reactions = {**message.metadata.get("reactions", {}), reaction.by: reaction.emoji}
    kept = {by: emoji for by, emoji in reactions.items() if emoji}
    if kept == message.metadata.get("reactions", {}):
        return
    message.metadata = {**message.metadata, "reactions": kept}
    save_change(message, thread, "reacted")


@transaction.atomic
def keep_edit(account: PlatformAccount, edit: Edit) -> None:
    """Only a newer edit than the one that is kept; what was taken back stays so."""
    if (found := _named(account, edit.external_id)) is None:
        return
    message, thread = found
    if message.metadata.get("deleted") or edit.number <= message.metadata.get("edits", 0):
        return
    message.content = edit.text
    message.metadata = {**message.metadata, "edits": edit.number}
    save_change(message, thread, "edited")


@transaction.atomic
def keep_deletion(account: PlatformAccount, deletion: Deletion) -> None:
    """The text and the files go, here and in what is still to be heard; that something was said stays. Meta's terms."""
    if (found := _named(account, deletion.external_id)) is None:
        _wait(account, deletion.external_id)
        return
    take_back(*found)


def _wait(account: PlatformAccount, external_id: str) -> None:
    """Nothing comes in order: the message may still come, and is then gone at once."""
    if not Delivery.objects.filter(account=account, external_id=external_id).exists():
        row = WaitingReceipt(account=account, external_id=external_id, status=TAKEN_BACK)
        WaitingReceipt.objects.bulk_create([row], ignore_conflicts=True)


def apply_deletion(account_id: UUID, external_id: str) -> None:
    """What was taken back before it was known here."""
    rows = WaitingReceipt.objects.filter(account=account_id, external_id=external_id, status=TAKEN_BACK)
    keys = list(rows.select_related("account"))
    if keys and (found := _named(keys[0].account, external_id)) is not None:
        take_back(*found)
        rows.delete()


def take_back(message: Message, thread: ClientThread) -> None:
    """The conversation is locked."""
    if message.metadata.get("deleted"):
        return
    files = [one.get("key") for one in message.metadata.get("attachments", [])]
    message.content, message.metadata = "", {"deleted": True}
    save_change(message, thread, "deleted")
    for change in Change.objects.filter(
        kind__in=("MessageSent", "MessageChanged"),
        created_at__gte=message.created_at,
        payload__message_id=str(message.pk),
    ):
        change.payload["content"] = ""
        change.save(update_fields=["payload"])
    transaction.on_commit(lambda: remove_files([key for key in files if key]))


def remove_files(keys: list[str]) -> None:
    """What the store cannot remove now, the sweep of the files does later."""
    for key in keys:
        with contextlib.suppress(Unavailable):
            object_storage.remove(key)


def _named(account: PlatformAccount, external_id: str) -> tuple[Message, ClientThread] | None:
    """The message of this id with its conversation locked, read after that; None where we do not know it."""
    place = Delivery.objects.filter(account=account, external_id=external_id)
    thread = ClientThread.objects.filter(conversation__messages__delivery__in=place).first()
    if thread is None:
        return None
    conversation: Conversation = lock(thread)
    message = conversation.messages.filter(delivery__in=place).first()
    return None if message is None or conversation.deleted_at else (message, thread)


def save_change(message: Message, thread: ClientThread, what: str) -> None:
    message.save(update_fields=["content", "metadata"])
    about: dict[str, Any] = {"what": f"message_{what}", "message_id": str(message.pk), "seq": message.seq}
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=thread.lead_id,
        target_id=message.conversation_id,
        metadata=about,
        is_private=True,
    )
    publish(
        MessageChanged(
            message_id=message.pk,
            conversation_id=message.conversation_id,
            seq=message.seq,
            what=what,
            content=message.content,
        )
    )
