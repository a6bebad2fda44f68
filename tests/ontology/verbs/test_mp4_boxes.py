"""What an MP4 says its tracks are for, wherever it says so; what strangers may write instead."""

import io
import struct

import pytest

from ontology.verbs.mp4_boxes import MOST_BOXES, handlers
from tests.factories.sounds import box, m4a


def found(content):
    return handlers(io.BytesIO(content))


def long_box(kind, inside):
    """With its size in eight bytes, as a large one has it."""
    return struct.pack(">I4sQ", 1, kind, 16 + len(inside)) + inside


class TestHandlers:
    def test_are_those_of_all_tracks(self):
        assert found(m4a(tracks=(b"soun", b"text", b"vide"))) == {b"soun", b"text", b"vide"}

    def test_are_found_behind_the_sound(self):
        whole = m4a()
        start = whole.index(b"moov") - 4
        moov = whole[start : start + int.from_bytes(whole[start : start + 4], "big")]
        for sound in (box(b"mdat", bytes(100_000)), long_box(b"mdat", bytes(100_000))):
            assert found(box(b"ftyp", b"isom") + sound + moov) == {b"soun"}
        assert found(box(b"ftyp", b"isom") + b"\0\0\0\0" + moov[4:]) == {b"soun"}

    def test_are_only_those_of_tracks(self):
        assert found(box(b"moov", box(b"hdlr", bytes(8) + b"vide"), box(b"meta", bytes(8) + b"vide"))) == set()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0" * 7,
            b"\0\0\0\x04moov" * 9,
            b"\0\0\0\x01moov",
            b"\xff" * 100,
            m4a()[:60],
            long_box(b"moov", b"")[:12],
        ],
    )
    def test_of_what_is_broken_are_none(self, content):
        assert found(content) == set()

    def test_are_not_looked_for_without_end(self):
        assert found(box(b"free") * MOST_BOXES + m4a()) == set()
