"""What recordings say of themselves, in every format; what strangers may send instead."""

import io
import tracemalloc
from typing import Any

import pytest

from ontology.gateways.sounds import Decoded, Sound, decode, read_sound
from tests.factories import sounds

KINDS: dict[str, tuple[str, Any]] = {
    "wav": ("audio/wav", sounds.wav),
    "mp3": ("audio/mpeg", sounds.mp3),
    "flac": ("audio/flac", sounds.flac),
    "ogg": ("audio/ogg", sounds.opus),
    "m4a": ("audio/mp4", sounds.m4a),
}


def read(kind, content):
    stream = io.BytesIO(content)
    found = read_sound(stream, content_type=KINDS[kind][0])
    assert stream.tell() == 0
    return found


class TestReadSound:
    def test_tells_the_length_in_every_format(self):
        told = {kind: read(kind, make()) for kind, (_, make) in KINDS.items()}
        assert {kind: round(sound.seconds, 1) for kind, sound in told.items()} == {
            "wav": 1.0, "mp3": 2.6, "flac": 1.9, "ogg": 2.0, "m4a": 3.0,
        }  # fmt: skip

    def test_of_a_flac_from_a_pipe_tells_no_length(self):
        assert read("flac", sounds.flac(says=0)) == Sound(None)
        assert read("flac", sounds.flac(0, says=0)) is None

    def test_tells_the_tags(self):
        told = read("mp3", sounds.mp3(title=" Low\n Tide ", artist="Mira", genre="Ambient"))
        assert told == Sound(told.seconds, "Low Tide", "Mira", "Ambient")

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_broken_file_is_none_and_no_failure(self, kind):
        whole = KINDS[kind][1]()
        for cut in (0, 1, 5, 20, 40):
            read(kind, whole[:cut])
        read(kind, whole[:12] + b"\xff" * 300)
        for content in (b"", b"\0" * 5000, whole[:4] + b"\xff" * 5000):
            assert read(kind, content) is None

    def test_a_head_that_claims_more_than_there_is_is_not_believed(self):
        content = bytearray(sounds.wav())
        content[40:44] = (2**31 - 2).to_bytes(4, "little")
        assert read("wav", bytes(content)).seconds < 1.1

    def test_a_tag_that_unpacks_to_much_is_left_alone(self):
        content = sounds.bomb()
        tracemalloc.start()
        told = read("mp3", content)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (told.title, round(told.seconds, 1)) == ("", 2.6)
        assert most < 8 * 1024 * 1024


class TestDecode:
    def write(self, folder, content):
        path = folder / "sound"
        path.write_bytes(content)
        return path

    def peaks(self, folder, content, *, count, most_seconds=60):
        return decode(self.write(folder, content), count=count, most_seconds=most_seconds).peaks

    def test_peaks_rise_as_the_sound_does(self, tmp_path):
        found = self.peaks(tmp_path, sounds.wav(2, loudness=1.0), count=10)
        assert found == sorted(found)
        assert (len(found), found[0] < 40, found[-1] > 230) == (10, True, True)

    def test_peaks_of_a_level_are_level(self, tmp_path):
        found = self.peaks(tmp_path, sounds.flac(level=16384), count=5)
        assert all(120 <= peak <= 135 for peak in found[1:-1])

    @pytest.mark.parametrize(
        ("content", "seconds"),
        [(sounds.wav(2), 2.0), (sounds.flac(), 1.9), (sounds.flac(says=0), 1.9), (sounds.flac(says=2**30), 1.9)],
    )
    def test_measures_what_is_there_and_not_what_is_said(self, tmp_path, content, seconds):
        assert round(decode(self.write(tmp_path, content), count=4, most_seconds=60).seconds, 1) == seconds

    def test_of_silence_is_silence(self, tmp_path):
        found = decode(self.write(tmp_path, sounds.mp3()), count=4, most_seconds=60)
        assert found == Decoded(found.seconds, [0, 0, 0, 0])
        assert round(found.seconds, 1) == 2.6

    @pytest.mark.parametrize("content", [sounds.m4a(), sounds.opus(), b"", b"RIFF", sounds.wav()[:30]])
    def test_of_what_cannot_be_decoded_is_none(self, tmp_path, content):
        assert decode(self.write(tmp_path, content), count=4, most_seconds=60) is None

    def test_of_a_missing_file_is_none(self, tmp_path):
        assert decode(tmp_path / "gone", count=4, most_seconds=60) is None

    def test_goes_no_further_than_it_may(self, tmp_path):
        short = decode(self.write(tmp_path, sounds.wav(4, loudness=1.0)), count=4, most_seconds=1)
        assert (short.seconds, max(short.peaks) < 80) == (1.0, True)

    def test_of_a_very_short_sound_has_as_many_peaks(self, tmp_path):
        assert len(self.peaks(tmp_path, sounds.wav(0.01), count=400)) == 400
