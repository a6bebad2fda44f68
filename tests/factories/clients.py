"""Clients' conversations, with an account of ours behind them or opened by hand."""

import datetime as dt

from django.db import transaction
from django.utils.timezone import now

from conversations.models import ClientIdentity, ClientThread, Conversation, Delivery, Message, PlatformAccount
from conversations.verbs.client_messages import say_to_client
from conversations.verbs.client_threads import open_client_conversation, start_thread, thread_of, touch_waiting
from conversations.verbs.messages import append

KINDS = {"facebook": "psid", "instagram": "igsid", "whatsapp": "wa_id"}
DAY = dt.timedelta(hours=24)


def account_of(owner, *, platform="facebook", external_id=None, **fields):
    external_id = external_id or f"{platform}-{PlatformAccount.objects.count()}"
    return PlatformAccount.objects.create(platform=platform, external_id=external_id, owner=owner, **fields)


def thread_with(
    owner, *, platform="facebook", account=None, name="John Doe", company="", wrote=True, value="7100", **fields
):
    """A conversation that a client began on an account of `owner`; `wrote` False: they have said nothing yet."""
    account = account or account_of(owner, platform=platform)
    thread = start_thread(
        platform=account.platform, owner=owner, account=account, client_name=name, client_company=company, **fields
    )
    ClientIdentity.objects.create(account=account, kind=KINDS[account.platform], value=value, thread=thread)
    if wrote:
        client_says(thread, "Hello, I have a question about your product.")
    return thread


def by_hand(owner, *, platform="whatsapp", name="Jane Smith"):
    return open_client_conversation(platform=platform, client_name=name, by=owner)


@transaction.atomic
def client_says(thread, content, *, ago=dt.timedelta()):
    """What a client writes on the platform, as its webhook keeps it."""
    conversation = Conversation.objects.select_for_update().get(pk=thread.pk)
    message = append(conversation, role=Message.Role.CLIENT, content=content, sent_at=now() - ago)
    if thread.account_id:
        Delivery.objects.create(
            message=message, account_id=thread.account_id, status="received", external_id=f"m_{message.pk}"
        )
    thread.client_wrote_at, thread.reply_until = message.sent_at, message.sent_at + DAY
    thread.save(update_fields=["client_wrote_at", "reply_until"])
    touch_waiting(thread.pk, is_waiting=True)
    return message


@transaction.atomic
def assistant_says(thread, content):
    conversation = Conversation.objects.select_for_update().get(pk=thread.pk)
    return say_to_client(conversation, thread_of(conversation), role=Message.Role.AI, content=content)


def client_wrote(thread, *, ago):
    """Move the client's last word into the past."""
    moment = now() - ago
    ClientThread.objects.filter(pk=thread.pk).update(client_wrote_at=moment, reply_until=moment + DAY)
