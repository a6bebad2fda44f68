"""Files kept for somebody, with their versions (veza.txt, "Cloud Storage"; decisions.md §5).

A content is put into the store first and named by a row after, so a crash leaves at most a content that no row names;
`sweep_contents` removes those. Whatever changes what an owner's rows name holds that owner's lock: so the quota cannot
be exceeded at once from two sides, and a content that is about to be removed is not given to a new file meanwhile.
"""

import contextlib
import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.timezone import now

from config.errors import Conflict, NotFound, TooLarge
from config.ids import lookup_id
from ontology.changes import publish
from ontology.facts import FileChanged, FileDeleted, FileUploaded
from ontology.gateways import object_storage
from ontology.models import CloudFile, ConnectionType, EntityType, EventType, FileVersion
from ontology.queries.files import held_among, is_held, same_content, used_bytes
from ontology.verbs.contents import UNCLAIMED, remove_unnamed
from ontology.verbs.memory import forget, know, link, log
from ontology.verbs.uploads import check_upload, clean_name, in_words

CHUNK = 1024 * 1024
BATCH = 500


@dataclass(frozen=True, slots=True)
class Content:
    key: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str


# --- what people do ------------------------------------------------------------------------------------------------


def upload_file(*, content: Any, name: str, by: Any) -> CloudFile:
    """Keep a new file. TooLarge `file_too_large` or `quota_exceeded`; Invalid `empty_file`; Conflict `too_many_files`."""
    with arriving(content, name, by) as new, transaction.atomic():
        lock_owner(by.pk)
        if CloudFile.objects.visible_to(by).count() >= settings.CLOUD_MOST_FILES:
            raise Conflict(f"You keep {settings.CLOUD_MOST_FILES} files, which is the most.", code="too_many_files")
        file = CloudFile(owner_id=by.pk, name=new.name)
        hold(file, new)
        file.save(force_insert=True)
        check_quota(by.pk, new)
        remember(file)
        link(from_id=by.pk, to_id=file.pk, type=ConnectionType.OWNS, is_private=True)
        log(type=EventType.CONTENT_UPLOADED, actor_id=by.pk, target_id=file.pk, is_private=True)
        publish(FileUploaded(file_id=file.pk, owner_id=by.pk, name=file.name))
    return file


def replace_file(*, file_id: object, content: Any, name: str, by: Any, new_name: str | None = None) -> CloudFile:
    """Give the file another content; the one it had becomes a version by itself. It keeps its name unless given a new one.

    The content that it has already changes nothing but the name. Fails as `upload_file` does.
    """
    mine(file_id, by)
    with arriving(content, name, by) as new, transaction.atomic():
        file = locked(file_id, by)
        is_same = (file.sha256, file.size_bytes) == (new.sha256, new.size_bytes)
        if is_same:
            drop_later(new.key)
        else:
            keep_version(file)
            hold(file, new)
        if new_name is not None:
            file.name = clean_name(new_name)
        file.save()
        if not is_same:
            check_quota(by.pk, new)
        changed(file, "replaced")
    return file


@transaction.atomic
def rename_file(*, file_id: object, name: str, by: Any) -> CloudFile:
    file = locked(file_id, by)
    file.name = clean_name(name)
    file.save(update_fields=["name", "updated_at"])
    changed(file, "renamed")
    return file


@transaction.atomic
def snapshot_file(*, file_id: object, by: Any) -> FileVersion:
    """Keep the content as it now is as a version, also where nothing changed since the last one."""
    file = locked(file_id, by)
    version = add_version(file)
    file.save(update_fields=["version", "updated_at"])
    changed(file, "kept")
    return version


@transaction.atomic
def restore_version(*, file_id: object, version: object, by: Any) -> CloudFile:
    """Make the content of a version the file's own again; what it has now becomes a version first."""
    file = locked(file_id, by)
    number = int(str(version)) if str(version).isascii() and str(version).isdigit() and len(str(version)) < 10 else 0
    old = file.versions.filter(version=number).first()
    if old is None:
        raise NotFound("This file has no such version", code="version_not_found")
    if old.key != file.key:
        keep_version(file)
        file.storage_key, file.content_type = old.key, old.content_type
        file.size_bytes, file.sha256 = old.size_bytes, old.sha256
    file.save()
    changed(file, "restored")
    return file


@transaction.atomic
def delete_file(*, file_id: object, by: Any) -> None:
    """Gone from every read and every link at once; its contents are removed after CLOUD_KEEP_DELETED_DAYS."""
    file = locked(file_id, by)
    file.deleted_at = now()
    file.save(update_fields=["deleted_at", "updated_at"])
    forget(id=file.pk)
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=file.owner_id,
        target_id=file.pk,
        metadata={"what": "file_deleted"},
        is_private=True,
    )
    publish(FileDeleted(file_id=file.pk, owner_id=file.owner_id, name=file.name))


# --- their parts ---------------------------------------------------------------------------------------------------


def mine(file_id: object, by: Any) -> CloudFile:
    """The caller's file; NotFound for another's and for one that is deleted."""
    file = CloudFile.objects.visible_to(by).filter(pk=lookup_id(file_id)).first()
    if file is None:
        raise NotFound("File not found")
    return file


def locked(file_id: object, by: Any) -> CloudFile:
    lock_owner(by.pk)
    return mine(file_id, by)


def lock_owner(owner_id: UUID) -> None:
    """One change at a time to what an owner's rows name. Foreign keys to the account stay free to write."""
    get_user_model()._default_manager.select_for_update(no_key=True).filter(pk=owner_id).values_list("pk").first()


