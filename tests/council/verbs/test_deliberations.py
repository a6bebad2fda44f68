"""Asking, stopping, trying again and sweeping: the rules beside the doors' tests."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, NotFound
from council.models import Deliberation
from council.verbs.answers import claim, start_answer
from council.verbs.deliberations import (
    open_deliberation,
    retry_deliberation,
    stop_deliberation,
    sweep_deliberations,
)
from council.verbs.sittings import deliberate
from ontology.models import Change, Entity, Event
from tests.factories.council import DeliberationFactory, ProjectFactory
from tests.fakes.language_model import ScriptedModel

pytestmark = pytest.mark.django_db


class TestOpenDeliberation:
    def test_keeps_the_question_in_the_graph_for_the_asker_alone(self, user):
        deliberation = DeliberationFactory(by=user)

        entity = Entity.objects.get(pk=deliberation.conversation_id)
        assert (entity.type, entity.owner, entity.is_private) == ("conversation", user, True)
        asked = Event.objects.get(target=entity, type="user_engaged")
        assert (asked.actor_id, asked.is_private, asked.metadata["what"]) == (user.pk, True, "council_asked")
        assert Change.objects.filter(kind="DeliberationOpened").count() == 1

    def test_a_long_question_has_a_short_title(self, user):
        deliberation = DeliberationFactory(by=user, question="word " * 200)

        assert len(deliberation.conversation.title) <= 120
        assert deliberation.conversation.title.endswith("word …")

    def test_the_database_itself_holds_one_open_question_a_conversation(self, user):
        first = DeliberationFactory(by=user)

        with pytest.raises(IntegrityError), transaction.atomic():
            Deliberation.objects.create(
                conversation=first.conversation,
                question=first.conversation.messages.create(seq=99, content="?"),
                asked_by=user,
            )

    def test_readers_of_a_shared_project_do_not_ask_in_it(self, user, stranger):
        project = ProjectFactory(by=user, is_shared=True, member_ids=[str(stranger.pk)])

        with pytest.raises(Forbidden):
            open_deliberation(question="?", project_id=str(project.pk), by=stranger)


class TestStopDeliberation:
    def test_leaves_a_held_one_to_its_worker(self, user):
        deliberation = DeliberationFactory(by=user)
        claim(deliberation_id=deliberation.pk)

        stop_deliberation(conversation_id=deliberation.conversation_id, by=user)

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.stop_requested_at is None) == ("running", False)

    def test_ends_one_whose_worker_fell_silent(self, user):
        deliberation = DeliberationFactory(by=user)
        start_answer(claim(deliberation_id=deliberation.pk), seat="persona_sage", model_id="m")

        with time_machine.travel(now() + dt.timedelta(seconds=31), tick=True):
            stop_deliberation(conversation_id=deliberation.conversation_id, by=user)

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.replies.get().message.status) == ("stopped", "stopped")
        assert deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel()) is False


class TestRetryDeliberation:
    def test_queues_it_again_with_new_attempts(self, user):
        deliberation = DeliberationFactory(by=user)
        stop_deliberation(conversation_id=deliberation.conversation_id, by=user)

        retry_deliberation(conversation_id=deliberation.conversation_id, by=user)

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.stop_requested_at, deliberation.finished_at) == ("queued", None, None)
        assert Change.objects.filter(kind="DeliberationOpened").count() == 2

    def test_refuses_what_runs_and_what_is_not_there(self, user, stranger):
        deliberation = DeliberationFactory(by=user)

        with pytest.raises(Conflict):
            retry_deliberation(conversation_id=deliberation.conversation_id, by=user)
        with pytest.raises(NotFound):
            retry_deliberation(conversation_id=deliberation.conversation_id, by=stranger)


class TestSweepDeliberations:
    def test_finds_what_the_queue_lost_once(self, user):
        deliberation = DeliberationFactory(by=user)

        assert sweep_deliberations() == []
        with time_machine.travel(now() + dt.timedelta(seconds=21), tick=False):
            assert sweep_deliberations() == [deliberation.pk]
            assert sweep_deliberations() == []

    def test_finds_what_a_dead_worker_held_and_not_what_a_live_one_holds(self, user):
        deliberation = DeliberationFactory(by=user)
        claim(deliberation_id=deliberation.pk)

        with time_machine.travel(now() + dt.timedelta(seconds=25), tick=False):
            assert sweep_deliberations() == []
        with time_machine.travel(now() + dt.timedelta(seconds=31), tick=False):
            assert sweep_deliberations() == [deliberation.pk]

    def test_gives_up_after_three_attempts(self, user):
        deliberation = DeliberationFactory(by=user)
        for minute in range(3):
            with time_machine.travel(now() + dt.timedelta(minutes=minute + 1), tick=False):
                start_answer(claim(deliberation_id=deliberation.pk), seat="persona_sage", model_id="m")

        with time_machine.travel(now() + dt.timedelta(minutes=9), tick=False):
            assert claim(deliberation_id=deliberation.pk) is None
            assert sweep_deliberations() == []

        deliberation.refresh_from_db()
        assert (deliberation.status, deliberation.error_code, deliberation.error_seat) == (
            "error",
            "unavailable",
            "persona_sage",
        )
        assert deliberation.replies.get().message.status == "error"

    def test_ends_what_was_stopped_while_its_worker_died(self, user):
        deliberation = DeliberationFactory(by=user)
        claim(deliberation_id=deliberation.pk)
        stop_deliberation(conversation_id=deliberation.conversation_id, by=user)

        with time_machine.travel(now() + dt.timedelta(seconds=31), tick=False):
            sweep_deliberations()

        deliberation.refresh_from_db()
        assert deliberation.status == "stopped"
