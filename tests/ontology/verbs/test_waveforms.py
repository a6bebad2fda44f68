"""Drawing waveforms: once, by one worker, also after another has died; a sound that cannot be drawn says so."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from ontology import jobs
from ontology.models import Change, Track
from ontology.verbs.tracks import delete_track
from ontology.verbs.waveforms import LEASE, MOST_ATTEMPTS, PEAKS, claim, draw_waveform, sweep_waveforms
from tests.factories import sounds
from tests.factories.sounds import sounding

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def track(user):
    return sounding(user)


@pytest.fixture
def clock():
    with time_machine.travel(now(), tick=False) as travelling:
        yield travelling


def state(track):
    track.refresh_from_db()
    return track.waveform_status, len(track.waveform), track.lease_until, track.attempts


class TestDrawWaveform:
    def test_draws_it_once(self, track):
        jobs.draw_waveform(str(track.pk))
        assert state(track) == ("ready", PEAKS, None, 1)
        assert max(track.waveform) > 100
        jobs.draw_waveform(str(track.pk))
        assert state(track)[3] == 1
        told = Change.objects.filter(kind="TrackChanged").values_list("payload__what", flat=True)
        assert list(told) == ["drawn"]

    @pytest.mark.parametrize(("name", "content"), [("a.m4a", sounds.m4a()), ("a.ogg", sounds.opus())])
    def test_says_so_where_it_cannot(self, user, name, content):
        track = sounding(user, content=content, name=name)
        draw_waveform(track_id=track.pk)
        assert state(track) == ("none", 0, None, 1)

    def test_leaves_alone_what_is_deleted_or_unknown(self, user, track):
        delete_track(track_id=track.pk, by=user)
        draw_waveform(track_id=track.pk)
        assert state(track)[0] == "waiting"
        draw_waveform(track_id=user.pk)


class TestLease:
    def test_lets_one_in(self, track, clock):
        assert claim(track.pk) == track
        assert claim(track.pk) is None
        clock.shift(LEASE + dt.timedelta(seconds=1))
        assert claim(track.pk) == track

    def test_the_sweep_finds_what_was_lost(self, track, clock, queued):
        assert sweep_waveforms() == []
        clock.shift(61)
        jobs.sweep_waveforms()
        assert queued[-1:] == [("ontology.jobs.draw_waveform", (str(track.pk),), {})]
        claim(track.pk)
        assert sweep_waveforms() == []
        clock.shift(LEASE + dt.timedelta(seconds=1))
        assert sweep_waveforms() == [track.pk]

    def test_what_failed_too_often_waits_no_longer(self, track, clock):
        for _ in range(MOST_ATTEMPTS):
            assert claim(track.pk)
            clock.shift(LEASE + dt.timedelta(seconds=1))
        assert claim(track.pk) is None
        assert sweep_waveforms() == []
        assert state(track)[0] == Track.Waveform.NONE
