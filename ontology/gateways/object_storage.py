"""The contents of cloud files, under keys that we make: on disk, or on S3 where STORAGE_URL names a bucket.

A failing store is Unavailable. On disk a content is a path; on S3 an address that is signed, lives five minutes and
says itself under which name and type it is saved.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.http import content_disposition_header

from config.errors import NotFound, Unavailable
from config.ids import new_id
from config.storages import cloud_files

Asks = TypeVar("Asks", bound=Callable[..., Any])


def answers(call: Asks) -> Asks:
    """What the store cannot do now is Unavailable, whichever store it is."""

    @wraps(call)
    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (BotoCoreError, ClientError, OSError) as error:
            raise Unavailable("The store of files does not answer. Nothing was changed.", code="store_away") from error

    return cast(Asks, asked)


def new_key() -> str:
    """A key that says nothing and spreads evenly over 65,536 folders: the end of a UUIDv7 is chance."""
    name = new_id().hex
    return f"{name[-2:]}/{name[-4:-2]}/{name}"


@answers
def put(*, key: str, content: Any, content_type: str) -> None:
    """Keep `content` (an uploaded file or any binary stream). One that lies on disk already is moved, not copied."""
    file = content if isinstance(content, File) else File(content)
    file.seek(0)
    # For S3, in place of what the client claimed.
    file.content_type = content_type  # type: ignore[attr-defined]
    cloud_files().save(key, file)


@answers
def fetch(*, key: str, to: Any) -> bool:
    """Write the content into the file `to`, for what reads it here; whether there is one."""
    storage = cloud_files()
    if not storage.exists(key):
        return False
    with storage.open(key, "rb") as content:
        shutil.copyfileobj(content, to)
    return True


@answers
def remove(key: str) -> None:
    """A no-op where there is nothing."""
    cloud_files().delete(key)


@answers
def size_of(key: str) -> int | None:
    """None where there is nothing."""
    storage = cloud_files()
    return storage.size(key) if storage.exists(key) else None


def place_of(key: str, *, name: str, content_type: str) -> Path | str:
    """Where the content is read from: a path on disk, or a signed address. NotFound where it is gone from the disk."""
    storage: Any = cloud_files()
    if isinstance(storage, FileSystemStorage):
        path = Path(storage.path(key))
        if not path.is_file():
            raise NotFound("The content of this file is not there", code="content_missing")
        return path
    return signed(storage, key, name, content_type)


@answers
def signed(storage: Any, key: str, name: str, content_type: str) -> str:
    offered = content_disposition_header(True, name) or "attachment"
    asked = {"ResponseContentDisposition": offered, "ResponseContentType": content_type}
    return str(storage.url(key, parameters={**asked, "ResponseCacheControl": "private, no-cache"}))


def objects(*, before: dt.datetime) -> Iterator[str]:
    """The keys of everything that is stored and was written before that moment."""
    storage: Any = cloud_files()
    return on_disk(storage, before) if isinstance(storage, FileSystemStorage) else on_s3(storage, before)


def objects_in(folder: str, *, before: dt.datetime) -> Iterator[str]:
    """As `objects`, of one folder beside the cloud files: keys `<folder>/<name>`, which `objects` never names."""
    storage: Any = cloud_files()
    if isinstance(storage, FileSystemStorage):
        return on_disk(storage, before, f"{folder}/*")
    return on_s3(storage, before, f"{folder}/")


def on_disk(storage: FileSystemStorage, before: dt.datetime, pattern: str = "??/??/*") -> Iterator[str]:
    root = Path(storage.base_location)
    for path in root.glob(pattern):
        try:
            written = path.stat().st_mtime
        except FileNotFoundError:
            continue
        if written < before.timestamp():
            yield path.relative_to(root).as_posix()


def on_s3(storage: Any, before: dt.datetime, folder: str = "") -> Iterator[str]:
    start = f"{storage.location}/" if storage.location else ""
    for found in storage.bucket.objects.filter(Prefix=start + folder):
        key = found.key.removeprefix(start)
        # In a bucket that others use too, only what is named as we name is ours.
        if found.last_modified < before and key.count("/") == (1 if folder else 2):
            yield key
