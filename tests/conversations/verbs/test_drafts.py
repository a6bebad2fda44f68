import pytest

from config.errors import Conflict, Forbidden, NotFound, Unavailable
from conversations.gateways.assistants import ErrorCode, Reason, Source
from conversations.models import Message
from conversations.verbs.conversations import seat
from conversations.verbs.drafts import Draft, draft_answer
from marketplace.verbs.limits import ai_answers_today, take_ai_answer
from tests.factories.assistants import (
    FILE,
    SHIPPING,
    ScriptedAssistant,
    client_says,
    client_thread,
    colleague_says,
    knows,
)
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(user):
    thread = client_thread(user, answers_by_ai=False)
    client_says(thread)
    return thread


@pytest.fixture(autouse=True)
def searched(monkeypatch):
    return knows(monkeypatch, SHIPPING)


class TestDraftAnswer:
    def test_is_written_from_the_files_and_not_sent(self, thread, user):
        draft = draft_answer(conversation_id=str(thread.pk), by=user, engine=ScriptedAssistant())
        assert draft == Draft(
            content="Five working days.",
            passages=(Source(11, FILE, "shipping.pdf", 2, SHIPPING.text),),
            hand_over=False,
            reason="",
            engine="scripted:assistant",
            is_sandbox=False,
            ai_answers_left=2,
        )
        assert list(Message.objects.values_list("role", flat=True)) == ["client"]

    def test_is_for_a_colleague_from_the_owners_files_and_counted_for_the_colleague(
        self, thread, user, stranger, searched
    ):
        seat(thread.conversation, stranger)
        assert draft_answer(conversation_id=thread.pk, by=stranger, engine=ScriptedAssistant()).ai_answers_left == 2
        assert [who for who, _ in searched] == [user]
        assert (ai_answers_today(user), ai_answers_today(stranger)) == (0, 1)

    def test_answers_again_where_somebody_already_did(self, thread, user):
        colleague_says(thread)
        engine = ScriptedAssistant()
        draft_answer(conversation_id=thread.pk, by=user, engine=engine)
        assert engine.questions[0].asked == ("How long does delivery to Norway take?",)

    def test_says_where_a_person_should(self, thread, user):
        engine = ScriptedAssistant(reason=Reason.NO_PASSAGE, hand_over=True)
        draft = draft_answer(conversation_id=thread.pk, by=user, engine=engine)
        assert (draft.hand_over, draft.reason, draft.passages) == (True, "no_passage", ())
        assert (draft.ai_answers_left, ai_answers_today(user)) == (3, 0)

    @pytest.mark.parametrize("code", list(ErrorCode))
    def test_that_fails_costs_nothing(self, thread, user, code):
        with pytest.raises(Unavailable) as failed:
            draft_answer(conversation_id=thread.pk, by=user, engine=ScriptedAssistant(error=code))
        assert (failed.value.code, ai_answers_today(user)) == (code.value, 0)

    def test_is_not_even_asked_for_where_none_is_left(self, thread, user):
        for _ in range(3):
            take_ai_answer(user)
        engine = ScriptedAssistant()
        with pytest.raises(Forbidden) as refused:
            draft_answer(conversation_id=thread.pk, by=user, engine=engine)
        assert (refused.value.code, engine.questions) == ("limit_reached", [])

    def test_needs_something_to_answer(self, user):
        with pytest.raises(Conflict) as refused:
            draft_answer(conversation_id=client_thread(user).pk, by=user)
        assert refused.value.code == "nothing_to_answer"

    @pytest.mark.parametrize("key", ["", "nonsense", "019a0000-0000-7000-8000-000000000000", None])
    def test_of_nothing(self, user, key):
        with pytest.raises(NotFound):
            draft_answer(conversation_id=key, by=user)

    def test_of_a_room(self, user):
        with pytest.raises(NotFound):
            draft_answer(conversation_id=room(user).pk, by=user)

    def test_is_not_for_strangers(self, thread, stranger):
        with pytest.raises(NotFound):
            draft_answer(conversation_id=thread.pk, by=stranger)

    def test_is_not_for_staff_who_merely_look_on(self, thread, staff):
        with pytest.raises(Forbidden):
            draft_answer(conversation_id=thread.pk, by=staff)
