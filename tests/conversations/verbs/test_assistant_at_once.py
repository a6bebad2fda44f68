"""Two jobs, a person and a job, a client and a job at once: by real threads, on SQLite and on PostgreSQL alike."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.utils.timezone import now

from config.errors import Forbidden
from conversations.gateways.assistants import ErrorCode
from conversations.models import AssistantTurn, Conversation, Message
from conversations.verbs.assistant import answer
from conversations.verbs.drafts import draft_answer
from marketplace.models import UsageCount
from marketplace.verbs.limits import take_ai_answer
from ontology.models import Entity
from tests.factories.assistants import (
    SHIPPING,
    ScriptedAssistant,
    client_says,
    client_thread,
    colleague_says,
    knows,
    make_due,
    turn_of,
)
from tests.factories.subscriptions import TierFactory, subscribed
from tests.marketplace.verbs.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _knowledge(monkeypatch):
    knows(monkeypatch, SHIPPING)


@pytest.fixture
def thread(user):
    thread = client_thread(user)
    client_says(thread)
    make_due(thread)
    return thread


def roles():
    return list(Message.objects.order_by("seq").values_list("role", flat=True))


class TestAtOnce:
    def test_two_jobs_give_one_answer(self, thread):
        turn_id = turn_of(thread).pk
        engine = ScriptedAssistant()
        results = at_once(*[lambda: answer(turn_id=turn_id, engine=engine)] * 6)
        assert Counter(results) == {"answered": 1, None: 5}
        assert (roles(), len(engine.questions)) == (["client", "ai"], 1)
        assert UsageCount.objects.get().count == 1

    def test_a_person_and_an_answer_never_both_speak_to_one_message(self, user):
        subscribed(user, TierFactory(ai_answers_a_day=None))  # the assistant may be the faster one each time
        for _ in range(6):
            thread = client_thread(user)
            client_says(thread)
            make_due(thread)
            turn_id, gate = turn_of(thread).pk, threading.Barrier(2)
            engine = ScriptedAssistant(meanwhile=lambda gate=gate: gate.wait(10))

            def reply(thread=thread, gate=gate):
                gate.wait(10)
                colleague_says(thread)

            results = at_once(lambda turn_id=turn_id, engine=engine: answer(turn_id=turn_id, engine=engine), reply)
            assert not [each for each in results if isinstance(each, Exception)], results
            said = list(Message.objects.filter(conversation=thread.pk).order_by("seq").values_list("role", flat=True))
            assert said in (["client", "user"], ["client", "ai", "user"])
            turn = turn_of(thread)
            assert turn.status == ("dropped" if len(said) == 2 else "answered")

    def test_a_client_who_goes_on_is_answered_once_about_all(self, thread):
        turn_id, gate = turn_of(thread).pk, threading.Barrier(2)
        engine = ScriptedAssistant(meanwhile=lambda: gate.wait(10))

        def go_on():
            gate.wait(10)
            client_says(thread, "Or to Sweden?")

        results = at_once(lambda: answer(turn_id=turn_id, engine=engine), go_on)
        make_due(thread)
        second = ScriptedAssistant()
        assert answer(turn_id=turn_of(thread).pk, engine=second) == "answered"
        first, more = "How long does delivery to Norway take?", "Or to Sweden?"
        if roles() == ["client", "client", "ai"]:  # they were faster, and the answer begun was thrown away
            assert (results[0], second.questions[0].asked) == ("waiting", (first, more))
        else:
            assert roles() == ["client", "ai", "client", "ai"]
            assert (results[0], second.questions[0].asked) == ("answered", (more,))

    def test_a_client_who_was_faster_is_not_answered_about_the_half(self, thread):
        """As above, but the engine works until what they add is kept."""
        turn_id, asked, kept = turn_of(thread).pk, threading.Event(), threading.Event()

        def work():
            asked.set()
            assert kept.wait(10)

        def go_on():
            assert asked.wait(10)
            client_says(thread, "Or to Sweden?")
            kept.set()

        results = at_once(lambda: answer(turn_id=turn_id, engine=ScriptedAssistant(meanwhile=work)), go_on)
        assert (results[0], roles()) == ("waiting", ["client", "client"])

    def test_a_reply_that_was_faster_silences_what_nobody_told_to_step_back(self, thread):
        turn_id, asked, kept = turn_of(thread).pk, threading.Event(), threading.Event()

        def work():
            asked.set()
            assert kept.wait(10)

        def reply():
            assert asked.wait(10)
            colleague_says(thread, pauses=False)
            kept.set()

        results = at_once(lambda: answer(turn_id=turn_id, engine=ScriptedAssistant(meanwhile=work)), reply)
        assert (results[0], roles()) == ("dropped", ["client", "user"])

    def test_a_worker_that_was_taken_for_dead_ends_nothing(self, thread):
        """Its engine fails while the next one's works: the turn is the next one's."""
        turn_id = turn_of(thread).pk
        lost, began, ended = threading.Event(), threading.Event(), threading.Event()

        def lose_it():
            AssistantTurn.objects.update(lease_until=now() - dt.timedelta(seconds=1))
            lost.set()
            assert began.wait(10)

        def slow():
            try:
                return answer(turn_id=turn_id, engine=ScriptedAssistant(error=ErrorCode.TIMEOUT, meanwhile=lose_it))
            finally:
                ended.set()

        def work():
            began.set()
            assert ended.wait(10)

        def next_one():
            assert lost.wait(10)
            return answer(turn_id=turn_id, engine=ScriptedAssistant(meanwhile=work))

        assert at_once(slow, next_one) == [None, "answered"]
        assert roles() == ["client", "ai"]

    def test_the_owners_last_answer_of_the_day_is_given_once(self, user):
        for _ in range(2):
            take_ai_answer(user)
        threads = [client_thread(user) for _ in range(4)]
        for each in threads:
            client_says(each)
            make_due(each)
        turns = [turn_of(each).pk for each in threads]
        results = at_once(*[lambda key=key: answer(turn_id=key, engine=ScriptedAssistant()) for key in turns])
        assert Counter(results) == {"answered": 1, "handed_over": 3}
        assert UsageCount.objects.get().count == 3
        assert Conversation.objects.filter(status="pending").count() == 3
        assert Entity.objects.filter(type="service_agent").count() == 1

    def test_the_last_draft_of_the_day_is_written_once(self, user, thread):
        for _ in range(2):
            take_ai_answer(user)
        calls = [lambda: draft_answer(conversation_id=thread.pk, by=user, engine=ScriptedAssistant())] * 3
        results = at_once(*calls)
        assert Counter(type(each).__name__ for each in results) == {"Draft": 1, "Forbidden": 2}
        assert {each.details["reason"] for each in results if isinstance(each, Forbidden)} == {"limit_reached"}
        assert UsageCount.objects.get().count == 3

    def test_many_messages_at_once_open_one_turn(self, user):
        thread = client_thread(user)
        at_once(*[lambda: client_says(thread)] * 6)
        assert AssistantTurn.objects.get().upto_seq == 6
