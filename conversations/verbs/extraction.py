"""Taking the text out of a knowledge file: a job's work, where the row is the truth of it. Source: messaging-design.md §8.

Safe to start twice or at once: `claim` lets one in, for as long as its lease lasts. A worker that dies leaves a lease that
ends, and the sweep hands the file to another; after MOST_ATTEMPTS it has failed. No transaction is open while it is read.
"""

import datetime as dt
import logging
import tempfile
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from config.connections import let_go
from config.errors import Unavailable
from config.ids import lookup_id
from conversations.gateways.documents import Document, Unreadable, take_out
from conversations.models import KnowledgeFile
from conversations.verbs.knowledge import remember, tell
from conversations.verbs.passages import NEW_PAGE, pages_of, replace_passages
from conversations.verbs.splitting import split
from ontology.gateways import object_storage
from ontology.models import EventType
from ontology.verbs.files import lock_owner
from ontology.verbs.memory import log

logger = logging.getLogger(__name__)

Status = KnowledgeFile.Status
LEASE = dt.timedelta(minutes=2)
AGAIN = dt.timedelta(minutes=1)
"""After how long it is tried again where the store did not answer. That is no try: the file is not to blame."""
MOST_ATTEMPTS = 3
PATIENCE = dt.timedelta(minutes=1)
"""How long an upload's own job has before the sweep asks for another."""
BATCH = 200
GAVE_UP, LOST = "gave_up", "lost"


def extract(*, file_id: object) -> None:
    """Take the text out of a file that waits for it, and cut it into passages; twice is once."""
    file = claim(lookup_id(file_id))
    if file is None:
        return
    let_go()
    try:
        document = read(file)
    except Unreadable as error:
        fail(file, error.reason)
    except Unavailable:
        logger.warning("The store did not answer while a knowledge file was to be read; it is tried again")
        mine(file).update(lease_until=now() + AGAIN, attempts=F("attempts") - 1)
    else:
        keep(file, document)


def claim(file_id: UUID) -> KnowledgeFile | None:
    """The file, for this worker alone until the lease ends; None where there is nothing to do or somebody does it."""
    due = KnowledgeFile.objects.due(now()).filter(pk=file_id, attempts__lt=MOST_ATTEMPTS)
    if not due.update(lease_until=now() + LEASE, attempts=F("attempts") + 1):
        return None
    return KnowledgeFile.objects.defer("content").filter(pk=file_id).first()


def read(file: KnowledgeFile) -> Document:
    with tempfile.TemporaryFile() as content:
        if not object_storage.fetch(key=file.file.name or "", to=content):
            raise Unreadable(LOST)
        content.seek(0)
        return take_out(content, kind=file.file_type)


def keep(file: KnowledgeFile, document: Document) -> None:
    file.content, file.page_count = NEW_PAGE.join(document.pages), document.page_count
    pieces = split(pages_of(file))  # before the lock, as a long text takes a while
    file.passage_count = len(pieces)
    with transaction.atomic():
        if still_mine(file):
            replace_passages(file, pieces)
            end(file, Status.READY)


def fail(file: KnowledgeFile, reason: str) -> None:
    with transaction.atomic():
        if still_mine(file):
            file.reason = reason
            end(file, Status.FAILED)


def end(file: KnowledgeFile, status: str) -> None:
    file.status, file.lease_until = status, None
    file.save(
        update_fields=["status", "reason", "content", "page_count", "passage_count", "lease_until", "updated_at"]
        if status == Status.READY
        else ["status", "reason", "lease_until", "updated_at"]
    )
    remember(file)
    about = {"what": f"knowledge_{status}"}
    log(type=EventType.CONTENT_CHANGED, actor_id=file.user_id, target_id=file.pk, metadata=about, is_private=True)
    tell(file, status)


def still_mine(file: KnowledgeFile) -> bool:
    """Asked under the account's lock: it may have been removed meanwhile, or be another worker's."""
    lock_owner(file.user_id)
    return mine(file).exists()


def mine(file: KnowledgeFile):  # type: ignore[no-untyped-def]  # a QuerySet of the model's own class
    return KnowledgeFile.objects.filter(pk=file.pk, status=Status.WAITING, attempts=file.attempts)


def files_to_extract() -> list[UUID]:
    """Those that wait and that nobody reads. One that was tried too often has failed."""
    due = KnowledgeFile.objects.due(now())
    for file in due.filter(attempts__gte=MOST_ATTEMPTS).defer("content")[:BATCH]:
        fail(file, GAVE_UP)
    left = due.filter(attempts__lt=MOST_ATTEMPTS, created_at__lt=now() - PATIENCE).order_by("created_at")
    return list(left.values_list("pk", flat=True)[:BATCH])
