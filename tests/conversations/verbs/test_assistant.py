"""The assistant's turns (messaging-design.md §5 and §9's last sentence)."""

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.utils.timezone import now

from accounts.models import AuditEntry
from conversations.gateways.assistants import ErrorCode, Reason
from conversations.gateways.phrases import LANGUAGES
from conversations.models import (
    AssistantTurn,
    ClientThread,
    Conversation,
    Delivery,
    Message,
    Notification,
    PlatformAccount,
)
from conversations.verbs.assistant import answer, step_back, want_answer
from conversations.verbs.assistant_turns import agent_of, claim, turns_due
from conversations.verbs.platform_accounts import give_account
from marketplace.verbs.limits import ai_answers_today, take_ai_answer
from ontology.models import Change, Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.assistants import (
    FILE,
    SHIPPING,
    ScriptedAssistant,
    client_says,
    client_thread,
    colleague_says,
    knows,
    make_due,
    pause,
    resume,
    turn_of,
)
from tests.factories.subscriptions import subscribed, three_tiers

pytestmark = pytest.mark.django_db
HANDED_OVER = LANGUAGES["en"].hand_over
PASSAGE = {
    "passage_id": 11,
    "file_id": str(FILE),
    "file_name": "shipping.pdf",
    "page": 2,
    "text": SHIPPING.text,
}


@pytest.fixture
def thread(user):
    return client_thread(user)


@pytest.fixture(autouse=True)
def searched(monkeypatch):
    return knows(monkeypatch, SHIPPING)


def said_by_ai(thread):
    rows = Message.objects.filter(conversation=thread.pk, role="ai").order_by("seq")
    return list(rows.values_list("content", flat=True))


def answered(thread, engine=None):
    make_due(thread)
    return answer(turn_id=turn_of(thread).pk, engine=engine or ScriptedAssistant())


def told(kind):
    return [change.payload for change in Change.objects.filter(kind=kind).order_by("pk")]


