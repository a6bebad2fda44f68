"""Uploading, changing and deleting tracks: what is kept, what the graph remembers, and that nothing is left behind."""

import datetime as dt
import os
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from ontology.models import Change, Connection, Entity, Event, Tag, TagName, Track
from ontology.verbs import tracks as verbs
from ontology.verbs.tag_names import recount_tags
from ontology.verbs.tracks import (
    MOST_TAGS,
    count_play,
    delete_track,
    heard_track,
    sweep_sounds,
    update_track,
    upload_track,
)
from tests.factories import sounds
from tests.factories.pictures import picture
from tests.factories.sounds import sounding, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def on_disk():
    return sorted(str(path.relative_to(settings.MEDIA_ROOT)) for path in Path(settings.MEDIA_ROOT).rglob("*.*"))


def uses():
    return dict(TagName.objects.filter(uses__gt=0).values_list("name", "uses"))


class TestUploadTrack:
    def test_keeps_what_was_given_and_what_the_file_says(self, user):
        track = upload_track(
            content=upload(sounds.mp3(title="Its own", artist="Mira", genre="Ambient"), "x.mp3"),
            name="../x.mp3",
            by=user,
            title="  Low   Tide ",
            tags=["Harbour, Tape", "tape"],
            description="Six\r\npieces",
        )
        track = Track.objects.get(pk=track.pk)
        assert (track.title, track.artist, track.genre, track.description) == (
            "Low Tide",
            "Mira",
            "ambient",
            "Six\npieces",
        )
        assert (track.format, track.file_name, track.status, track.waveform_status) == (
            "mp3",
            "x.mp3",
            "published",
            "waiting",
        )
        assert (round(track.duration_ms, -2), track.size_bytes) == (2600, track.file.size)
        assert on_disk() == [f"tracks/{track.pk.hex}.mp3"]

    @pytest.mark.parametrize(
        ("content", "name", "title"),
        [
            (sounds.mp3(title="Its own"), "x.mp3", "Its own"),
            (sounds.wav(), "low_tide  at_six.wav", "low tide at six"),
            (sounds.wav(), "...", "file"),
        ],
    )
    def test_has_a_title_in_any_case(self, user, content, name, title):
        assert upload_track(content=upload(content), name=name, by=user, title=" ").title == title

    def test_is_in_the_graph_with_its_tags(self, user):
        track = sounding(user, "Low Tide", genre="Ambient", tags=["tape"])
        entity = Entity.objects.get(pk=track.pk)
        assert (entity.type, entity.name, entity.owner_id, entity.status) == (
            "media_asset",
            "Low Tide",
            user.pk,
            "published",
        )
        assert entity.properties == {
            "kind": "track", "artist": "", "genre": "ambient", "description": "", "format": "wav",
            "duration_ms": 1000, "tags": ["tape"],
        }  # fmt: skip
        tags = Tag.objects.filter(entity=track.pk).order_by("key").values_list("key", "value")
        assert list(tags) == [("genre", "ambient"), ("tag", "tape")]
        link = Connection.objects.get(to_entity=track.pk)
        assert (link.from_entity_id, link.relationship_type) == (user.pk, "authored")
        event = Event.objects.get(target=track.pk)
        assert (event.type, event.actor_id, event.metadata, event.is_private) == (
            "content_uploaded", user.pk, {"what": "uploaded"}, False,
        )  # fmt: skip
        told = Change.objects.get(kind="TrackUploaded")
        assert told.payload == {
            "track_id": str(track.pk), "owner_id": str(user.pk), "owner_name": "Ada Lovelace", "title": "Low Tide",
            "status": "published",
        }  # fmt: skip

    def test_asks_for_its_waveform_once_it_is_kept(self, user, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            track = sounding(user)
        assert ("ontology.jobs.draw_waveform", (str(track.pk),), {}) in queued

    def test_makes_a_creator_once(self, user):
        assert [sounding(user).made_creator, sounding(user).made_creator] == [True, False]
        assert Entity.objects.get(pk=user.pk).type == "creator"

    def test_the_same_file_twice_is_two_tracks(self, user):
        assert sounding(user).pk != sounding(user).pk
        assert Track.objects.count() == len(on_disk()) == 2

    def test_a_cover_is_drawn_anew(self, user):
        track = sounding(user, cover=picture("PNG"))
        assert on_disk() == [track.cover.name, track.file.name]
        assert Path(track.cover.path).read_bytes()[8:12] == b"WEBP"

    @pytest.mark.parametrize(
        ("content", "error", "code"),
        [
            (b"", Invalid, "empty_file"),
            (b"<html><script>alert(1)</script>", Invalid, "unsupported_type"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", Invalid, "unreadable"),
            (b"ID3" + b"\xff" * 100, Invalid, "unreadable"),
            (b"fLaC" + bytes(50), Invalid, "unreadable"),
            (b"OggS" + bytes(50), Invalid, "unreadable"),
            (b"\x00\x00\x00\x18ftypM4A " + bytes(50), Invalid, "unreadable"),
            (sounds.m4a(tracks=(b"vide",)), Invalid, "unsupported_type"),
            (sounds.flac(0, says=0), Invalid, "unreadable"),
        ],
    )
    def test_refuses_what_is_no_recording(self, user, content, error, code):
        with pytest.raises(error) as refusal:
            sounding(user, content=content)
        assert (refusal.value.code, list(refusal.value.details)) == (code, ["file"])
        assert (Track.objects.count(), on_disk()) == (0, [])

    @pytest.mark.parametrize(
        ("content", "name", "format", "duration_ms"),
        [
            (sounds.m4a(brand=b"isom"), "a.mp4", "m4a", 3000),
            (sounds.flac(says=0), "piped.flac", "flac", None),
            (sounds.flac(), "a.html", "flac", 1858),
        ],
    )
    def test_takes_what_can_be_heard_whatever_it_is_called(self, user, content, name, format, duration_ms):
        track = sounding(user, content=content, name=name)
        assert (track.format, track.duration_ms, track.status) == (format, duration_ms, "published")

    def test_holds_the_limits(self, user, settings):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "track": 1000}
        with pytest.raises(TooLarge):
            sounding(user)
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "track": 10**6}
        settings.TRACK_MOST_SECONDS = 0.5
        with pytest.raises(Invalid) as refusal:
            sounding(user)
        assert refusal.value.code == "too_long"
        settings.TRACK_MOST_SECONDS, settings.TRACK_MOST_OF_ONE = 60, 1
        sounding(user)
        with pytest.raises(Conflict) as refusal:
            sounding(user)
        assert refusal.value.code == "too_many_tracks"
        assert len(on_disk()) == 1

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"title": "x" * 201}, "title"),
            ({"artist": "x" * 201}, "artist"),
            ({"genre": "x" * 65}, "genre"),
            ({"description": "x" * 5001}, "description"),
            ({"title": "a\0b"}, "title"),
            ({"status": "secret"}, "status"),
            ({"tags": [f"tag {n}" for n in range(MOST_TAGS + 1)]}, "tags"),
            ({"tags": ["x" * 65]}, "tags"),
            ({"cover": b"no picture"}, "cover"),
        ],
    )
    def test_refuses_bad_fields_and_leaves_nothing(self, user, given, field):
        with pytest.raises(Invalid) as refusal:
            sounding(user, **{"title": "Low Tide", **given})
        assert list(refusal.value.details) == [field]
        assert (Track.objects.count(), on_disk()) == (0, [])

    def test_leaves_nothing_where_the_row_cannot_be_written(self, user, monkeypatch):
        def fail(**_):
            raise IntegrityError

        monkeypatch.setattr(verbs, "become_creator", fail)
        with pytest.raises(IntegrityError):
            sounding(user, cover=picture("PNG"))
        assert (Track.objects.count(), on_disk()) == (0, [])


