"""Followers are told that somebody is on air: each once for a broadcast, and not again for a line that failed."""

import datetime as dt

import pytest
import time_machine

from conversations.models import Notification
from conversations.verbs.broadcasts import SAME_BROADCAST, streams_to_sweep, tell_followers
from ontology.verbs.follows import follow
from ontology.verbs.ingest import go_off_air, go_on_air
from tests.factories.accounts import UserFactory
from tests.factories.live import on_air, said_of

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def told(user):
    return sorted(Notification.objects.visible_to(user).values_list("title", "url"))


class TestGoingOnAir:
    def test_is_told_to_each_follower_once_however_often_the_job_runs(
        self, user, stranger, queued, django_capture_on_commit_callbacks
    ):
        follow(user_id=user.pk, by=stranger)
        away = UserFactory(is_active=False)
        with django_capture_on_commit_callbacks(execute=True):
            stream = on_air(user, "From the quay")
        assert ("conversations.jobs.broadcasts.tell_followers", (), {"stream_id": str(stream.pk)}) in queued
        assert (tell_followers(stream_id=stream.pk), tell_followers(stream_id=stream.pk)) == (1, 0)
        assert ("Ada Lovelace is on air", f"/live/{stream.pk}/") in told(stranger)
        assert told(away) == []

    def test_reaches_by_the_sweep_who_was_missed(self, user, stranger):
        stream = on_air(user, "From the quay")
        follow(user_id=user.pk, by=stranger)
        assert streams_to_sweep() == [stream.pk]
        assert tell_followers(stream_id=stream.pk) == 1

    @pytest.mark.parametrize(
        ("away", "times"),
        [(dt.timedelta(minutes=2), 1), (SAME_BROADCAST - dt.timedelta(seconds=1), 1), (SAME_BROADCAST, 2)],
    )
    def test_is_not_told_again_of_an_encoder_that_came_back(self, user, stranger, away, times):
        follow(user_id=user.pk, by=stranger)
        with time_machine.travel(NOON, tick=False) as clock:
            stream = on_air(user, "From the quay")
            tell_followers(stream_id=stream.pk)
            clock.shift(3600)
            go_off_air(**said_of(stream))
            clock.shift(away)
            go_on_air(**said_of(stream))
            tell_followers(stream_id=stream.pk)
        assert told(stranger) == [("Ada Lovelace is on air", f"/live/{stream.pk}/")] * times
