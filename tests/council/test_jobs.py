"""The queue's tasks: ids in, one verb each, and the sweep hands over what it found."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from council import jobs
from council.gateways.offline import OfflineAdvisor
from tests.factories.council import DeliberationFactory

pytestmark = pytest.mark.django_db


class TestDeliberate:
    def test_asks_the_council(self, user, monkeypatch):
        monkeypatch.setattr("council.verbs.sittings.active_engine", OfflineAdvisor)
        deliberation = DeliberationFactory(by=user)

        jobs.deliberate(str(deliberation.pk))

        deliberation.refresh_from_db()
        assert deliberation.status == "done"


class TestSweepDeliberations:
    def test_hands_over_what_was_lost(self, user, queued):
        deliberation = DeliberationFactory(by=user)

        with time_machine.travel(now() + dt.timedelta(minutes=1), tick=False):
            jobs.sweep_deliberations()

        assert queued == [("council.jobs.deliberate", (str(deliberation.pk),), {})]
