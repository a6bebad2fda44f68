"""Clients who write on a platform, colleagues who answer, and an assistant that says what a test scripts."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from conversations.gateways.assistants import AssistantAnswer, AssistantError, Reason
from conversations.models import AssistantTurn, ClientThread, Conversation, Message, PlatformAccount
from conversations.queries.knowledge import Found
from conversations.verbs.assistant import step_back, want_answer
from conversations.verbs.client_messages import say_to_client
from conversations.verbs.client_threads import start_thread, touch_waiting
from conversations.verbs.conversations import wait_for_turn
from conversations.verbs.messages import append

FILE = UUID(int=7)
SHIPPING = Found(
    11, FILE, "shipping.pdf", 2, "Delivery to Norway takes five working days. Returns are free within 30 days.", 1.0
)
PLACE = "conversations.queries.assistant.search_passages"


def client_thread(owner, *, platform="facebook", answers_by_ai=True, **account):
    """Somebody's first conversation with a client of an account of theirs that the assistant looks after."""
    number = PlatformAccount.objects.count()
    page = PlatformAccount.objects.create(
        platform=platform,
        external_id=f"page-{number}",
        owner=owner,
        answers_by_ai=answers_by_ai,
        is_sandbox=True,
        **account,
    )
    thread = start_thread(platform=platform, owner=owner, account=page, client_name="Kari Nordmann")
    ClientThread.objects.filter(pk=thread.pk).update(reply_until=now() + dt.timedelta(hours=24))
    return ClientThread.objects.get(pk=thread.pk)


@transaction.atomic
def client_says(thread, text="How long does delivery to Norway take?", *, ago=dt.timedelta(0)):
    """What a webhook does with a client's message."""
    wait_for_turn(thread.pk)
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=thread.pk)
    message = append(conversation, role=Message.Role.CLIENT, content=text)
    message.sent_at = now() - ago
    message.save(update_fields=["sent_at"])
    ClientThread.objects.filter(pk=thread.pk).update(
        client_wrote_at=message.sent_at, reply_until=message.sent_at + dt.timedelta(hours=24)
    )
    touch_waiting(thread.pk, is_waiting=True)
    want_answer(ClientThread.objects.get(pk=thread.pk), message)
    return message


@transaction.atomic
def colleague_says(thread, text="Five days.", *, pauses=True):
    """A person answers; with `pauses` the assistant then keeps quiet, without it is what an echo may be."""
    wait_for_turn(thread.pk)
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=thread.pk)
    message = say_to_client(conversation, thread, role=Message.Role.USER, content=text, sender=conversation.created_by)
    if pauses:
        ClientThread.objects.filter(pk=thread.pk).update(is_ai_paused=True)
        step_back(conversation, reason="person_wrote")
    return message


@transaction.atomic
def pause(thread, reason="paused"):
    wait_for_turn(thread.pk)
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=thread.pk)
    ClientThread.objects.filter(pk=thread.pk).update(is_ai_paused=True)
    step_back(conversation, reason=reason)


def resume(thread):
    ClientThread.objects.filter(pk=thread.pk).update(is_ai_paused=False)


def turn_of(thread):
    """The newest one."""
    return AssistantTurn.objects.filter(conversation=thread.pk).order_by("-created_at", "-id").first()


def make_due(thread):
    """As if its two seconds were over."""
    AssistantTurn.objects.open().filter(conversation=thread.pk).update(due_at=now())


def knows(monkeypatch, *found):
    """What the owner's files say to every question; remembers who asked what."""
    searched = []

    def search(*, user, question, limit=5):
        searched.append((user, question))
        return list(found)

    monkeypatch.setattr(PLACE, search)
    return searched


class ScriptedAssistant:
    """Answers with `text` and the passages given, or as `reason` says; `meanwhile` runs while it works."""

    model_id, label, is_local = "scripted:assistant", "Scripted", False

    def __init__(
        self, text="Five working days.", *, reason=Reason.ANSWERED, hand_over=False, error=None, meanwhile=None
    ):
        self.text, self.reason, self.hand_over = text, reason, hand_over
        self.error, self.meanwhile, self.questions = error, meanwhile, []

    def answer(self, question):
        self.questions.append(question)
        if self.meanwhile:
            self.meanwhile()
        if self.error:
            raise AssistantError(self.error)
        used = tuple(source.passage_id for source in question.sources) if self.reason is Reason.ANSWERED else ()
        return AssistantAnswer(self.text, self.hand_over, self.reason, used, self.model_id)
