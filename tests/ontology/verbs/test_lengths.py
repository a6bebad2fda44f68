"""A recording is as long as it sounds, whatever its head says; one that is too long is heard by nobody else."""

import pytest

from config.errors import Invalid
from conversations.models import Notification
from conversations.verbs.releases import tell_of_track
from ontology.models import Change, Entity, Event, TagName
from ontology.verbs.follows import follow
from ontology.verbs.tracks import too_long, update_track
from ontology.verbs.waveforms import draw_waveform
from tests.factories import sounds
from tests.factories.sounds import sounding

pytestmark = pytest.mark.django_db

LENGTH = round(20 * 4096 / 44100 * 1000)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def drawn(user, *, says, **given):
    """A track of 1.9 seconds whose head says something else, after it was decoded."""
    track = sounding(user, content=sounds.flac(says=says), name="tide.flac", **given)
    draw_waveform(track_id=track.pk)
    track.refresh_from_db()
    return track


def told(track):
    return list(Change.objects.filter(kind="TrackChanged").order_by("pk").values_list("payload__what", flat=True))


class TestCorrectLength:
    @pytest.mark.parametrize("says", [0, 44100 * 30, 441])
    def test_is_what_was_heard(self, user, says):
        track = drawn(user, says=says)
        assert abs(track.duration_ms - LENGTH) <= 2
        assert Entity.objects.get(pk=track.pk).properties["duration_ms"] == track.duration_ms
        assert (track.status, told(track)) == ("published", ["drawn"])

    def test_leaves_a_head_that_is_right_enough(self, user):
        assert drawn(user, says=44100 * 2).duration_ms == 2000

    @pytest.mark.parametrize("says", [0, 441])
    def test_takes_what_is_too_long_off_the_market(self, user, settings, says):
        settings.TRACK_MOST_SECONDS = 1
        track = drawn(user, says=says, genre="ambient")
        assert (track.status, told(track)) == ("draft", ["drawn", "withdrawn"])
        assert Entity.objects.get(pk=track.pk).status == "draft"
        event = Event.objects.get(metadata__what="withdrawn")
        assert (event.target_id, event.is_private) == (track.pk, True)
        assert not TagName.objects.filter(name="ambient", uses__gt=0).exists()
        [said] = Notification.objects.visible_to(user)
        assert (said.kind, said.title, said.url) == ("warning", "Low Tide is a draft again", f"/tracks/{track.pk}/")
        assert said.text == f"{too_long()} Nobody but you hears it."

    def test_followers_find_it_no_more(self, user, stranger, settings):
        follow(user_id=user.pk, by=stranger)
        settings.TRACK_MOST_SECONDS = 1
        track = sounding(user, content=sounds.flac(says=441), name="tide.flac")
        tell_of_track(track_id=track.pk)
        assert Notification.objects.visible_to(stranger).count() == 1
        draw_waveform(track_id=track.pk)
        assert Notification.objects.visible_to(stranger).count() == 0

    def test_such_a_one_is_not_published_again(self, user, settings):
        settings.TRACK_MOST_SECONDS = 1
        track = drawn(user, says=441)
        update_track(track_id=track.pk, by=user, title="Tide")
        with pytest.raises(Invalid) as refusal:
            update_track(track_id=track.pk, by=user, status="published")
        assert refusal.value.code == "too_long"