class TestWantAnswer:
    def test_opens_a_turn_that_is_due_in_two_seconds(self, thread):
        with time_machine.travel(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), tick=False):
            message = client_says(thread)
            turn = turn_of(thread)
            assert (turn.status, turn.upto_seq, turn.due_at) == (
                "waiting",
                message.seq,
                now() + dt.timedelta(seconds=2),
            )
            assert told("AssistantWanted") == [
                {
                    "turn_id": str(turn.pk),
                    "conversation_id": str(thread.pk),
                    "due_at": "2026-03-01T12:00:02.000Z",
                }
            ]

    def test_lets_the_open_turn_wait_for_more_but_not_for_ever(self, thread):
        with time_machine.travel(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), tick=False) as clock:
            began = now()
            waits = []
            for _ in range(8):
                message = client_says(thread)
                waits.append((turn_of(thread).due_at - began).total_seconds())
                clock.shift(1.5)
            turn = AssistantTurn.objects.get()
        assert waits == [2, 3.5, 5, 6.5, 8, 9.5, 10, 10]
        assert turn.upto_seq == message.seq

    @pytest.mark.parametrize(
        "fields",
        [
            {"is_ai_paused": True},
            {"reply_until": None},
            {"reply_until": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
            {"account": None},
        ],
    )
    def test_wants_none_where_the_thread_says_no(self, thread, fields):
        message = client_says(thread)
        AssistantTurn.objects.all().delete()
        ClientThread.objects.filter(pk=thread.pk).update(**fields)
        want_answer(thread, message)
        assert turn_of(thread) is None

    @pytest.mark.parametrize("fields", [{"answers_by_ai": False}, {"status": "broken"}, {"status": "disconnected"}])
    def test_wants_none_where_the_account_says_no(self, thread, fields):
        PlatformAccount.objects.update(**fields)
        client_says(thread)
        assert turn_of(thread) is None

    @pytest.mark.parametrize("status", ["pending", "closed"])
    def test_wants_none_where_the_conversation_waits_for_a_person_or_is_over(self, thread, status):
        Conversation.objects.filter(pk=thread.pk).update(status=status)
        client_says(thread)
        assert turn_of(thread) is None

    def test_wants_none_where_somebody_is_assigned(self, thread, stranger):
        ClientThread.objects.filter(pk=thread.pk).update(assignee=stranger)
        client_says(thread)
        assert turn_of(thread) is None

    def test_wants_none_on_a_platform_that_the_owners_tier_does_not_bring(self, user):
        thread = client_thread(user, platform="whatsapp")
        client_says(thread)
        assert not AssistantTurn.objects.exists()

        subscribed(user, three_tiers()["Professional"])
        client_says(thread)
        assert AssistantTurn.objects.get().status == "waiting"

    def test_wants_none_for_old_backlog(self, thread):
        client_says(thread, ago=dt.timedelta(minutes=61))
        assert turn_of(thread) is None
        client_says(thread, ago=dt.timedelta(minutes=59))
        assert turn_of(thread) is not None

    def test_wants_none_for_what_is_not_the_clients(self, thread):
        message = colleague_says(thread, pauses=False)
        with transaction.atomic():
            want_answer(thread, message)
        assert turn_of(thread) is None

    def test_wants_none_for_what_is_answered(self, thread):
        message = client_says(thread)
        answered(thread)
        with transaction.atomic():
            want_answer(thread, message)
        assert AssistantTurn.objects.count() == 1


class TestAnswer:
    def test_is_said_with_its_passages_and_goes_out(self, thread, user, searched):
        message = client_says(thread)
        engine = ScriptedAssistant()
        assert answered(thread, engine) == "answered"

        turn, said = turn_of(thread), Message.objects.get(role="ai")
        assert (said.content, said.sender, said.seq) == ("Five working days.", None, message.seq + 1)
        assert said.metadata == {
            "assistant": {
                "turn_id": str(turn.pk),
                "engine": "scripted:assistant",
                "reason": "",
                "passages": [PASSAGE],
            }
        }
        assert (turn.status, turn.answer, turn.engine, turn.passages) == (
            "answered",
            said,
            "scripted:assistant",
            [PASSAGE],
        )
        assert (turn.lease_until, turn.reason) == (None, "")
        assert Delivery.objects.get(message=said).status == "pending"
        thread.refresh_from_db()
        assert (thread.ai_answered_seq, thread.waiting_since) == (message.seq, None)
        assert ai_answers_today(user) == 1
        assert searched == [(user, "How long does delivery to Norway take?")]

    def test_is_asked_with_the_last_twenty_messages_that_the_client_can_read(self, thread, user):
        for number in range(25):
            client_says(thread, f"Question {number}")
        with transaction.atomic():
            note = colleague_says(thread, "Do not tell them!", pauses=False)
            Message.objects.filter(pk=note.pk).update(metadata={"is_private": True})
        engine = ScriptedAssistant()
        answered(thread, engine)
        (question,) = engine.questions
        assert [one.text for one in question.said] == [f"Question {number}" for number in range(5, 25)]
        assert question.business == user.display_name
        assert [one.passage_id for one in question.sources] == [11]

    def test_is_asked_without_what_was_taken_back(self, thread):
        for number, gone in enumerate(("deleted", "erased", "removed")):
            message = client_says(thread, f"Gone {number}")
            Message.objects.filter(pk=message.pk).update(metadata={gone: True})
        client_says(thread)
        engine = ScriptedAssistant()
        answered(thread, engine)
        assert engine.questions[0].asked == ("How long does delivery to Norway take?",)

    def test_is_not_given_where_all_was_taken_back(self, thread):
        client_says(thread)
        answered(thread)
        message = client_says(thread, "And back?")
        engine = ScriptedAssistant()
        Message.objects.filter(pk=message.pk).update(content="", metadata={"deleted": True})
        assert answered(thread, engine) == "dropped"
        assert (turn_of(thread).reason, engine.questions) == ("taken_back", [])

    def test_knows_of_a_picture_but_looks_up_no_name_of_it(self, thread, searched):
        message = client_says(thread, "[image]")
        Message.objects.filter(pk=message.pk).update(metadata={"is_placeholder": True, "kind": "media"})
        client_says(thread)
        engine = ScriptedAssistant()
        answered(thread, engine)
        assert engine.questions[0].asked == ("[image]", "How long does delivery to Norway take?")
        assert [question for _, question in searched] == ["How long does delivery to Norway take?"]

    def test_to_a_picture_alone_is_a_persons(self, thread, searched):
        message = client_says(thread, "[image]")
        Message.objects.filter(pk=message.pk).update(metadata={"is_placeholder": True, "kind": "media"})
        assert answered(thread) == "handed_over"
        assert (turn_of(thread).reason, searched) == ("no_passage", [])

    def test_is_told_and_remembered(self, thread, user):
        client_says(thread)
        answered(thread)
        turn = turn_of(thread)
        assert told("AssistantTurnEnded") == [
            {
                "turn_id": str(turn.pk),
                "conversation_id": str(thread.pk),
                "owner_id": str(user.pk),
                "status": "answered",
                "reason": "",
            }
        ]
        event = Event.objects.get(type="agent_completed")
        agent = Entity.objects.get(pk=agent_of(user.pk))
        assert (event.actor_id, event.target_id, event.is_private) == (agent.pk, thread.pk, True)
        assert event.metadata == {"what": "assistant_turn", "turn_id": str(turn.pk), "status": "answered", "reason": ""}
        assert (agent.type, agent.owner_id, agent.is_private) == ("service_agent", user.pk, True)
        assert AuditEntry.objects.filter(action="assistant answered", resource=str(turn.pk)).count() == 1

    def test_comes_once_however_often_the_job_runs(self, thread):
        client_says(thread)
        engine = ScriptedAssistant()
        assert [answered(thread, engine) for _ in range(3)] == ["answered", None, None]
        assert (said_by_ai(thread), len(engine.questions)) == (["Five working days."], 1)

    def test_waits_for_its_time(self, thread):
        client_says(thread)
        engine = ScriptedAssistant()
        assert answer(turn_id=turn_of(thread).pk, engine=engine) is None
        assert engine.questions == []

    def test_is_one_for_all_that_the_client_said(self, thread):
        for text in ("Hi", "how long", "to Norway?"):
            client_says(thread, text)
        engine = ScriptedAssistant()
        answered(thread, engine)
        assert engine.questions[0].asked == ("Hi", "how long", "to Norway?")
        assert said_by_ai(thread) == ["Five working days."]

    def test_is_asked_for_outside_any_transaction(self, thread, transactional_db):
        client_says(thread)
        open_ones = []
        answered(thread, ScriptedAssistant(meanwhile=lambda: open_ones.append(connection.in_atomic_block)))
        assert open_ones == [False]

    def test_fits_the_platform(self, user):
        thread = client_thread(user, platform="instagram")
        client_says(thread)
        answered(thread, ScriptedAssistant("Fünf schöne Tage. " * 80))
        (text,) = said_by_ai(thread)
        assert 800 < len(text.encode()) <= 1000
        assert text.endswith("Tage.")

    def test_is_one_of_the_local_engine_where_nothing_is_named(self, thread):
        client_says(thread)
        assert answered(thread, engine=None) == "answered"
        make_due(thread)
        client_says(thread)
        make_due(thread)
        assert answer(turn_id=turn_of(thread).pk) == "answered"
        assert said_by_ai(thread)[-1] == "Delivery to Norway takes five working days.\n\nSource: shipping.pdf, page 2"
        assert turn_of(thread).engine == "offline:sentences"


class TestTheSecondLook:
    """What happens while the engine works."""

    def during(self, thread, meanwhile):
        client_says(thread)
        return answered(thread, ScriptedAssistant(meanwhile=meanwhile))

    def test_a_persons_reply_silences_the_answer_that_is_being_written(self, thread):
        assert self.during(thread, lambda: colleague_says(thread)) is None
        turn = turn_of(thread)
        assert (turn.status, turn.reason, said_by_ai(thread)) == ("dropped", "person_wrote", [])

    def test_so_does_a_reply_that_nobody_told_it_of(self, thread):
        assert self.during(thread, lambda: colleague_says(thread, pauses=False)) == "dropped"
        assert (turn_of(thread).reason, said_by_ai(thread)) == ("person_wrote", [])

    @pytest.mark.parametrize(
        ("rows", "fields", "reason"),
        [
            (ClientThread, {"is_ai_paused": True}, "paused"),
            (Conversation, {"status": "closed"}, "closed"),
            (Conversation, {"status": "pending"}, "pending"),
            (PlatformAccount, {"answers_by_ai": False}, "switched_off"),
            (PlatformAccount, {"status": "broken"}, "not_connected"),
            (ClientThread, {"reply_until": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "window_closed"),
            (Conversation, {"deleted_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "deleted"),
        ],
    )
    def test_what_else_silences_it(self, thread, user, rows, fields, reason):
        assert self.during(thread, lambda: rows.objects.update(**fields)) == "dropped"
        assert (turn_of(thread).reason, said_by_ai(thread)) == (reason, [])
        assert ai_answers_today(user) == 0

    def test_an_assignment_silences_it(self, thread, stranger):
        assert self.during(thread, lambda: ClientThread.objects.update(assignee=stranger)) == "dropped"
        assert turn_of(thread).reason == "assigned"

    def test_more_from_the_client_makes_it_start_over(self, thread, user):
        assert self.during(thread, lambda: client_says(thread, "Or to Sweden?")) == "waiting"
        assert (said_by_ai(thread), ai_answers_today(user), AssistantTurn.objects.count()) == ([], 0, 1)

        engine = ScriptedAssistant("Both five days.")
        assert answered(thread, engine) == "answered"
        assert engine.questions[0].asked == ("How long does delivery to Norway take?", "Or to Sweden?")
        assert said_by_ai(thread) == ["Both five days."]

    def test_what_is_taken_back_meanwhile_is_not_answered(self, thread, user):
        gone = {"content": "", "metadata": {"deleted": True}}
        assert self.during(thread, lambda: Message.objects.filter(role="client").update(**gone)) == "dropped"
        assert (turn_of(thread).reason, said_by_ai(thread), ai_answers_today(user)) == ("taken_back", [], 0)

    def test_a_colleagues_note_silences_nothing(self, thread):
        def note():
            message = colleague_says(thread, "Who takes this?", pauses=False)
            Message.objects.filter(pk=message.pk).update(metadata={"is_private": True})

        assert self.during(thread, note) == "answered"

    def test_what_the_client_says_after_a_person_spoke_is_still_answered(self, thread):
        def go_on():
            colleague_says(thread, pauses=False)
            client_says(thread, "And back?")

        assert self.during(thread, go_on) == "waiting"
        engine = ScriptedAssistant()
        assert answered(thread, engine) == "answered"
        assert engine.questions[0].asked == ("And back?",)

    @pytest.mark.parametrize("error", [None, ErrorCode.TIMEOUT])
    def test_a_worker_whose_lease_is_over_ends_nothing(self, thread, error):
        client_says(thread)
        make_due(thread)
        turn_id, holds = turn_of(thread).pk, []

        def another_takes_it():
            with time_machine.travel(now() + dt.timedelta(seconds=121), tick=False):
                holds.append(claim(turn_id))

        late = ScriptedAssistant("Late.", error=error, meanwhile=another_takes_it)
        assert answer(turn_id=turn_id, engine=late) is None
        turn = turn_of(thread)
        assert (turn.status, turn.lease_until, said_by_ai(thread)) == ("running", holds[0].lease_until, [])

    def test_a_pause_that_was_lifted_again_still_drops_what_was_begun(self, thread):
        def pause_and_resume():
            pause(thread)
            resume(thread)

        assert self.during(thread, pause_and_resume) is None
        assert (turn_of(thread).status, said_by_ai(thread)) == ("dropped", [])

    def test_a_first_look_spares_the_call(self, thread):
        client_says(thread)
        ClientThread.objects.update(is_ai_paused=True)
        engine = ScriptedAssistant()
        assert answered(thread, engine) == "dropped"
        assert engine.questions == []


class TestAClientWhoKeepsWriting:
    """Every message makes it start over, but not without end."""

    def test_is_waited_for_until_they_are_quiet(self, thread):
        with time_machine.travel(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), tick=False) as clock:
            began = now()
            client_says(thread, "0")
            clock.shift(2)
            assert self.asked_while_writing(thread, clock, "1") == "waiting"
            waits = [turn_of(thread).due_at]
            for number in range(12):
                clock.shift(5)
                client_says(thread, f"{number}")
                waits.append(turn_of(thread).due_at)
        assert [(due - began).total_seconds() for due in waits] == [12, 17, 22, 27, 32, 37, 42, 47, 52, 57, 60, 60, 60]

    def test_is_answered_after_a_minute_and_then_about_the_rest(self, thread, user):
        with time_machine.travel(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), tick=False) as clock:
            client_says(thread, "0")
            clock.shift(2)
            stands, number, engine = None, 0, ScriptedAssistant()
            while stands != "answered" and number < 30:
                number += 1
                stands = self.asked_while_writing(thread, clock, str(number), engine)
                clock.shift(max(0, (turn_of(thread).due_at - now()).total_seconds()))
            assert len(engine.questions) == 7
            assert engine.questions[-1].asked == ("0", "1", "2", "3", "4", "5", "6")
            assert engine.questions[-2].asked == ("0", "1", "2", "3", "4", "5")
            ended, opened = AssistantTurn.objects.order_by("created_at", "upto_seq")
            assert (ended.status, ended.upto_seq, opened.status, opened.upto_seq) == ("answered", 7, "waiting", 8)
            assert (opened.due_at - now()).total_seconds() <= 2

            clock.shift(2)
            last = ScriptedAssistant("That too.")
            assert answer(turn_id=opened.pk, engine=last) == "answered"
            assert ai_answers_today(user) == 2
        assert [(one.who, one.text) for one in last.questions[0].said][-3:] == [
            ("client", "6"),
            ("assistant", "Five working days."),
            ("client", "7"),
        ]
        assert last.questions[0].asked == ("7",)
        assert said_by_ai(thread) == ["Five working days.", "That too."]
        assert AssistantTurn.objects.open().count() == 0

    def asked_while_writing(self, thread, clock, text, engine=None):
        engine = engine or ScriptedAssistant()
        engine.meanwhile = lambda: client_says(thread, text)
        return answer(turn_id=turn_of(thread).pk, engine=engine)


class TestStepBack:
    def test_drops_the_open_turn_and_says_why(self, thread):
        client_says(thread)
        pause(thread, reason="assigned")
        turn = turn_of(thread)
        assert (turn.status, turn.reason) == ("dropped", "assigned")
        assert turn.ended_at is not None
        assert told("AssistantTurnEnded")[0]["reason"] == "assigned"

    def test_is_nothing_where_no_turn_is_open(self, thread):
        with transaction.atomic():
            step_back(Conversation.objects.get(pk=thread.pk), reason="closed")
        assert told("AssistantTurnEnded") == []

    def test_makes_room_for_the_next_message_once_it_is_let_in_again(self, thread):
        client_says(thread)
        colleague_says(thread)
        client_says(thread, "And back?")
        assert AssistantTurn.objects.open().count() == 0
        resume(thread)
        client_says(thread, "Hello?")
        engine = ScriptedAssistant()
        assert answered(thread, engine) == "answered"
        assert engine.questions[0].asked == ("And back?", "Hello?")


class TestHandingOver:
    @pytest.mark.parametrize(
        ("reason", "why"),
        [
            (Reason.NO_PASSAGE, "Your files do not answer the question."),
            (Reason.ASKED_FOR_PERSON, "They asked for a person."),
        ],
    )
    def test_leaves_the_client_to_a_person(self, thread, user, reason, why):
        client_says(thread)
        waiting_since = ClientThread.objects.get(pk=thread.pk).waiting_since
        assert answered(thread, ScriptedAssistant("!", reason=reason, hand_over=True)) == "handed_over"

        conversation = Conversation.objects.get(pk=thread.pk)
        turn = turn_of(thread)
        assert (conversation.status, turn.status, turn.reason) == ("pending", "handed_over", reason.value)
        assert said_by_ai(thread) == [HANDED_OVER]
        assert turn.answer.metadata["assistant"]["hand_over"] is True
        assert ai_answers_today(user) == 0
        assert ClientThread.objects.get(pk=thread.pk).waiting_since == waiting_since
        notice = Notification.objects.get(user=user)
        assert (notice.title, notice.text) == ("Kari Nordmann waits for your answer", why)
        assert notice.url == f"/inbox/{thread.pk}/"
        assert told("ConversationChanged")[-1]["what"] == "pending"
        assert Entity.objects.get(pk=thread.pk).properties["status"] == "pending"

    def test_says_its_line_once(self, thread):
        client_says(thread)
        engine = ScriptedAssistant(reason=Reason.NO_PASSAGE, hand_over=True)
        answered(thread, engine)
        client_says(thread, "Hello??")
        assert answered(thread, engine) is None
        assert said_by_ai(thread) == [HANDED_OVER]

    def test_follows_a_second_doubt(self, thread, user):
        unsure = ScriptedAssistant("Pardon?", reason=Reason.UNSURE)
        client_says(thread, "Bla?")
        assert answered(thread, unsure) == "answered"
        assert turn_of(thread).reason == "unsure"
        client_says(thread, "Blabla?")
        assert answered(thread, unsure) == "handed_over"
        assert (turn_of(thread).reason, said_by_ai(thread)) == ("twice_unsure", ["Pardon?", HANDED_OVER])
        assert ai_answers_today(user) == 1

    def test_does_not_follow_doubts_with_an_answer_between(self, thread):
        unsure = ScriptedAssistant("Pardon?", reason=Reason.UNSURE)
        for engine in (unsure, ScriptedAssistant(), unsure):
            client_says(thread)
            assert answered(thread, engine) == "answered"

    def test_without_a_passage_is_what_becomes_of_any_engines_guess(self, thread, monkeypatch):
        knows(monkeypatch)
        client_says(thread)
        assert answered(thread, ScriptedAssistant("Surely!")) == "handed_over"
        assert (turn_of(thread).reason, said_by_ai(thread)) == ("no_passage", [HANDED_OVER])

    def test_is_in_the_clients_language(self, thread):
        client_says(thread, "Ich möchte bitte mit einem Menschen sprechen")
        make_due(thread)
        assert answer(turn_id=turn_of(thread).pk) == "handed_over"
        assert said_by_ai(thread) == [LANGUAGES["de"].hand_over]


class TestTheTiersLimit:
    def test_hands_over_and_is_told_once_a_day(self, user):
        for _ in range(3):
            take_ai_answer(user)
        threads = [client_thread(user) for _ in range(3)]
        for thread in threads:
            client_says(thread)
            assert answered(thread) == "handed_over"
            assert (turn_of(thread).reason, said_by_ai(thread)) == ("limit_reached", [HANDED_OVER])
        assert ai_answers_today(user) == 3
        notice = Notification.objects.get(user=user)
        assert notice.title == "Your assistant has given all of today's answers"
        assert notice.text == (
            "An account without a subscription allows 3 AI answers a day, and today's are used. "
            "Clients wait for you; /pricing/ has larger tiers."
        )
        assert notice.url == f"/inbox/{threads[0].pk}/"

    def test_is_none_for_a_professional_account(self, user):
        subscribed(user, three_tiers()["Professional"])
        thread = client_thread(user)
        for _ in range(5):
            client_says(thread)
            assert answered(thread) == "answered"


class TestAFailingEngine:
    @pytest.mark.parametrize("code", list(ErrorCode))
    def test_is_a_failed_turn_with_its_code_and_costs_nothing(self, thread, user, code):
        client_says(thread)
        assert answered(thread, ScriptedAssistant(error=code)) == "failed"
        turn = turn_of(thread)
        assert (turn.status, turn.reason, said_by_ai(thread)) == ("failed", code.value, [])
        assert (ai_answers_today(user), ClientThread.objects.get(pk=thread.pk).ai_answered_seq) == (0, 0)
        assert Event.objects.get(type="agent_failed").metadata["reason"] == code.value
        notice = Notification.objects.get(user=user)
        assert (notice.kind, notice.title) == ("error", "Your assistant could not answer Kari Nordmann")

    def test_leaves_what_was_said_meanwhile_to_another_try(self, thread, user):
        client_says(thread)
        engine = ScriptedAssistant(
            error=ErrorCode.TIMEOUT, meanwhile=lambda: client_says(thread, "And how long to Sweden?")
        )
        assert answered(thread, engine) == "waiting"
        assert not Notification.objects.filter(user=user).exists()

        assert answered(thread) == "answered"
        assert (said_by_ai(thread), ai_answers_today(user)) == (["Five working days."], 1)

    def test_is_told_once_a_day_for_each_conversation(self, thread, user):
        for _ in range(3):
            client_says(thread)
            answered(thread, ScriptedAssistant(error=ErrorCode.TIMEOUT))
        assert Notification.objects.filter(user=user).count() == 1

    def test_is_never_replaced_by_the_local_one(self, thread, settings):
        settings.LLM_MODEL = "openai:gpt-4.1"
        client_says(thread)
        make_due(thread)
        assert answer(turn_id=turn_of(thread).pk) == "failed"
        turn = turn_of(thread)
        assert (turn.reason, turn.engine, said_by_ai(thread)) == ("not_configured", "openai:gpt-4.1", [])

    def test_that_a_person_was_faster_than_is_dropped(self, thread, user):
        client_says(thread)
        engine = ScriptedAssistant(error=ErrorCode.TIMEOUT, meanwhile=lambda: colleague_says(thread, pauses=False))
        assert answered(thread, engine) == "dropped"
        assert not Notification.objects.filter(user=user).exists()


class TestAKilledWorker:
    def test_is_taken_over_when_its_lease_is_over(self, thread):
        client_says(thread)
        make_due(thread)
        turn_id = turn_of(thread).pk
        dead = claim(turn_id)
        assert answer(turn_id=turn_id, engine=ScriptedAssistant()) is None
        with time_machine.travel(dead.lease_until + dt.timedelta(seconds=4), tick=False):
            assert turns_due() == [turn_id]
            assert answer(turn_id=turn_id, engine=ScriptedAssistant()) == "answered"
        assert said_by_ai(thread) == ["Five working days."]

    def test_that_was_only_slow_says_nothing_any_more(self, thread):
        client_says(thread)
        make_due(thread)
        turn_id = turn_of(thread).pk

        def another_takes_over():
            with time_machine.travel(now() + dt.timedelta(seconds=121), tick=False):
                assert answer(turn_id=turn_id, engine=ScriptedAssistant("I was faster.")) == "answered"

        assert answer(turn_id=turn_id, engine=ScriptedAssistant(meanwhile=another_takes_over)) is None
        assert said_by_ai(thread) == ["I was faster."]

    def test_is_not_taken_over_for_ever(self, thread):
        client_says(thread)
        make_due(thread)
        AssistantTurn.objects.update(attempts=3)
        engine = ScriptedAssistant()
        assert answered(thread, engine) == "failed"
        assert (turn_of(thread).reason, engine.questions) == ("gave_up", [])

    def test_whose_turn_nobody_began_is_found_by_the_sweep(self, thread):
        client_says(thread)
        assert turns_due() == []
        with time_machine.travel(now() + dt.timedelta(seconds=6), tick=False):
            assert turns_due() == [turn_of(thread).pk]


class TestWhatWasTakenBack:
    def taken_back(self, message):
        Message.objects.filter(pk=message.pk).update(content="", metadata={"deleted": True})

    def test_is_not_answered(self, thread, user):
        self.taken_back(client_says(thread))
        engine = ScriptedAssistant()

        assert (answered(thread, engine), turn_of(thread).reason) == ("dropped", "taken_back")
        assert (engine.questions, said_by_ai(thread), ai_answers_today(user)) == ([], [], 0)

    def test_is_not_answered_again_by_what_was_said_before(self, thread):
        client_says(thread)
        assert answered(thread) == "answered"
        self.taken_back(client_says(thread, "Another thing."))

        assert (answered(thread), len(said_by_ai(thread))) == ("dropped", 1)

    def test_silences_the_answer_that_is_being_written(self, thread, user):
        message = client_says(thread)
        engine = ScriptedAssistant(meanwhile=lambda: self.taken_back(message))

        assert (answered(thread, engine), said_by_ai(thread), ai_answers_today(user)) == ("dropped", [], 0)

    def test_is_no_part_of_the_question(self, thread):
        self.taken_back(client_says(thread, "My secret."))
        client_says(thread, "How long to Norway?")
        engine = ScriptedAssistant()

        assert answered(thread, engine) == "answered"
        assert engine.questions[0].asked == ("How long to Norway?",)


class TestANewOwner:
    def test_is_not_spoken_for_from_the_files_of_the_one_before(self, thread, user, staff, searched):
        heir = UserFactory()
        account_id = thread.account_id
        client_says(thread)
        engine = ScriptedAssistant(meanwhile=lambda: give_account(account_id=account_id, user_id=heir.pk, by=staff))
        assert (answered(thread, engine), said_by_ai(thread)) == (None, [])

        assert answered(thread) == "answered"
        assert [who for who, _ in searched] == [user, heir]
        assert (ai_answers_today(user), ai_answers_today(heir)) == (0, 1)
