"""What is in a recording: its length and tags by mutagen, its loudness by miniaudio. Paths and streams in, plain data out.

Both read what strangers wrote, so that whatever they raise means: this cannot be read.
"""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import miniaudio
from mutagen import MutagenError
from mutagen.easymp4 import EasyMP4
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TCON, TIT2, TPE1
from mutagen.id3._frames import Frame
from mutagen.id3._util import ID3JunkFrameError
from mutagen.mp3 import MPEGInfo
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WaveStreamInfo

RATE = 8000
BLOCK = RATE // 20
"""Samples of which one peak is kept: a twentieth of a second."""
LOUDEST = 32767
LONGEST = 200
COMPRESSED = {2: 0, 3: Frame.FLAG23_COMPRESS, 4: Frame.FLAG24_COMPRESS}


@dataclass(frozen=True, slots=True)
class Sound:
    """`seconds` is above 0, or None where the head does not say (a FLAC that went through a pipe); tags are "" where
    there are none."""

    seconds: float | None
    title: str = ""
    artist: str = ""
    genre: str = ""


def read_sound(content: BinaryIO, *, content_type: str) -> Sound | None:
    """What the recording says of itself; None where nothing can be heard in it. It is left at its beginning."""
    try:
        content.seek(0)
        sound = READERS[content_type](content)
        return sound if sound.seconds is None or (math.isfinite(sound.seconds) and sound.seconds > 0) else None
    except Exception:  # noqa: BLE001 -- a broken file makes the parsers fail in ways that nobody lists
        return None
    finally:
        content.seek(0)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came out of a recording: how long it was, and how loud in equal parts, each 0 to 255."""

    seconds: float
    peaks: list[int]


def decode(path: Path, *, count: int, most_seconds: float) -> Decoded | None:
    """Listen to the recording, with its loudness in `count` parts; None where it cannot be decoded (M4A, Opus).

    It is decoded as a stream, and no further than `most_seconds`, whatever it says of its length.
    """
    loud, samples = [], 0
    try:
        stream = miniaudio.stream_file(
            str(path),
            output_format=miniaudio.SampleFormat.SIGNED16,
            nchannels=1,
            sample_rate=RATE,
            frames_to_read=BLOCK,
        )
        for block in islice(stream, int(most_seconds * RATE / BLOCK)):
            loud.append(loudness(block))
            samples += len(block)
    except (miniaudio.MiniaudioError, OSError, ValueError):
        return None
    return Decoded(samples / RATE, folded(loud, count)) if samples else None


def loudness(block: "array[int]") -> int:
    return max(max(block), -min(block)) if block else 0


def folded(loud: list[int], count: int) -> list[int]:
    """`count` peaks out of however many."""
    size = len(loud)
    parts = (loud[at * size // count : max((at + 1) * size // count, at * size // count + 1)] for at in range(count))
    return [min(255, max(part) * 255 // LOUDEST) for part in parts]


# --- one reader a format -------------------------------------------------------------------------------------------


def of_mp3(content: BinaryIO) -> Sound:
    info = MPEGInfo(content)
    return Sound(info.length, **id3_of(content))


def id3_of(content: BinaryIO) -> dict[str, str]:
    """The three tags we use; others, pictures above all, are not looked at."""
    try:
        content.seek(0)
        tags = ID3(content, known_frames=PLAIN_FRAMES)
    except MutagenError:
        return {}
    genres = tags["TCON"].genres if "TCON" in tags else []
    return {"title": text_of(tags, "TIT2"), "artist": text_of(tags, "TPE1"), "genre": words(genres)}


def plain(frame: type[Frame]) -> type[Frame]:
    """The same frame, but for a compressed one: a few bytes of those may unpack to gigabytes."""

    def from_data(cls: Any, header: Any, flags: int, data: bytes) -> Frame:
        if flags & COMPRESSED[header.version[1]] or len(data) > LONGEST * 16:
            raise ID3JunkFrameError("not read")
        return frame._fromData.__func__(cls, header, flags, data)  # type: ignore[no-any-return, attr-defined]

    return type(frame.__name__, (frame,), {"_fromData": classmethod(from_data)})


# ID3v2.2 has names of three letters for the same.
PLAIN_FRAMES = {"TIT2": plain(TIT2), "TPE1": plain(TPE1), "TCON": plain(TCON)}


def of_flac(content: BinaryIO) -> Sound:
    file: Any = FLAC(content)
    is_open_ended = not file.info.total_samples and has_frames(content)
    return Sound(None if is_open_ended else file.info.length, **comments_of(file))


def has_frames(content: BinaryIO) -> bool:
    """Whether sound begins behind the blocks that tell of it: each says its length, and the last one that it is."""
    content.seek(4)
    while len(head := content.read(4)) == 4:
        content.seek(int.from_bytes(head[1:]), 1)
        if head[0] & 0x80:
            return int.from_bytes(content.read(2)) >> 1 == 0b111111111111100
    return False


def of_ogg(content: BinaryIO) -> Sound:
    for kind in (OggVorbis, OggOpus, OggFLAC, OggSpeex):
        try:
            content.seek(0)
            file: Any = kind(content)
        except MutagenError:
            continue
        return Sound(file.info.length, **comments_of(file))
    raise ValueError("no sound in it")


def of_wav(content: BinaryIO) -> Sound:
    """Its length by what is there, where its head claims more."""
    info = WaveStreamInfo(content)
    size = content.seek(0, 2)
    return Sound(min(info.length, size * 8 / info.bitrate))


def of_mp4(content: BinaryIO) -> Sound:
    file: Any = EasyMP4(content)
    return Sound(file.info.length, **comments_of(file))


READERS = {
    "audio/mpeg": of_mp3,
    "audio/flac": of_flac,
    "audio/ogg": of_ogg,
    "audio/wav": of_wav,
    "audio/mp4": of_mp4,
}


def comments_of(tags: Any) -> dict[str, str]:
    """The tags of a file that has them by plain names."""
    return {name: words((tags.tags or {}).get(name) or []) for name in ("title", "artist", "genre")}


def text_of(tags: Any, name: str) -> str:
    return words(tags[name].text) if name in tags else ""


def words(texts: Iterable[object]) -> str:
    """The first of the texts in one line, without what no text should have in it."""
    first = next((str(text) for text in texts if str(text).strip()), "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in first[: LONGEST * 2]).split())[
        :LONGEST
    ]
