"""Followers are told of a track once, when it is there for all to hear; who was missed is told by the sweep."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from conversations.jobs.broadcasts import tell_followers_of_all
from conversations.models import Notification
from conversations.verbs.releases import SWEPT_FOR, tell_of_track, tracks_to_sweep
from ontology.verbs.follows import follow
from ontology.verbs.tracks import delete_track, update_track
from tests.factories.accounts import UserFactory
from tests.factories.sounds import sounding

pytestmark = pytest.mark.django_db

JOB = "conversations.jobs.broadcasts.tell_of_track"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def follower(user, stranger):
    follow(user_id=user.pk, by=stranger)
    return stranger


def told(user):
    return sorted(Notification.objects.visible_to(user).values_list("title", "text", "url"))


def of(track):
    return ("Ada Lovelace published a track", "Low Tide", f"/tracks/{track.pk}/")


class TestTellOfTrack:
    def test_is_asked_for_where_it_is_published(self, user, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            track, draft = sounding(user), sounding(user, status="draft")
        assert [given for name, _, given in queued if name == JOB] == [{"track_id": str(track.pk)}]
        queued.clear()
        with django_capture_on_commit_callbacks(execute=True):
            update_track(track_id=track.pk, by=user, title="Tide")
            update_track(track_id=draft.pk, by=user, status="published")
        assert [given for name, _, given in queued if name == JOB] == [{"track_id": str(draft.pk)}]

    def test_tells_each_follower_once_a_track(self, user, follower):
        away = UserFactory(is_active=False)
        follow(user_id=user.pk, by=away)
        track = sounding(user)
        assert (tell_of_track(track_id=track.pk), tell_of_track(track_id=track.pk)) == (1, 0)
        for status in ("draft", "published"):
            update_track(track_id=track.pk, by=user, status=status)
        assert tell_of_track(track_id=track.pk) == 0
        assert (told(follower), told(away)) == ([of(track)], [])

    def test_says_nothing_of_what_nobody_hears(self, user, follower):
        draft, gone = sounding(user, status="draft"), sounding(user)
        delete_track(track_id=gone.pk, by=user)
        assert [tell_of_track(track_id=key) for key in (draft.pk, gone.pk, user.pk, "x")] == [0, 0, 0, 0]

    def test_is_told_no_more_when_it_is_deleted(self, user, follower):
        track = sounding(user)
        tell_of_track(track_id=track.pk)
        delete_track(track_id=track.pk, by=user)
        assert told(follower) == []


class TestSweep:
    def test_reaches_who_was_missed(self, user, follower):
        track, draft = sounding(user), sounding(user, status="draft")
        tell_followers_of_all()
        assert told(follower) == [of(track)]
        update_track(track_id=draft.pk, by=user, status="published")
        assert tracks_to_sweep() == [str(track.pk), str(draft.pk)]

    def test_goes_back_no_further_than_it_has_to(self, user):
        with time_machine.travel(now() - SWEPT_FOR - dt.timedelta(seconds=1), tick=False):
            sounding(user)
        assert tracks_to_sweep() == []
