"""What may be uploaded: one table for tracks, covers, avatars and cloud files, and the one check that enforces it.

`GET /upload/limits` and `/upload/validate-type` answer from the same table (veza.txt, "GET /upload/limits, GET
/upload/validate-type"). A file is recognised by its bytes; its name is data and decides nothing that matters.
"""

import io
import unicodedata
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings

from config.errors import Invalid, TooLarge
from ontology.verbs.signatures import recognise

LONGEST_NAME = 255
MOST_PIXELS = 40_000_000
AUDIO = {
    "audio/mpeg": ("mp3",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/flac": ("flac",),
    "audio/wav": ("wav",),
    "audio/mp4": ("m4a", "m4b"),
}
PICTURES = {"image/jpeg": ("jpg", "jpeg"), "image/png": ("png",), "image/webp": ("webp",), "image/gif": ("gif",)}


@dataclass(frozen=True, slots=True)
class Kind:
    """What an upload is for. `types` maps each media type it may be to its usual endings; None takes any file."""

    name: str
    thing: str
    words: str
    types: dict[str, tuple[str, ...]] | None
    most_pixels: int | None = None

    @property
    def most_bytes(self) -> int:
        return int(settings.UPLOAD_BYTES[self.name])

    @property
    def endings(self) -> list[str]:
        return [ending for endings in (self.types or {}).values() for ending in endings]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed. `name` is safe to show and to offer; `ending` is the recognised type's, empty for any file."""

    name: str
    content_type: str
    ending: str
    size_bytes: int


KINDS = {
    kind.name: kind
    for kind in (
        Kind("track", "recording", "MP3, Ogg, FLAC, WAV or M4A", AUDIO),
        Kind("cover", "picture", "JPEG, PNG, WebP or GIF", PICTURES, MOST_PIXELS),
        Kind("avatar", "picture", "JPEG, PNG, WebP or GIF", PICTURES, MOST_PIXELS),
        Kind("cloud_file", "file", "any file", None),
        Kind("gear_document", "document", "any file", None),
    )
}
# Other words for the same, as upload forms of Veza's clients say them.
ALIASES = {"audio": "track", "image": "cover", "file": "cloud_file"}


def check_upload(*, kind: str, name: str, content: BinaryIO | bytes, field: str = "file") -> Upload:
    """Recognise `content` and hold it to the limits of `kind`; it is left at its beginning.

    TooLarge `file_too_large` above the limit; Invalid `empty_file` or `unsupported_type`, with details for `field`.
    """
    limits = KINDS[kind]
    stream: Any = io.BytesIO(content) if isinstance(content, bytes) else content
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    check_size(kind=kind, size=size, field=field)
    shown = clean_name(name)
    found = recognise(stream, name=shown)
    if limits.types is not None and found not in limits.types:
        sentence = f"This is not a {limits.thing} that can be used here. Use {limits.words}."
        raise Invalid(sentence, code="unsupported_type", details={field: [sentence]})
    ending = limits.types[found][0] if limits.types else ""
    return Upload(name=shown, content_type=found, ending=ending, size_bytes=size)


def check_size(*, kind: str, size: int, field: str = "file") -> None:
    limits = KINDS[kind]
    if size < 1:
        raise Invalid("The file is empty.", code="empty_file", details={field: ["The file is empty."]})
    if size > limits.most_bytes:
        sentence = f"The {limits.thing} is larger than {in_words(limits.most_bytes)}."
        raise TooLarge(sentence, code="file_too_large", details={field: [sentence]})


def in_words(size: int) -> str:
    """Bytes as people say them: 512 MB, 1 GB (of 1024)."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return "1 byte" if size == 1 else f"{size} bytes"


UNSEEN = {"Cc", "Cs", "Zl", "Zp", "Co", "Cn"}
# They turn the direction of what follows: `exe.txt` could be written so that it reads `txt.exe`.
TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)}


def clean_name(name: str) -> str:
    """A name as data: no folders, no control or turning characters, at most 255 long with its ending kept."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    seen = (letter for letter in text if unicodedata.category(letter) not in UNSEEN and letter not in TURNING)
    kept = " ".join("".join(seen).split())
    if not kept.strip(". "):
        return "file"
    if len(kept) <= LONGEST_NAME:
        return kept
    stem, dot, ending = kept.rpartition(".")
    tail = dot + ending if stem and len(ending) <= 16 else ""
    return kept[: LONGEST_NAME - len(tail)].rstrip() + tail


def judge(*, kind: str, content_type: str = "", name: str = "", size: int | None = None) -> str:
    """Why a file of this type would be refused; empty where it would be taken. Its bytes have the last word.

    As with those, the name decides nothing: its ending stands for the type only where none is told.
    """
    limits = KINDS[kind]
    if size is not None:
        try:
            check_size(kind=kind, size=size)
        except (Invalid, TooLarge) as error:
            return error.message
    if limits.types is None:
        return ""
    told = content_type.partition(";")[0].strip().lower()
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if told:
        is_taken = SPELLINGS.get(told, told) in limits.types
        return "" if is_taken else f"{told} is not taken here. Use {limits.words}."
    if name and ending not in limits.endings:
        return f"A name like this is not a {limits.thing}'s. Use {limits.words}."
    return ""


# What browsers also call these types.
SPELLINGS = {
    "audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/opus": "audio/ogg",
    "application/ogg": "audio/ogg", "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg",
}  # fmt: skip
