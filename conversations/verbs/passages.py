"""The passages of knowledge files: put in and taken out together with what the full-text search knows of them.

A text that is in two files of one account is one passage: of the file that had it first. Where that file loses it, the next
one that holds it gets it. To be called under the account's lock.
"""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection, models

from conversations.models import KnowledgeFile, Passage
from conversations.models.passage_words import JOIN_PIECES, SAY, UNSAY
from conversations.verbs.splitting import Piece, split

BATCH = 500
NEW_PAGE = "\f"
"""Between the pages of a kept text that has pages."""


def pages_of(file: KnowledgeFile) -> list[tuple[int | None, str]]:
    if file.file_type != KnowledgeFile.Type.PDF:
        return [(None, file.content)]
    return list(enumerate(file.content.split(NEW_PAGE), start=1))


def text_of(file: KnowledgeFile) -> str:
    """As people read it: pages one after another."""
    return file.content.replace(NEW_PAGE, "\n\n")


def replace_passages(file: KnowledgeFile, pieces: list[Piece]) -> None:
    """These instead of those it had; but those that another file of the account has stay that one's."""
    lost = _take_out(file.pk)
    _put_in(file, pieces)
    _hand_on(file.user_id, lost, but=file.pk)


def remove_passages(file: KnowledgeFile) -> None:
    _hand_on(file.user_id, _take_out(file.pk), but=file.pk)


def remove_all_passages(user_id: UUID) -> None:
    """Of somebody who leaves: nothing is handed on."""
    for key in KnowledgeFile.objects.filter(user=user_id).values_list("pk", flat=True):
        _take_out(key)


def forget_removed_passages() -> None:
    """The index keeps words of what was taken out until its pieces are joined. PostgreSQL keeps none beside the row."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(JOIN_PIECES)


def digest_of(text: str) -> str:
    """Of its words: another type of file breaks the same lines elsewhere."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def _take_out(file_id: UUID) -> set[str]:
    """The digests of what the file had."""
    rows = Passage.objects.filter(file=file_id)
    digests = set(rows.values_list("digest", flat=True))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(UNSAY, [file_id.hex])
    rows.delete()
    return digests


def _put_in(file: KnowledgeFile, pieces: list[Piece], *, only: set[str] | None = None) -> set[str]:
    """Keep those that the account has not yet, of `only` these digests. The digests of what was put in."""
    held = set(Passage.objects.filter(user=file.user_id).values_list("digest", flat=True))
    taken = set(file.passages.values_list("position", flat=True))
    new: dict[str, Passage] = {}
    for position, piece in enumerate(pieces):
        digest = digest_of(piece.text)
        if digest in held or digest in new or position in taken or (only is not None and digest not in only):
            continue
        new[digest] = Passage(
            file=file, user_id=file.user_id, position=position, page=piece.page, text=piece.text, digest=digest
        )
    _say(Passage.objects.bulk_create(new.values(), batch_size=BATCH))
    return set(new)


def _say(rows: Iterable[Any]) -> None:
    if connection.vendor != "sqlite":
        return
    keys = [row.pk for row in rows]
    with connection.cursor() as cursor:
        for start in range(0, len(keys), BATCH):
            some = keys[start : start + BATCH]
            cursor.execute(SAY.format(ids=", ".join(["%s"] * len(some))), some)


def _hand_on(user_id: UUID, lost: set[str], *, but: UUID) -> None:
    """Give what a file lost to the first of the others that holds it. Only those are read that lack passages of their own."""
    lost = lost - set(Passage.objects.filter(user=user_id, digest__in=lost).values_list("digest", flat=True))
    if not lost:
        return
    ready = KnowledgeFile.objects.filter(user=user_id, status=KnowledgeFile.Status.READY).exclude(pk=but)
    lacking = ready.annotate(own=models.Count("passages")).filter(own__lt=models.F("passage_count"))
    for file in lacking.order_by("created_at", "pk").iterator(chunk_size=1):
        lost -= _put_in(file, split(pages_of(file)), only=lost)
        if not lost:
            return
