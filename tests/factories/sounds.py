"""Small recordings in every format that is taken, made byte by byte, and tracks uploaded with them through the verb."""

import array
import io
import math
import struct
import wave
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from mutagen.id3 import ID3, TCON, TIT2, TPE1
from mutagen.ogg import OggPage

from ontology.verbs.tracks import upload_track

RATE = 8000


def wav(seconds=1.0, loudness=0.5):
    """A tone that swells from nothing to `loudness`."""
    count = int(RATE * seconds)
    samples = array.array(
        "h", (int(32767 * loudness * i / count * math.sin(2 * math.pi * 220 * i / RATE)) for i in range(count))
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def mp3(frames=100, **tags):
    """Silence: frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz. With title, artist, genre: an ID3 tag before them."""
    sound = (b"\xff\xfb\x90\x00" + bytes(413)) * frames
    out = io.BytesIO()
    if tags:
        told = ID3()
        for kind, name in ((TIT2, "title"), (TPE1, "artist"), (TCON, "genre")):
            if name in tags:
                told.add(kind(encoding=3, text=[tags[name]]))
        told.save(out)
    return out.getvalue() + sound


def flac(blocks=20, level=8192, *, says=None):
    """16 bit, mono, 44.1 kHz; blocks of 4096 equal samples. `says`: how many its head claims; 0 where an encoder wrote
    into a pipe and could not know."""
    size = 4096
    total = blocks * size if says is None else says
    head = struct.pack(">HH", size, size) + bytes(6)
    head += ((44100 << 44) | (0 << 41) | (15 << 36) | total).to_bytes(8, "big") + bytes(16)
    out = b"fLaC" + b"\x80" + len(head).to_bytes(3, "big") + head
    for number in range(blocks):
        start = b"\xff\xf8\xc9\x08" + bytes([number])
        frame = start + bytes([crc(start, 8, 0x07)]) + b"\x00" + struct.pack(">h", level)
        out += frame + crc(frame, 16, 0x8005).to_bytes(2, "big")
    return out


def crc(data, bits, polynomial):
    value, top, most = 0, 1 << bits - 1, (1 << bits) - 1
    for byte in data:
        value ^= byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & most
    return value


def opus(seconds=2):
    """An Ogg file whose head says Opus; its length is what its last page says."""
    head, last = OggPage(), OggPage()
    head.packets, head.first = [b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, 48000, 0, 0)], True
    told = OggPage()
    told.packets, told.sequence = [b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)], 1
    last.packets, last.sequence, last.position, last.last = [b"\xfc\xff\xfe"], 2, 48000 * seconds, True
    return b"".join(page.write() for page in (head, told, last))


def m4a(seconds=3, *, brand=b"M4A ", tracks=(b"soun",)):
    """A box of boxes that says how long its sound is, and what each of its tracks is for."""
    header = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, int(seconds * 1000), 0, 0))
    rest = box(b"minf", box(b"stbl", box(b"stsd", bytes(8))))
    kinds = [box(b"hdlr", bytes(8) + kind + bytes(13)) for kind in tracks]
    made = box(b"moov", *(box(b"trak", box(b"mdia", header, kind, rest)) for kind in kinds))
    return box(b"ftyp", brand + b"\x00\x00\x00\x00" + brand + b"mp42") + made + box(b"mdat", bytes(64))


def box(kind, *parts):
    inside = b"".join(parts)
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def bomb():
    """An MP3 whose title unpacks to 64 MB."""
    packed = zlib.compress(b"\x03" + b"a" * (64 * 1024 * 1024), 9)
    frame = (
        b"TIT2" + struct.pack(">I", len(packed) + 4) + b"\x00\x80" + struct.pack(">I", 64 * 1024 * 1024 + 1) + packed
    )
    size = len(frame)
    synchsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + synchsafe + frame + mp3()


def upload(content=None, name="Low Tide.wav"):
    return SimpleUploadedFile(name, wav() if content is None else content)


def sounding(owner, title="Low Tide", *, content=None, name="tide.wav", **given):
    """A track of theirs with a sound, through the verb."""
    return upload_track(content=upload(content, name), name=name, by=owner, title=title, **given)
