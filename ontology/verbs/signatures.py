"""What a file is, by its first bytes. The name decides only between types that look alike (a `.csv` is text, too)."""

import io
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from ontology.verbs.mp4_boxes import handlers

HEAD_BYTES = 4096
UNKNOWN = "application/octet-stream"

# (offset, bytes, type); the first that fits wins.
MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"MThd", "audio/midi"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (257, b"ustar", "application/x-tar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (0, b"\xce\xfa\xed\xfe", "application/x-executable"),
    (0, b"\0asm", "application/wasm"),
)
RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo"}
FORM = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
BRANDS = {
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime", b"avif": "image/avif", b"avis": "image/avif",
    b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic",
}  # fmt: skip
MP4 = {"audio/mp4", "video/mp4", "video/quicktime"}
OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
OPEN_DOCUMENTS = {
    "application/epub+zip", "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.graphics",
}  # fmt: skip
MOST_MEMBERS = 2000

# Marks of text that a browser would act upon, wherever in the head they stand: the more dangerous reading wins.
SVG, HTML = (b"<svg",), (b"<!doctype html", b"<html", b"<script", b"<head", b"<body", b"<iframe", b"<meta", b"<img")
# What a text is by its name. None of these is ever shown in place.
TEXTS = {
    "csv": "text/csv", "md": "text/markdown", "json": "application/json", "css": "text/css", "js": "text/javascript",
    "mjs": "text/javascript", "html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml",
    "svg": "image/svg+xml", "xml": "application/xml", "sh": "application/x-sh", "bat": "application/x-bat",
}  # fmt: skip


def recognise(content: BinaryIO, *, name: str = "") -> str:
    """The media type of `content`, which is read at both ends and left at its beginning."""
    content.seek(0)
    head = content.read(HEAD_BYTES)
    content.seek(0)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    for offset, mark, kind in MARKS:
        if head.startswith(mark, offset):
            # `BM` may well begin a text.
            if kind == "image/bmp" and as_text(head) is not None:
                break
            return refined(kind, content, ending)
    kind = next((found for ask in ASKED if (found := ask(head, ending))), UNKNOWN)
    return refined(kind, content, ending)


def refined(kind: str, content: BinaryIO, ending: str) -> str:
    if kind == "application/zip":
        return of_zip(content)
    if kind in MP4:
        return of_mp4(content, kind)
    if kind == "audio/ogg" and ending == "ogv":
        return "video/ogg"
    return "video/x-matroska" if kind == "video/webm" and ending == "mkv" else kind


def of_zip(content: BinaryIO) -> str:
    """A document of an office or a book, where the list of its members says so."""
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()[:MOST_MEMBERS]
            kind = next((kind for start, kind in OFFICE.items() if any(n.startswith(start) for n in names)), "")
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= 100:
                told = archive.read("mimetype").decode("ascii", "replace").strip()
                kind = told if told in OPEN_DOCUMENTS else kind
            return kind or "application/zip"
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.zlib.error):  # type: ignore[attr-defined]
        return "application/zip"
    finally:
        content.seek(0)


def of_mp4(content: BinaryIO, kind: str) -> str:
    """By what is in it: most encoders write a general brand, or one that another program's files have."""
    found = handlers(content)
    content.seek(0)
    if b"vide" in found:
        return kind if kind.startswith("video/") else "video/mp4"
    return "audio/mp4" if b"soun" in found else kind


def of_container(head: bytes, ending: str) -> str:
    """RIFF, IFF and MP4: a box that says what is in it, or for what program it was made."""
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12], "")
    if head[:4] == b"FORM":
        return FORM.get(head[8:12], "")
    if head[4:8] != b"ftyp":
        return ""
    return BRANDS.get(head[8:12], "video/mp4")


def of_mpeg_frame(head: bytes, ending: str) -> str:
    """An MP3 without tags begins with the header of a frame: eleven bits set, layer III, no reserved value."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    version, layer, rate, frequency = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if version != 1 and layer == 1 and rate != 15 and frequency != 3 else ""


def of_program(head: bytes, ending: str) -> str:
    if head[:2] == b"MZ" and as_text(head) is None:
        return "application/x-msdownload"
    return "application/x-sh" if head[:2] == b"#!" else ""


def of_text(head: bytes, ending: str) -> str:
    text = as_text(head)
    if text is None:
        return ""
    lowered = text.lower()
    if any(mark in lowered for mark in HTML):
        return "image/svg+xml" if any(mark in lowered[:1000] for mark in SVG) else "text/html"
    if any(mark in lowered for mark in SVG):
        return "image/svg+xml"
    if lowered.lstrip().startswith(b"<?xml"):
        return TEXTS.get(ending, "application/xml")
    return TEXTS.get(ending, "text/plain")


def as_text(head: bytes) -> bytes | None:
    """The head as UTF-8, or None where it is no text: other encodings have a mark in front, and no text has a NUL."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\0" in head:
        return None
    reader = io.TextIOWrapper(io.BytesIO(head), encoding="utf-8")
    try:
        reader.read()
    except UnicodeDecodeError as error:
        # The head may end within a character.
        if error.start < len(head) - 4 or len(head) < HEAD_BYTES:
            return None
    return head.removeprefix(b"\xef\xbb\xbf")


ASKED: tuple[Callable[[bytes, str], str], ...] = (of_container, of_mpeg_frame, of_program, of_text)
