"""In whatever order clients write, people answer, pause and resume, workers die and jobs run: never an answer after a person's
reply to the same message, never two answers to one message, none that passes over what was said, and none of a worker that lost
its turn."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conversations.gateways.assistants import ErrorCode, Reason
from conversations.models import AssistantTurn, ClientThread, Conversation, Message
from conversations.verbs.assistant import answer
from conversations.verbs.assistant_turns import claim, turns_due
from marketplace.models import UsageCount
from tests.factories.accounts import UserFactory
from tests.factories.assistants import (
    SHIPPING,
    ScriptedAssistant,
    client_says,
    client_thread,
    colleague_says,
    knows,
    pause,
    resume,
)
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db
BEGINNING = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
# What happens while an engine works: at most three things, in this order.
MEANWHILE = st.lists(
    st.sampled_from(["client", "old", "reply", "echo", "pause", "resume", "close", "job", "late", "taken_over"]),
    max_size=3,
)
OUTCOME = st.sampled_from(["answer", "answer", "answer", "unsure", "hand_over", "fail"])


class Inbox(RuleBasedStateMachine):
    """One client, one colleague, and workers that come, die and come late."""

    def __init__(self):
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.clock = time_machine.travel(BEGINNING, tick=False)
        self.time = self.clock.start()

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    @initialize()
    def open_shop(self):
        self.owner = UserFactory()
        subscribed(self.owner, TierFactory(ai_answers_a_day=None))
        self.thread = client_thread(self.owner)
        self.said = {}  # what wants an answer: its text, by its seq

    def is_anything_open(self):
        return AssistantTurn.objects.open().exists()

    @rule()
    def client(self):
        message = client_says(self.thread, f"Question {len(self.said)}?")
        self.said[message.seq] = message.content

    @rule(meanwhile=MEANWHILE, outcome=OUTCOME)
    def ask(self, meanwhile, outcome):
        """The usual way: somebody is let in, writes, and an engine works on it."""
        self.resume()
        self.client()
        self.work(meanwhile, outcome)

    @rule()
    def old(self):
        """Backlog that comes late; it wants no answer."""
        client_says(self.thread, "I wrote this long ago", ago=dt.timedelta(hours=2))
        ClientThread.objects.update(reply_until=BEGINNING + dt.timedelta(days=9))

    @rule()
    def reply(self):
        colleague_says(self.thread)

    @rule()
    def echo(self):
        """A reply that the assistant is not told of."""
        colleague_says(self.thread, pauses=False)

    @rule()
    def pause(self):
        pause(self.thread)

    @rule()
    def resume(self):
        resume(self.thread)
        Conversation.objects.filter(pk=self.thread.pk).update(status="active")

    @rule()
    def close(self):
        Conversation.objects.filter(pk=self.thread.pk).update(status="closed")

    @rule(seconds=st.sampled_from([1, 3, 130]))
    def wait(self, seconds):
        self.time.shift(seconds)

    @rule()
    def late(self):
        """Everybody's lease is over, and another worker comes."""
        self.time.shift(130)
        self.job()

    @rule()
    def die(self):
        """A worker takes the turn and is killed."""
        for turn_id in AssistantTurn.objects.open().values_list("pk", flat=True):
            claim(turn_id)

    @precondition(is_anything_open)
    @rule()
    def taken_over(self):
        """The lease of whoever has it is over, and another worker has just taken it."""
        self.time.shift(130)
        self.die()

    @precondition(is_anything_open)
    @rule(meanwhile=MEANWHILE, outcome=OUTCOME)
    def work(self, meanwhile, outcome):
        self.time.shift(3)
        self.job(outcome, lambda: [getattr(self, what)() for what in meanwhile])

    def job(self, outcome="answer", meanwhile=None):
        for turn_id in list(AssistantTurn.objects.open().values_list("pk", flat=True)):
            engine = Engine(turn_id, outcome, meanwhile)
            stands = answer(turn_id=turn_id, engine=engine)
            if engine.has_lost_it:
                assert stands is None

    @precondition(is_anything_open)
    @rule()
    def sweep(self):
        """What was lost is found, when its time and some seconds are over."""
        self.time.shift(6)
        for turn_id in turns_due():
            answer(turn_id=turn_id, engine=Engine(turn_id, "answer", None))

    @invariant()
    def speaks_only_to_a_client_who_waits(self):
        answered = AssistantTurn.objects.exclude(answer=None).order_by("answer__seq")
        rows = list(answered.values_list("upto_seq", "answer__seq", "answer__content", "status"))
        about = [upto_seq for upto_seq, _, _, _ in rows]
        assert about == sorted(set(about)), "one message, two answers"
        people = list(Message.objects.filter(role="user").values_list("seq", flat=True))
        for upto_seq, seq, content, status in rows:
            assert upto_seq in self.said
            assert not [each for each in people if upto_seq < each < seq], "talked over a person"
            assert status == "handed_over" or content.startswith("Pardon") or content == f"To: {self.said[upto_seq]}"

    @invariant()
    def passes_nothing_over(self):
        """Whatever was said before an answer is what it answers, or has a turn of its own."""
        turns = list(AssistantTurn.objects.values_list("upto_seq", "answer__seq", "status"))
        for upto_seq, seq, status in turns:
            if seq and status == "answered":
                between = [each for each in self.said if upto_seq < each < seq]
                assert not between or max(each for each, _, _ in turns) >= between[-1]

    @invariant()
    def counts_what_it_said(self):
        ended = AssistantTurn.objects.filter(status="answered")
        assert ended.count() == sum(UsageCount.objects.values_list("count", flat=True))
        assert (
            Message.objects.filter(role="ai").count()
            == ended.count() + AssistantTurn.objects.filter(status="handed_over").count()
        )

    @invariant()
    def has_one_open_turn_at_most(self):
        assert AssistantTurn.objects.open().count() <= 1


class Engine(ScriptedAssistant):
    """Says to what it answers, and knows afterwards whether the turn was still its worker's."""

    def __init__(self, turn_id, outcome, meanwhile):
        error = ErrorCode.TIMEOUT if outcome == "fail" else None
        reason = Reason.UNSURE if outcome == "unsure" else Reason.ANSWERED
        super().__init__(reason=reason, hand_over=outcome == "hand_over", error=error, meanwhile=meanwhile)
        self.turn_id, self.has_lost_it = turn_id, False

    def answer(self, question):
        lease = self.lease()
        self.text = "Pardon?" if self.reason is Reason.UNSURE else f"To: {question.said[-1].text}"
        try:
            return super().answer(question)
        finally:
            self.has_lost_it = self.lease() != lease

    def lease(self):
        return AssistantTurn.objects.values_list("status", "lease_until").get(pk=self.turn_id)


def test_the_assistant_never_talks_over_anybody(monkeypatch):
    knows(monkeypatch, SHIPPING)
    run_state_machine_as_test(
        Inbox,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
