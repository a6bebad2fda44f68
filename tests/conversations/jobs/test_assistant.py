"""A fact becomes a job for the time at which the turn is due; the sweep finds what was lost."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.utils.timezone import now

from config.celery import app
from conversations.jobs import assistant as jobs
from conversations.models import Message
from tests.factories.assistants import SHIPPING, client_says, client_thread, knows, make_due, turn_of

pytestmark = pytest.mark.django_db
JOB = "conversations.jobs.assistant.answer_client"


@pytest.fixture
def thread(user, monkeypatch):
    knows(monkeypatch, SHIPPING)
    return client_thread(user)


class TestJobs:
    def test_are_queued_for_when_the_turn_is_due(self, thread, monkeypatch, django_capture_on_commit_callbacks):
        sent = []
        monkeypatch.setattr("celery.app.task.Task.apply_async", lambda self, **given: sent.append((self.name, given)))
        with time_machine.travel(now(), tick=False), django_capture_on_commit_callbacks(execute=True):
            client_says(thread)
        ((_, given),) = [one for one in sent if one[0] == JOB]
        assert given["kwargs"] == {"turn_id": str(turn_of(thread).pk)}
        assert 1.9 < given["countdown"] < 2.2

    def test_answer(self, thread):
        client_says(thread)
        make_due(thread)
        jobs.answer_client(turn_id=str(turn_of(thread).pk))
        assert Message.objects.filter(role="ai").count() == 1

    def test_are_swept_up_where_they_were_lost(self, thread, queued):
        client_says(thread)
        jobs.sweep_assistant()
        assert [job for job in queued if job[0] == JOB] == []
        with time_machine.travel(now() + dt.timedelta(seconds=6), tick=False):
            jobs.sweep_assistant()
        assert [job for job in queued if job[0] == JOB] == [(JOB, (), {"turn_id": str(turn_of(thread).pk)})]

    def test_stand_before_nobody(self):
        assert settings.CELERY_TASK_ROUTES[JOB] == {"queue": "deliberations"}

    def test_are_known_to_the_schedule(self):
        app.finalize()
        assert app.conf.beat_schedule["conversations.sweep_assistant"]["schedule"] == 10
