"""Carrying what was said to its platform: claim the row, call outside, write what came of it. Source: messaging-design.md §1, "Sending".

A claim is one conditional update with a lease, which is longer than a call and the time in which the platform's echo of it comes. So
where nobody knows what became of a try (no answer, a killed worker), the echo has had its time before the second one. WhatsApp echoes
nothing that was sent this way: there a person decides whether it is sent once more.
"""

import datetime as dt
import logging
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, DomainError, NotFound
from config.ids import lookup_id
from conversations.facts import DeliveryQueued
from conversations.gateways.meta import PROBLEMS, ClientAddress, MetaError, send
from conversations.models import ClientIdentity, ClientThread, Conversation, Delivery, Message, Notification, Platform
from conversations.verbs.client_replies import (
    needs_human_agent,
    require_connected,
    require_sendable,
    require_window,
    window_closed,
)
from conversations.verbs.client_threads import locked_client, thread_of
from conversations.verbs.notifications import notify
from conversations.verbs.platform_accounts import address_of, mark_broken
from conversations.verbs.receipts import raise_status, tell
from marketplace.verbs.trying import dice
from ontology.changes import publish

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=3)
ECHO_COMES_WITHIN = dt.timedelta(minutes=2)
MOST_TRIES = 5
MOST_LOOKED_AT = 10_000
FIRST_PAUSE, PAUSES_GROW = 10, 3  # seconds, and by how much each is longer than the last
AGAIN = ("retry", "rate", "unknown")
"""The kinds of failure that may pass by themselves."""
ECHOING = (Platform.FACEBOOK, Platform.INSTAGRAM)
Status = Delivery.Status


def attempt_delivery(*, message_id: UUID) -> Delivery | None:
    """One try, where one is due; None where it is not (done, waiting for its turn or time, or another worker has it). Safe at any time."""
    delivery = _claim(message_id)
    if delivery is not None:
        _try(delivery)
        delivery.refresh_from_db()
    return delivery


def next_in_line(*, message_id: UUID) -> UUID | None:
    """The first one that waits in this message's conversation, where it is due: the others wait for it."""
    waiting = Delivery.objects.filter(
        status=Status.PENDING, message__conversation__in=Message.objects.filter(pk=message_id).values("conversation")
    )
    first = waiting.order_by("message__seq").values_list("pk", flat=True).first()
    return first if first and Delivery.objects.due(now()).filter(pk=first).exists() else None


def deliveries_due(*, limit: int = 200) -> list[UUID]:
    """Those whose time and turn has come: what a queue lost, what is tried again, leases that a dead worker left."""
    waiting = Delivery.objects.filter(status=Status.PENDING).order_by("message__seq")
    first: dict[UUID, UUID] = {}
    for conversation_id, key in waiting.values_list("message__conversation", "pk")[:MOST_LOOKED_AT]:
        first.setdefault(conversation_id, key)
    due = Delivery.objects.due(now()).filter(pk__in=first.values())
    return list(due.order_by("next_try_at").values_list("pk", flat=True)[:limit])


# --- one try ---------------------------------------------------------------------------------------------------------


def _claim(message_id: UUID) -> Delivery | None:
    moment = now()
    due = Delivery.objects.due(moment).filter(pk=message_id)
    found = due.select_related("message__conversation__client_thread").first()
    if found is None or _earlier(found.message.conversation_id, found.message.seq).exists():
        return None
    # The row's own columns alone: PostgreSQL asks those again of a row that another worker has just claimed.
    found.was_cut_off = found.lease_until is not None
    lease = moment + LEASE
    if not due.update(lease_until=lease, attempts=F("attempts") + 1, updated_at=moment):
        return None
    found.lease_until, found.attempts = lease, found.attempts + 1
    return found


def _earlier(conversation_id: UUID, seq: int) -> QuerySet[Delivery]:
    """What is to be sent before it. Nothing new comes before: numbers rise."""
    return Delivery.objects.filter(status=Status.PENDING, message__conversation=conversation_id, message__seq__lt=seq)


def _is_in_doubt(delivery: Delivery) -> bool:
    """Whether the last try's worker never said what became of it, and nothing will: no try is left, or no echo comes."""
    return delivery.attempts > MOST_TRIES or (delivery.was_cut_off and delivery.account.platform not in ECHOING)


def _try(delivery: Delivery) -> None:
    if _is_in_doubt(delivery):
        return _give_up(delivery, "no_answer", PROBLEMS["unknown"])
    try:
        to, is_human_agent = _checked(delivery)
    except DomainError as refusal:
        return _give_up(delivery, refusal.code or "window", refusal.message)
    try:
        external_id = send(address_of(delivery.account), to, delivery.message.content, is_human_agent=is_human_agent)
    except MetaError as error:
        return _keep_failure(delivery, error)
    return _keep_sent(delivery, external_id)


def _checked(delivery: Delivery) -> tuple[ClientAddress, bool]:
    """To whom, and whether as a person after the 24 hours. A DomainError where it may not leave any more, as it had to wait."""
    message = delivery.message
    thread = message.conversation.client_thread
    require_connected(delivery.account)
    if message.metadata.get("erased"):
        raise Conflict("Who wrote this has left, and their words with them.", code="erased")
    _require_window(thread, message)
    address = address_of_client(thread, delivery.account_id)
    if address is None:
        raise Conflict("We do not know under which name the platform reaches this client.", code="no_address")
    return address, needs_human_agent(thread, now())