@contextlib.contextmanager
def arriving(content: Any, name: str, by: Any) -> Iterator[Content]:
    """Check what is given and put it into the store; it is taken out again where no row came to name it."""
    upload = check_upload(kind="cloud_file", name=name, content=content)
    # Only so that nothing is stored in vain; what counts is asked again under the lock.
    if used_bytes(by.pk) >= settings.CLOUD_QUOTA_BYTES or upload.size_bytes > settings.CLOUD_QUOTA_BYTES:
        raise over_quota(by.pk, upload.size_bytes)
    refuse_heaps(by.pk, upload.size_bytes)
    digest = sha256_of(content)
    key = object_storage.new_key()
    try:
        object_storage.put(key=key, content=content, content_type=upload.content_type)
        yield Content(key, upload.name, upload.content_type, upload.size_bytes, digest)
    except BaseException:
        # Where the database cannot be asked now, the sweep asks later.
        with contextlib.suppress(Exception):
            if not is_held(key):
                object_storage.remove(key)
        raise


def sha256_of(content: Any) -> str:
    content.seek(0)
    digest = hashlib.sha256()
    while piece := content.read(CHUNK):
        digest.update(piece)
    content.seek(0)
    return digest.hexdigest()


def hold(file: CloudFile, new: Content) -> None:
    """Point the row at the content: at the one the owner already has, where it is the same."""
    there = same_content(owner_id=file.owner_id, sha256=new.sha256, size_bytes=new.size_bytes)
    if there:
        drop_later(new.key)
    file.storage_key = there or new.key
    file.content_type, file.size_bytes, file.sha256 = new.content_type, new.size_bytes, new.sha256


def check_quota(owner_id: UUID, new: Content) -> None:
    """Asked after the row is written and before anybody sees it: what is then used must fit."""
    if used_bytes(owner_id) > settings.CLOUD_QUOTA_BYTES:
        raise over_quota(owner_id, new.size_bytes)


def refuse_heaps(owner_id: UUID, size: int) -> None:
    """What is deleted is kept for a while, so deleting makes room only so often: in all at most twice the quota is held."""
    if used_bytes(owner_id, with_deleted=True) + size <= 2 * settings.CLOUD_QUOTA_BYTES:
        return
    days = settings.CLOUD_KEEP_DELETED_DAYS
    sentence = f"There is no room yet: what you deleted is kept for {days} days and then makes room."
    raise TooLarge(sentence, code="quota_exceeded", details={"file": [sentence]})


def over_quota(owner_id: UUID, size: int) -> TooLarge:
    quota = settings.CLOUD_QUOTA_BYTES
    sentence = f"This file of {in_words(size)} does not fit: you may keep {in_words(quota)} in all."
    return TooLarge(sentence, code="quota_exceeded", details={"quota_bytes": quota, "file": [sentence]})


def keep_version(file: CloudFile) -> None:
    """The present content as a version, unless the newest version is just that."""
    newest = file.versions.order_by("-version").first()
    if newest is None or newest.key != file.key:
        add_version(file)


def add_version(file: CloudFile) -> FileVersion:
    version = FileVersion.objects.create(
        file=file,
        version=file.version,
        storage_key=file.key,
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )
    file.version += 1
    too_old = list(file.versions.order_by("-version")[settings.CLOUD_MOST_VERSIONS :])
    file.versions.filter(pk__in=[each.pk for each in too_old]).delete()
    let_go(each.key for each in too_old)
    return version


def let_go(keys: Iterable[str]) -> None:
    """Remove the contents that no row names any more, once that is certain. Call it after the rows changed."""
    for key in set(keys):
        if not is_held(key):
            drop_later(key)


def drop_later(key: str) -> None:
    # robust: that a content is still there is the sweep's business, not a failure of what was done.
    transaction.on_commit(functools.partial(drop, key), robust=True)


def drop(key: str) -> None:
    # Asked again, as a row may have come to name it after it was let go, such as a version that is restored.
    if not is_held(key):
        object_storage.remove(key)


def remember(file: CloudFile) -> None:
    know(
        id=file.pk,
        type=EntityType.MEDIA_ASSET,
        name=file.name,
        owner_id=file.owner_id,
        properties={"content_type": file.content_type, "size_bytes": file.size_bytes, "version": file.version},
        is_private=True,
    )


def changed(file: CloudFile, what: str) -> None:
    remember(file)
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=file.owner_id,
        target_id=file.pk,
        metadata={"action": what, "version": file.version},
        is_private=True,
    )
    publish(FileChanged(file_id=file.pk, owner_id=file.owner_id, name=file.name, what=what))


# --- what jobs do --------------------------------------------------------------------------------------------------


def files_to_remove() -> list[UUID]:
    due = now() - dt.timedelta(days=settings.CLOUD_KEEP_DELETED_DAYS)
    return list(
        CloudFile.objects.filter(deleted_at__lte=due).order_by("deleted_at").values_list("pk", flat=True)[:BATCH]
    )


@transaction.atomic
def remove_file(*, file_id: UUID) -> None:
    """Remove a deleted file for good, with its versions and the contents that only they had. Twice is once."""
    file = CloudFile.objects.filter(pk=file_id).exclude(deleted_at=None).first()
    if file is None:
        return
    lock_owner(file.owner_id)
    keys = [file.key, *file.versions.values_list("storage_key", flat=True)]
    file.delete()
    let_go(keys)


def sweep_contents() -> int:
    """Remove what lies in the store and no row names. Returns how many there were."""
    return remove_unnamed(held_among)


def sweep_incoming() -> int:
    """Remove halves of uploads that a killed process left. Returns how many there were."""
    removed = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < (now() - UNCLAIMED).timestamp():
                path.unlink()
                removed += 1
    return removed
