"""Saying something to a client: the message is kept at once, and a job carries it to the platform."""

from typing import Any

from django.utils.timezone import now

from accounts.models import User
from conversations.facts import DeliveryQueued
from conversations.models import ClientThread, Conversation, Delivery, Message
from conversations.verbs.client_threads import touch_waiting
from conversations.verbs.messages import append
from ontology.changes import publish


def say_to_client(
    conversation: Conversation,
    thread: ClientThread,
    *,
    role: str,
    content: str,
    sender: User | None = None,
    client_id: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> Message:
    """The next message of ours, by a person (`user`) or the assistant (`ai`). The conversation's row is locked and fresh.

    Where the thread has an account a delivery waits for its job; a thread opened by hand only keeps what was said.
    """
    message = append(
        conversation, role=role, content=content, sender=sender, client_id=client_id, metadata=metadata or {}
    )
    touch_waiting(thread.pk, is_waiting=False)
    if thread.account_id is not None:
        Delivery.objects.create(
            message=message, account_id=thread.account_id, status=Delivery.Status.PENDING, next_try_at=now()
        )
        publish(DeliveryQueued(message_id=message.pk))
    return message
