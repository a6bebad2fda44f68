"""Serving stored files: byte ranges, validators, nothing executable. For public media and, by other doors, private files.

A range is answered whole, as far as it was asked for: downloaders that go on where they stopped would take less for the
end of the file. What is longer than SLICE bytes streams.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

SLICE = 1024 * 1024
CHUNK = 128 * 1024
RANGE = re.compile(r"^bytes=(\d{0,15})-(\d{0,15})$")
TOLD = re.compile(r"^bytes (\d+)-(\d+)/(\d+)$")
PROBE = 2
"""Bytes from the start that a player asks for, to learn how long a file is."""

# What a browser may show in place; everything else is downloaded.
INLINE = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".flac": "audio/flac", ".m4a": "audio/mp4",
}  # fmt: skip


# Also told as what they are, though only to be saved; anything else, and all that could act in a browser, is bytes.
HARMLESS = {*INLINE.values(), "application/pdf", "application/zip", "text/plain", "text/csv", "video/mp4", "video/webm"}


def told_type(content_type: str) -> str:
    """The type a stored file may be sent as."""
    return content_type if content_type in HARMLESS else "application/octet-stream"


def stored_response(
    request, place_of: Callable[..., Path | str], *, key: str, name: str, content_type: str
) -> HttpResponseBase:
    """A private file, always to be saved under `name`. `place_of(key, name=, content_type=)` says where its content is: a
    path, or an address elsewhere that is signed for this name and type."""
    told = told_type(content_type)
    place = place_of(key, name=name, content_type=told)
    if isinstance(place, Path):
        return file_response(request, place, filename=name, attachment=True, content_type=told)
    return HttpResponse(status=302, headers={"Location": place, "Cache-Control": "no-store"})


def is_sent(request, response: HttpResponseBase) -> bool:
    """Whether this answer sends some of a content: no HEAD, 304 or refusal, nor what a player only asks to know the length."""
    if request.method != "GET" or response.status_code not in (200, 206, 302):
        return False
    told = TOLD.match(response.headers.get("Content-Range", ""))
    if told is None:
        return True
    first, last, size = (int(part) for part in told.groups())
    is_probe = first == 0 and last < PROBE < size
    return not is_probe


def is_download(request, response: HttpResponseBase) -> bool:
    """Whether this answer begins a content, which a play or a download is counted by. However the range was spelt: what
    counts is where the answer starts; what another place will answer, only the request tells."""
    if not is_sent(request, response):
        return False
    if response.status_code == 302:
        wanted = RANGE.match(request.headers.get("Range", "").replace(" ", ""))
        return wanted is None or not int(wanted[1] or 0)
    told = TOLD.match(response.headers.get("Content-Range", ""))
    return told is None or int(told[1]) == 0


def file_response(
    request, path: Path, *, filename: str = "", attachment: bool = False, max_age: int = 0, content_type: str = ""
) -> HttpResponseBase:
    """The file at `path`: 200, 206, 304 or 416. `filename` is the name offered to save it under; `content_type` what it
    is where its path does not tell."""
    stat = path.stat()
    known_type = content_type or INLINE.get(path.suffix.lower())
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    headers: dict[str, str] = {
        "Accept-Ranges": "bytes",
        "Last-Modified": http_date(stat.st_mtime),
        "ETag": etag,
        "Cache-Control": f"private, max-age={max_age}" if max_age else "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": content_disposition_header(attachment or known_type is None, filename or path.name)
        or "",
    }
    content_type = known_type or "application/octet-stream"
    if is_unchanged(request, etag, stat.st_mtime):
        return HttpResponse(status=304, headers=headers)
    wanted = asked_range(request, stat.st_size, etag)
    if wanted is None:
        headers["Content-Length"] = str(stat.st_size)
        if stat.st_size <= SLICE:
            return HttpResponse(path.read_bytes(), content_type=content_type, headers=headers)
        return StreamingHttpResponse(chunks(path), content_type=content_type, headers=headers)
    start, end = wanted
    if start >= stat.st_size or end < start:
        headers["Content-Range"] = f"bytes */{stat.st_size}"
        return HttpResponse(status=416, content_type="text/plain; charset=utf-8", headers=headers)
    end = min(end, stat.st_size - 1)
    length = end - start + 1
    headers |= {"Content-Range": f"bytes {start}-{end}/{stat.st_size}", "Content-Length": str(length)}
    if length > SLICE:
        # All that was asked for: downloaders that go on where they stopped take a shorter answer for the end.
        pieces = chunks(path, start, length)
        return StreamingHttpResponse(pieces, status=206, content_type=content_type, headers=headers)
    with path.open("rb") as file:
        file.seek(start)
        return HttpResponse(file.read(length), status=206, content_type=content_type, headers=headers)


def is_unchanged(request, etag: str, mtime: float) -> bool:
    if tags := request.headers.get("If-None-Match"):
        return etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")] or tags.strip() == "*"
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(mtime) <= since


def asked_range(request, size: int, etag: str) -> tuple[int, int] | None:
    """The one range asked for as (first, last) byte; None for the whole, also where the range is not one we serve."""
    found = RANGE.match(request.headers.get("Range", "").replace(" ", ""))
    if not found or found[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found[1], found[2]
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), int(last) if last else size - 1


async def chunks(path: Path, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
    """The file piece by piece, read off the event loop; of `length` bytes from `start`."""
    file = await asyncio.to_thread(path.open, "rb")
    left = sys.maxsize if length is None else length
    try:
        await asyncio.to_thread(file.seek, start)
        while piece := await asyncio.to_thread(file.read, min(CHUNK, left)):
            left -= len(piece)
            yield piece
    finally:
        file.close()
