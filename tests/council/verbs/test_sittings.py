"""The council at work: order, saving, failure, stop, take-over."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from conversations.models import Message
from council.gateways.language_model import (
    SAGE,
    SEATS,
    SKEPTIC,
    STRATEGIST,
    EarlierAnswer,
    ErrorCode,
    ModelError,
    Usage,
)
from council.gateways.offline import OfflineAdvisor
from council.models import AdvisorReply, Deliberation, Synthesis
from council.verbs import sittings
from council.verbs.answers import Hold, HoldLost, Pulse, claim, finish_answer, save_partial, show_life, start_answer
from council.verbs.deliberations import retry_deliberation, stop_deliberation, sweep_deliberations
from council.verbs.personas import revise_persona
from council.verbs.sittings import deliberate
from ontology.models import Change, Event, EventType
from tests.factories.council import QUESTION, DeliberationFactory
from tests.fakes.language_model import SILENCE, ScriptedModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def deliberation(user):
    return DeliberationFactory(by=user)


@pytest.fixture(autouse=True)
def _quick_pulse(monkeypatch):
    monkeypatch.setattr(sittings, "PULSE_SECONDS", 0.01)
    monkeypatch.setattr(sittings, "SAVE_SECONDS", 0)


def saved(deliberation):
    """Seat, state and text of every answer, in order."""
    replies = AdvisorReply.objects.filter(deliberation=deliberation).order_by("message__seq")
    return list(replies.values_list("persona_id", "message__status", "message__content"))


class TestDeliberate:
    def test_asks_the_three_in_turn_and_sums_up(self, deliberation):
        engine = ScriptedModel()

        assert deliberate(deliberation_id=deliberation.pk, engine=engine) is True

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.attempt, deliberation.lease_until) == ("done", 1, None)
        assert saved(deliberation) == [(seat, "done", f"I speak as {seat}.") for seat in SEATS]
        assert deliberation.synthesis.body == {
            "pointsOfAgreement": ["All agree."],
            "keyTensions": [
                {"topic": "Topic", "sagePosition": "S.", "skepticPosition": "K.", "strategistPosition": "T."}
            ],
            "recommendedNextSteps": ["Go."],
        }
        assert list(deliberation.conversation.messages.values_list("seq", "role", "status", "parent")) == [
            (1, "user", "done", None),
            *((seq, "advisor", "done", deliberation.question_id) for seq in (2, 3, 4)),
            (5, "synthesis", "done", deliberation.question_id),
        ]

    def test_each_seat_hears_exactly_the_earlier_ones_and_never_in_its_system_prompt(self, deliberation):
        engine = ScriptedModel()

        deliberate(deliberation_id=deliberation.pk, engine=engine)

        sage, skeptic, strategist = engine.prompts
        said = (
            EarlierAnswer("The Sage", "I speak as persona_sage."),
            EarlierAnswer("The Skeptic", "I speak as persona_skeptic."),
        )
        assert [sage.earlier, skeptic.earlier, strategist.earlier] == [(), said[:1], said]
        assert {prompt.question for prompt in engine.prompts} == {QUESTION}
        assert all("I speak" not in prompt.system_prompt for prompt in engine.prompts)

    def test_uses_the_askers_own_version_of_a_persona(self, deliberation, user):
        revise_persona(persona_id=SAGE, name="My Sage", system_prompt="Rhyme.", by=user)
        engine = ScriptedModel()

        deliberate(deliberation_id=deliberation.pk, engine=engine)

        assert engine.prompts[0].system_prompt == "Rhyme."
        assert AdvisorReply.objects.get(persona=SAGE).advisor_name == "My Sage"

    def test_works_whole_with_the_offline_advisor(self, deliberation):
        deliberate(deliberation_id=deliberation.pk, engine=OfflineAdvisor())

        assert [state for _, state, _ in saved(deliberation)] == ["done"] * 3
        assert "quitting your job to start a company" in saved(deliberation)[0][2]

    def test_an_answer_is_saved_and_told_before_the_next_is_asked(self, deliberation):
        seen = []

        def look():
            seen.append(saved(deliberation)[0])
            seen.append(Change.objects.filter(kind="AdvisorAnswered").count())

        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel({SKEPTIC: [look, "No."]}))

        assert seen == [(SAGE, "done", "I speak as persona_sage."), 1]

    def test_text_is_saved_while_it_grows(self, deliberation):
        seen = []

        deliberate(
            deliberation_id=deliberation.pk,
            engine=ScriptedModel({SAGE: ["One ", "two ", lambda: seen.append(saved(deliberation)), "three."]}),
        )

        assert seen == [[(SAGE, "streaming", "One two ")]]

    def test_is_done_once_however_often_it_is_started(self, deliberation):
        engine = ScriptedModel()

        deliberate(deliberation_id=deliberation.pk, engine=engine)
        again = deliberate(deliberation_id=deliberation.pk, engine=engine)

        assert (again, engine.asked) == (False, list(SEATS))

    def test_a_second_worker_is_turned_away_meanwhile(self, deliberation):
        turned = []
        other = ScriptedModel()

        def start_another():
            turned.append(claim(deliberation_id=deliberation.pk))

        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel({SAGE: [start_another, "Yes."]}))

        assert (turned, other.asked) == ([None], [])

    def test_keeps_usage_model_and_the_graphs_memory(self, deliberation):
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())

        reply = AdvisorReply.objects.get(persona=SKEPTIC)
        assert (reply.model_id, reply.prompt_tokens, reply.completion_tokens, reply.is_usage_estimated) == (
            "scripted:model", 10, 5, False,
        )  # fmt: skip
        told = Event.objects.filter(target=deliberation.conversation_id, is_private=True)
        assert told.filter(type=EventType.AGENT_EXECUTED).count() == 3
        assert told.filter(type=EventType.AGENT_COMPLETED, actor=reply.persona.entity_id).count() == 1
        assert told.filter(type=EventType.INSIGHT_GENERATED, actor=deliberation.asked_by_id).count() == 1


class TestFailure:
    def test_keeps_what_was_said_and_names_a_public_code(self, deliberation):
        engine = ScriptedModel({SKEPTIC: ["I doubt", ModelError(ErrorCode.RATE_LIMITED)]})

        deliberate(deliberation_id=deliberation.pk, engine=engine)

        deliberation.refresh_from_db()
        assert saved(deliberation) == [(SAGE, "done", "I speak as persona_sage."), (SKEPTIC, "error", "I doubt")]
        assert (deliberation.status, deliberation.error_code, deliberation.error_stage, deliberation.error_seat) == (
            "error", "rate_limited", "advisor", SKEPTIC,
        )  # fmt: skip
        reply = AdvisorReply.objects.get(persona=SKEPTIC)
        assert (reply.error_code, reply.completion_tokens, reply.is_usage_estimated) == ("rate_limited", 1, True)
        assert not Synthesis.objects.exists()

    def test_an_unforeseen_one_is_logged_and_says_nothing_of_the_inside(self, deliberation, caplog):
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel({SAGE: [RuntimeError("key=secret")]}))

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.error_code) == ("error", "provider_error")
        assert "secret" in caplog.text
        caplog.clear()

    def test_an_empty_answer_is_none(self, deliberation):
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel({SAGE: ["  ", Usage()]}))

        deliberation.refresh_from_db()
        assert deliberation.error_code == "provider_error"

    def test_a_silent_engine_runs_into_the_time_limit(self, deliberation, monkeypatch):
        monkeypatch.setattr(sittings, "SEAT_SECONDS", 0.05)
        engine = ScriptedModel({SAGE: ["Well", SILENCE]})

        deliberate(deliberation_id=deliberation.pk, engine=engine)

        deliberation.refresh_from_db()
        assert (deliberation.error_code, engine.was_cancelled) == ("timeout", True)

    def test_a_failed_synthesis_keeps_all_three_and_trying_again_asks_nobody(self, deliberation, user):
        deliberate(
            deliberation_id=deliberation.pk, engine=ScriptedModel(synthesis=ModelError(ErrorCode.PROVIDER_ERROR))
        )
        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.error_stage, len(saved(deliberation))) == ("error", "synthesis", 3)

        retry_deliberation(conversation_id=deliberation.conversation_id, by=user)
        engine = ScriptedModel()
        deliberate(deliberation_id=deliberation.pk, engine=engine)

        deliberation.refresh_from_db()
        assert (deliberation.status, engine.asked) == ("done", [])

    def test_trying_again_goes_on_after_the_last_whole_answer(self, deliberation, user):
        deliberate(
            deliberation_id=deliberation.pk,
            engine=ScriptedModel({SKEPTIC: ["I doubt", ModelError(ErrorCode.UNAVAILABLE)]}),
        )
        retry_deliberation(conversation_id=deliberation.conversation_id, by=user)
        engine = ScriptedModel()

        deliberate(deliberation_id=deliberation.pk, engine=engine)

        assert engine.asked == [SKEPTIC, STRATEGIST]
        assert saved(deliberation) == [(seat, "done", f"I speak as {seat}.") for seat in SEATS]
        assert Message.objects.filter(role="advisor").count() == 3


class TestStop:
    def test_cancels_a_silent_engine_and_keeps_the_partial_text(self, deliberation, user):
        def stop():
            stop_deliberation(conversation_id=deliberation.conversation_id, by=user)

        engine = ScriptedModel({SKEPTIC: ["I doubt", stop, SILENCE]})

        deliberate(deliberation_id=deliberation.pk, engine=engine)

        deliberation.refresh_from_db()
        assert (deliberation.status, engine.was_cancelled, engine.asked) == ("stopped", True, [SAGE, SKEPTIC])
        assert saved(deliberation)[1] == (SKEPTIC, "stopped", "I doubt")
        assert Change.objects.filter(kind="DeliberationEnded").get().payload["status"] == "stopped"


class TestCloseSittings:
    @pytest.fixture(autouse=True)
    def _opened_again(self):
        yield
        sittings._closing.clear()

    def test_gives_a_deliberation_back_to_be_taken_up_at_once(self, deliberation):
        deliberate(
            deliberation_id=deliberation.pk,
            engine=ScriptedModel({SKEPTIC: ["I dou", sittings.close_sittings, SILENCE]}),
        )
        sittings._closing.clear()

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.lease_until, deliberation.last_attempt) == ("running", None, 4)
        assert saved(deliberation)[1] == (SKEPTIC, "streaming", "I dou")
        assert sweep_deliberations() == [deliberation.pk]
        heir = ScriptedModel()
        assert deliberate(deliberation_id=deliberation.pk, engine=heir) is True
        assert heir.asked == [SKEPTIC, STRATEGIST]

    def test_takes_nothing_up_any_more(self, deliberation):
        sittings.close_sittings()

        assert deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel()) is False


class TestTakeOver:
    def test_another_worker_goes_on_after_the_last_whole_answer(self, deliberation):
        hold = claim(deliberation_id=deliberation.pk)
        start_answer(hold, seat=SAGE, model_id="first")
        finish_answer(hold, seat=SAGE, text="Yes.", usage=Usage())
        start_answer(hold, seat=SKEPTIC, model_id="first")
        save_partial(hold, seat=SKEPTIC, text="I dou")
        engine = ScriptedModel()

        with time_machine.travel(now() + dt.timedelta(seconds=31), tick=True):
            assert deliberate(deliberation_id=deliberation.pk, engine=engine) is True

        assert engine.asked == [SKEPTIC, STRATEGIST]
        assert saved(deliberation) == [
            (SAGE, "done", "Yes."),
            (SKEPTIC, "done", "I speak as persona_skeptic."),
            (STRATEGIST, "done", "I speak as persona_strategist."),
        ]

    def test_who_was_thought_dead_can_no_longer_write(self, deliberation):
        old = claim(deliberation_id=deliberation.pk)
        start_answer(old, seat=SAGE, model_id="first")
        with time_machine.travel(now() + dt.timedelta(seconds=31), tick=True):
            new = claim(deliberation_id=deliberation.pk)

            for write in (
                lambda: save_partial(old, seat=SAGE, text="late"),
                lambda: finish_answer(old, seat=SAGE, text="late", usage=Usage()),
                lambda: start_answer(old, seat=SKEPTIC, model_id="first"),
            ):
                with pytest.raises(HoldLost):
                    write()
            assert (new, show_life(old), show_life(new)) == (Hold(deliberation.pk, 2), Pulse.LOST, Pulse.HELD)

    def test_the_old_run_ends_quietly_when_it_learns_of_it(self, deliberation):
        def lose():
            Deliberation.objects.filter(pk=deliberation.pk).update(attempt=2)

        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel({SAGE: ["Well", lose, SILENCE]}))

        deliberation.refresh_from_db()
        assert (deliberation.status, saved(deliberation)) == ("running", [(SAGE, "streaming", "Well")])

    def test_showing_life_renews_the_lease(self, deliberation):
        hold = claim(deliberation_id=deliberation.pk)
        before = Deliberation.objects.get().lease_until
        later = now() + dt.timedelta(seconds=15)

        with time_machine.travel(later, tick=False):
            assert show_life(hold) is Pulse.HELD

        assert Deliberation.objects.get().lease_until == later + dt.timedelta(seconds=30) > before
