"""Keeping what was said on a platform: by a client, or by our side elsewhere than here."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from conversations.gateways.meta_events import ClientMessage, Echo, Said
from conversations.models import ClientThread, Conversation, Delivery, Message, PlatformAccount
from conversations.verbs.assistant import step_back, want_answer
from conversations.verbs.client_files import wait_for_files
from conversations.verbs.client_identities import take_thread
from conversations.verbs.client_threads import remember_client, title_of, touch_waiting
from conversations.verbs.conversations import announce, remember
from conversations.verbs.message_changes import apply_deletion
from conversations.verbs.messages import append
from conversations.verbs.receipts import apply_waiting, raise_status
from ontology.models import EventType
from ontology.verbs.memory import log

REPLY_WINDOW = dt.timedelta(hours=24)
UNSURE = ("no_answer", "bad_answer")
"""Codes of tries of which nobody knows what became."""


@transaction.atomic
def keep_said(account: PlatformAccount, said: Said) -> Message | None:
    """The message, or None where it was here before."""
    if _is_known(account, said):
        return None
    thread, conversation = take_thread(account, said.client, name=said.client_name)
    if _is_known(account, said):
        return None
    if isinstance(said, Echo):
        return None if absorb(account, thread, said) else keep_echo(account, thread, conversation, said)
    return keep_client_message(account, thread, conversation, said)


def _is_known(account: PlatformAccount, said: Said) -> bool:
    """An echo of what we sent confirms it."""
    found = Delivery.objects.filter(account=account, external_id=said.external_id).select_related("message").first()
    if found is not None and isinstance(said, Echo):
        raise_status(found, Delivery.Status.SENT)
    return found is not None


def keep_client_message(
    account: PlatformAccount, thread: ClientThread, conversation: Conversation, said: Said
) -> Message:
    reopen(conversation, thread)
    name_client(conversation, thread, said.client_name)
    message = write(account, thread, conversation, said, role=Message.Role.CLIENT, actor_id=thread.lead_id)
    wrote_at = max(said.sent_at, thread.client_wrote_at or said.sent_at)
    if wrote_at != thread.client_wrote_at:
        # What comes late opens the window for no longer than it was.
        thread.client_wrote_at, thread.reply_until = wrote_at, wrote_at + REPLY_WINDOW
        thread.save(update_fields=["client_wrote_at", "reply_until"])
    touch_waiting(thread.pk, is_waiting=True)
    is_elsewhere = isinstance(said, ClientMessage) and said.is_standby
    if not is_elsewhere and account.status != PlatformAccount.Status.DISCONNECTED:
        want_answer(thread, message)
    return message


def keep_echo(account: PlatformAccount, thread: ClientThread, conversation: Conversation, said: Echo) -> Message:
    """Somebody answered in the platform's own app: the assistant keeps quiet from now on."""
    actor_id = conversation.created_by_id or thread.lead_id
    message = write(account, thread, conversation, said, role=Message.Role.USER, actor_id=actor_id)
    if thread.client_wrote_at is None or said.sent_at >= thread.client_wrote_at:
        touch_waiting(thread.pk, is_waiting=False)
    if not thread.is_ai_paused:
        thread.is_ai_paused = True
        thread.save(update_fields=["is_ai_paused"])
        announce(conversation, "ai_paused")
    step_back(conversation, reason="person_wrote")
    return message


def absorb(account: PlatformAccount, thread: ClientThread, echo: Echo) -> bool:
    """Whether the echo is of a message that we sent ourselves, or are sending, and whose id we did not learn yet.

    Also of one that was given up because no try was ever answered: the echo is the answer.
    """
    tried = Q(is_unknown=True) | Q(lease_until__isnull=False) | Q(attempts__gt=0)
    rows = Delivery.objects.filter(
        tried & Q(status=Delivery.Status.PENDING) | Q(status=Delivery.Status.FAILED, error_code__in=UNSURE),
        account=account,
        message__conversation=thread.conversation_id,
        external_id=None,
    )
    ours = rows.select_related("message").order_by("-is_unknown", "message__seq")
    same = next((row for row in ours if row.message.content.strip() == echo.text.strip()), None)
    if same is None:
        return False
    same.external_id = echo.external_id
    again = {"status": Delivery.Status.PENDING, "next_try_at": now(), "error_code": "", "error_text": ""}
    rows.filter(pk=same.pk).update(external_id=echo.external_id, **again)
    raise_status(same, Delivery.Status.SENT)
    return True


def write(
    account: PlatformAccount, thread: ClientThread, conversation: Conversation, said: Said, *, role: str, actor_id: Any
) -> Message:
    """The next message with its place on the platform; what waited for it is applied."""
    message = append(
        conversation,
        role=role,
        content=said.text,
        metadata=metadata_of(said),
        parent=_parent(account, conversation, said),
        sent_at=said.sent_at,
    )
    is_ours = isinstance(said, Echo)
    delivery = Delivery.objects.create(
        message=message,
        account=account,
        external_id=said.external_id,
        status=Delivery.Status.SENT if is_ours else Delivery.Status.RECEIVED,
    )
    log(
        type=EventType.USER_ENGAGED,
        actor_id=actor_id,
        target_id=conversation.pk,
        metadata={"what": f"{role}_message", "message_id": str(message.pk), "seq": message.seq},
        is_private=True,
    )
    if is_ours:
        apply_waiting(delivery)
    wait_for_files(delivery)
    apply_deletion(account.pk, said.external_id)
    return message


def metadata_of(said: Said) -> dict[str, Any]:
    """What a message has beside its words; what is empty is left out."""
    files = [
        {
            "kind": one.kind,
            "url": one.url,
            "media_id": one.media_id,
            "name": one.name,
            "mime_type": one.mime_type,
            "is_link_only": one.is_link_only,
        }
        for one in said.attachments
    ]
    told: dict[str, Any] = {
        "kind": said.kind if said.kind != "text" else "",
        "attachments": files,
        "payload": said.payload,
        "reply_to": said.reply_to,
        "is_placeholder": said.is_placeholder,
        "is_echo": isinstance(said, Echo),
        "app_id": said.app_id if isinstance(said, Echo) else "",
    }
    return {name: value for name, value in told.items() if value}


def _parent(account: PlatformAccount, conversation: Conversation, said: Said) -> Message | None:
    if not said.reply_to:
        return None
    return conversation.messages.filter(delivery__account=account, delivery__external_id=said.reply_to).first()


def reopen(conversation: Conversation, thread: ClientThread) -> None:
    """A client who writes again opens what was closed."""
    if conversation.status != Conversation.Status.CLOSED:
        return
    conversation.status = Conversation.Status.ACTIVE
    conversation.save(update_fields=["status", "updated_at"])
    remember(conversation)
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=thread.lead_id,
        target_id=conversation.pk,
        metadata={"what": "conversation_reopened"},
        is_private=True,
    )
    announce(conversation, "reopened")


def name_client(conversation: Conversation, thread: ClientThread, name: str) -> None:
    """The name that the platform tells, where none was known or given by hand."""
    if not name or thread.client_name:
        return
    thread.client_name = name
    thread.save(update_fields=["client_name"])
    conversation.title = title_of(thread.platform, name)
    conversation.save(update_fields=["title", "updated_at"])
    remember(conversation)
    remember_client(thread)
    announce(conversation, "client_changed")