class TestUpdateTrack:
    def test_changes_what_is_given(self, user):
        track = sounding(user, "Low Tide", artist="Mira", tags=["tape", "harbour"])
        update_track(track_id=str(track.pk), by=user, title="High Tide", tags=["harbour", "organ"], genre="Drone")
        track.refresh_from_db()
        assert (track.title, track.artist, track.genre) == ("High Tide", "Mira", "drone")
        tags = Tag.objects.filter(entity=track.pk).order_by("key", "value").values_list("key", "value")
        assert list(tags) == [("genre", "drone"), ("tag", "harbour"), ("tag", "organ")]
        entity = Entity.objects.get(pk=track.pk)
        assert (entity.name, entity.properties["tags"]) == ("High Tide", ["harbour", "organ"])

    def test_another_cover_takes_the_place_of_the_first(self, user, django_capture_on_commit_callbacks):
        track = sounding(user, cover=picture("PNG"))
        with django_capture_on_commit_callbacks(execute=True):
            update_track(track_id=track.pk, by=user, cover=picture("PNG", "blue"))
        track.refresh_from_db()
        assert on_disk() == [track.cover.name, track.file.name]

    def test_is_its_owners_and_staffs(self, user, stranger, staff):
        track, draft = sounding(user), sounding(user, status="draft")
        with pytest.raises(Forbidden):
            update_track(track_id=track.pk, by=stranger, title="Mine")
        with pytest.raises(NotFound):
            update_track(track_id=draft.pk, by=stranger, title="Mine")
        assert update_track(track_id=draft.pk, by=staff, title="Theirs").title == "Theirs"

    def test_only_what_is_published_is_suggested(self, user):
        track = sounding(user, genre="ambient", tags=["tape"], status="draft")
        assert uses() == {}
        update_track(track_id=track.pk, by=user, status="published")
        assert uses() == {"ambient": 1, "tape": 1}
        update_track(track_id=track.pk, by=user, tags=["organ"])
        assert uses() == {"ambient": 1, "organ": 1}
        recount_tags()
        assert uses() == {"ambient": 1, "organ": 1}
        delete_track(track_id=track.pk, by=user)
        assert uses() == {}

    def test_a_draft_stays_out_of_the_history(self, user):
        track = sounding(user, status="draft")
        assert Entity.objects.get(pk=track.pk).status == "draft"
        update_track(track_id=track.pk, by=user, status="published")
        events = Event.objects.filter(target=track.pk).order_by("timestamp", "id")
        assert [(event.metadata["what"], event.is_private) for event in events] == [
            ("uploaded", True),
            ("published", False),
        ]