def _require_window(thread: ClientThread, message: Message) -> None:
    """What the assistant says has 24 hours, whoever sends it."""
    if message.role == Message.Role.AI and needs_human_agent(thread, now()):
        raise window_closed(thread, thread.reply_until)
    require_window(thread)


def address_of_client(thread: ClientThread, account_id: UUID) -> ClientAddress | None:
    """On WhatsApp the number where it is known, otherwise the name that stands for it."""
    rows = ClientIdentity.objects.filter(thread=thread, account=account_id).order_by("pk")
    known = dict(rows.values_list("kind", "value"))
    return next((ClientAddress(kind, known[kind]) for kind in ClientIdentity.Kind.values if kind in known), None)


# --- what came of it -------------------------------------------------------------------------------------------------


@transaction.atomic
def _keep_sent(delivery: Delivery, external_id: str) -> None:
    """The platform has it. Whoever knows that may say so, also after their lease; its echo may have said so before."""
    rows = Delivery.objects.filter(pk=delivery.pk, external_id=None)
    try:
        with transaction.atomic():
            rows.update(external_id=external_id)
    except IntegrityError:
        logger.warning("The echo of %s was kept as a message of its own", delivery.pk)
    raise_status(delivery, Status.SENT)


@transaction.atomic
def _keep_failure(delivery: Delivery, error: MetaError) -> None:
    if error.kind == "token":
        mark_broken(delivery.account, PROBLEMS["token"])
    is_lost = error.kind == "unknown" and delivery.account.platform not in ECHOING
    if error.kind in AGAIN and not is_lost and delivery.attempts < MOST_TRIES:
        _put_off(delivery, error)
    else:
        _give_up(delivery, error.code, PROBLEMS[error.kind])


def _put_off(delivery: Delivery, error: MetaError) -> None:
    is_unknown, moment = error.kind == "unknown", now()
    _mine(delivery).update(
        next_try_at=moment + (ECHO_COMES_WITHIN if is_unknown else pause_after(delivery.attempts)),
        is_unknown=is_unknown,
        lease_until=None,
        error_code=error.code[:40],
        error_text=PROBLEMS[error.kind],
        updated_at=moment,
    )


def pause_after(tries: int) -> dt.timedelta:
    """Around 10 seconds, 30, a minute and a half, four and a half."""
    return dt.timedelta(seconds=FIRST_PAUSE * PAUSES_GROW ** (tries - 1) * dice.uniform(0.5, 1.5))


@transaction.atomic
def _give_up(delivery: Delivery, code: str, words: str) -> None:
    moment = now()
    fields = {"status": Status.FAILED, "error_code": code[:40], "error_text": words[:300]}
    if _mine(delivery).update(**fields, lease_until=None, updated_at=moment):
        tell(delivery, Status.FAILED, words[:300])


def _mine(delivery: Delivery) -> QuerySet[Delivery]:
    """While the lease is ours: a later claim knows better, and so does an echo."""
    return Delivery.objects.filter(pk=delivery.pk, status=Status.PENDING, lease_until=delivery.lease_until)


def tell_of_failure(*, message_id: UUID, error: str) -> None:
    """The conversation's owner and who wrote it learn that it did not arrive. In the transaction that says so."""
    message = Message.objects.select_related("conversation").get(pk=message_id)
    conversation = message.conversation
    for user_id in dict.fromkeys((conversation.created_by_id, message.sender_id)):
        if user_id is not None:
            notify(
                user_id=user_id,
                key=f"delivery_failed:{message.pk}:{now():%Y%m%d%H%M%S%f}",
                title=f"A message to {conversation.title[:80]} did not arrive",
                text=error,
                url=conversation.get_absolute_url(),
                kind=Notification.Kind.ERROR,
            )


# --- by hand ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def resend(*, message_id: Any, by: User) -> Delivery:
    """Try again what failed, with all its tries. NotFound; Conflict where it has not failed; and whatever refuses a new message now."""
    rows = Message.objects.visible_to(by).filter(pk=lookup_id(message_id), conversation__kind=Conversation.Kind.CLIENT)
    message = rows.first()
    if message is None:
        raise NotFound("Message not found")
    conversation = locked_client(message.conversation_id, by=by)
    delivery = Delivery.objects.filter(pk=message.pk, status=Status.FAILED).select_related("message").first()
    if delivery is None:
        raise Conflict("Only a message that did not arrive can be sent again", code="not_failed")
    if conversation.status == Conversation.Status.CLOSED:
        raise Conflict("This conversation is closed", code="conversation_closed")
    thread = thread_of(conversation)
    require_sendable(thread, message.content, by=by)
    _require_window(thread, message)
    _queue_again(delivery)
    return delivery


def _queue_again(delivery: Delivery) -> None:
    moment = now()
    fields = {"status": Status.PENDING, "attempts": 0, "next_try_at": moment, "lease_until": None, "updated_at": moment}
    nothing = {"external_id": None, "is_unknown": False, "error_code": "", "error_text": ""}
    if not Delivery.objects.filter(pk=delivery.pk, status=Status.FAILED).update(**fields, **nothing):
        raise Conflict("Only a message that did not arrive can be sent again", code="not_failed")
    delivery.refresh_from_db()
    tell(delivery, Status.PENDING)
    publish(DeliveryQueued(message_id=delivery.pk))
