"""Writing a copy of somebody's data: one ZIP of JSON per app and model, their files, and a manifest over all of it."""

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.timezone import now

from accounts.models import User
from config.personal_data import Person, Table, chapters, tables

Beat = Callable[[int], None]
"""Called as the work goes on, with how many chapters are done; raises to stop it."""

ROWS_AT_ONCE = 500
CHUNK = 1024 * 1024
README = """\
This is a copy of what Stoa ({site}) keeps of {name} <{email}>.
It was made on {day} at {hour} UTC.

What is in it
- One folder for each part of Stoa, and in it one file for each kind of thing. The files are JSON: any editor opens them,
  and each line is one thing.
- files/ holds what you uploaded, such as your picture. The JSON says which file belongs to what.
- manifest.json lists every table, how many rows of it are yours, what becomes of each column when you delete your account,
  and a SHA-256 of each file, by which you can see that nothing was changed.

What is not in it
- Secrets: your password, keys and second factors are kept as values that only we can check. Nobody is shown them.
- What others said to you: it is theirs.

The copy is only for you. Whoever has it knows what we know of you: keep it in a safe place.
"""


def person_of(user: User) -> Person:
    return Person(id=user.pk, email=user.email, until=now())


def total_chapters() -> int:
    return len(chapters())


def write_archive(*, user: User, to: Path, beat: Beat) -> None:
    """Write the whole archive to `to`, which must not exist yet; only its owner on this machine can read it."""
    person = person_of(user)
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        write_text(archive, "README.txt", readme(user))
        told: list[dict[str, Any]] = []
        uploads: list[dict[str, Any]] = []
        for done, chapter in enumerate(chapters()):
            beat(done)
            told.append(write_chapter(archive, chapter, person, uploads, partial(beat, done)))
        beat(len(told))
        untold = [entry(each, rows=each.rows(person).count()) for each in tables() if is_untold(each)]
        manifest = {
            "format": 1,
            "site": settings.SITE_URL,
            "made_at": person.until,
            "user_id": user.pk,
            "tables": [*told, *untold],
            "files": uploads,
        }
        write_text(archive, "manifest.json", json.dumps(manifest, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False))


def is_untold(each: Table) -> bool:
    """Of people, and yet nothing of it is exported."""
    return each.is_of_people and not each.exported


def readme(user: User) -> str:
    moment = now()
    return README.format(
        site=settings.SITE_URL,
        name=user.display_name,
        email=user.email,
        day=f"{moment.day} {moment:%B %Y}",
        hour=f"{moment:%H:%M}",
    )


def write_chapter(
    archive: zipfile.ZipFile, chapter: Table, person: Person, uploads: list[dict[str, Any]], beat: Callable[[], None]
) -> dict[str, Any]:
    """One table's file and, after it, the files its rows name. Returns its entry in the manifest."""
    app, _, model = chapter.label.lower().partition(".")
    name, count = f"{app}/{model}.json", 0
    named: list[tuple[str, Any]] = []

    def lines() -> Iterator[str]:
        nonlocal count
        for row in chapter.rows(person).iterator(chunk_size=ROWS_AT_ONCE):
            if count % ROWS_AT_ONCE == ROWS_AT_ONCE - 1:
                beat()
            told = exported(chapter, row)
            named.extend((told[column], getattr(row, column)) for column in chapter.file_columns if told.get(column))
            yield (",\n" if count else "\n") + json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)
            count += 1

    digest = write(archive, name, bracketed(lines()))
    for path, file in named:
        beat()
        uploads.append(write_upload(archive, path, file))
    return entry(chapter, rows=count, file=name, sha256=digest)


def entry(each: Table, **about: Any) -> dict[str, Any]:
    return {
        "table": each.label,
        **about,
        "when_you_leave": f"kept: {each.stays}" if each.stays else "erased",
        "columns": {column: each.rule_of(column) for column in each.columns},
    }


def exported(chapter: Table, row: Any) -> dict[str, Any]:
    """What of a row its person is given; a file by its place in the archive."""
    fields = chapter.columns
    told = {column: fields[column].value_from_object(row) for column in chapter.exported}
    for column in chapter.file_columns:
        if column in told:
            told[column] = place_of(chapter, row, column)
    return told


def place_of(chapter: Table, row: Any, column: str) -> str:
    """Where in the archive a row's file lies; empty where it has none."""
    file = getattr(row, column)
    ending = re.sub(r"[^A-Za-z0-9.]", "", Path(file.name).suffix)[:10] if file else ""
    return f"files/{chapter.label.lower().replace('.', '/')}/{row.pk}-{column}{ending}" if file else ""


def bracketed(lines: Iterable[str]) -> Iterator[bytes]:
    """A JSON array with a row a line. Half a character, which a database may hold, becomes a question mark."""
    yield b"["
    for line in lines:
        yield line.encode("utf-8", "replace")
    yield b"\n]\n"


def write_upload(archive: zipfile.ZipFile, path: str, file: Any) -> dict[str, Any]:
    if not file.storage.exists(file.name):
        return {"file": path, "missing": True}
    with file.storage.open(file.name, "rb") as content:
        digest = write(archive, path, iter(lambda: content.read(CHUNK), b""))
    return {"file": path, "sha256": digest}


def write_text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    write(archive, name, [text.encode("utf-8", "replace")])


def write(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> str:
    """One file of the archive, piece by piece; its SHA-256 in hex."""
    digest = hashlib.sha256()
    info = zipfile.ZipInfo(name, date_time=now().timetuple()[:6])
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    with archive.open(info, "w", force_zip64=True) as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()