class TestDeleteTrack:
    def test_takes_it_out_of_every_read(self, user, stranger):
        track = sounding(user)
        with pytest.raises(Forbidden):
            delete_track(track_id=track.pk, by=stranger)
        delete_track(track_id=track.pk, by=user)
        assert not Track.objects.visible_to(user).exists()
        assert not Entity.objects.visible_to(user).filter(pk=track.pk).exists()
        for verb in (delete_track, update_track):
            with pytest.raises(NotFound):
                verb(track_id=track.pk, by=user)

    def test_its_files_go_after_their_time(self, user):
        with time_machine.travel(now(), tick=False) as clock:
            track = sounding(user, cover=picture("PNG"))
            delete_track(track_id=track.pk, by=user)
            clock.shift(dt.timedelta(days=29))
            assert (sweep_sounds(), len(on_disk())) == (0, 2)
            clock.shift(dt.timedelta(days=2))
            assert (sweep_sounds(), on_disk()) == (2, [])
            assert sweep_sounds() == 0


class TestSweepSounds:
    def test_removes_what_no_row_names_once_it_is_old(self, user, media):
        kept = sounding(user, cover=picture("PNG"))
        lost = media / "tracks" / f"{'0190b7a26f2c7cc398c4dc0c0c07398f'}.mp3"
        new = media / "covers" / f"{'0190b7a26f2c7cc398c4dc0c0c07398f'}-0123.webp"
        foreign = media / "covers" / "somebody-else.webp"
        for path in (lost, new, foreign):
            path.write_bytes(b"x")
        old = (now() - dt.timedelta(days=2)).timestamp()
        for path in (lost, foreign, Path(kept.file.path), Path(kept.cover.path)):
            os.utime(path, (old, old))
        assert sweep_sounds() == 1
        assert (lost.exists(), new.exists(), foreign.exists(), len(on_disk())) == (False, True, True, 4)


class TestListening:
    def test_one_play_is_counted_in_half_a_minute(self, user):
        track = sounding(user)

        def plays(listener="a"):
            count_play(track, listener=listener)
            return Track.objects.get(pk=track.pk).play_count

        assert [plays(), plays(), plays("b")] == [1, 1, 2]
        # Redis has a clock of its own: what it forgot stands for the time that has passed.
        cache.clear()
        assert plays() == 3

    def test_a_draft_is_for_its_owner_and_counts_nothing(self, user, stranger):
        track = sounding(user, status="draft")
        with pytest.raises(NotFound):
            heard_track(track_id=track.pk, by=stranger)
        count_play(heard_track(track_id=track.pk, by=user), listener="a")
        assert Track.objects.get(pk=track.pk).play_count == 0

    def test_a_file_that_is_gone_is_not_found(self, user):
        track = sounding(user)
        Path(track.file.path).unlink()
        with pytest.raises(NotFound):
            heard_track(track_id=track.pk, by=user)
