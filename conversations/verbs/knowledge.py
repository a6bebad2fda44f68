"""What people teach their assistant: documents, whose text a job takes out (dana.txt, "Knowledge Management"; messaging-design.md §8).

A content is put into the store first and named by a row after, so a crash leaves at most a content that no row names;
`sweep_knowledge_contents` removes those. Whatever changes an account's files or passages holds that account's lock: so two
uploads at once cannot both take the last place that the tier allows, and passages that two files share stay one.
"""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from config.errors import Invalid, NotFound
from config.ids import lookup_id
from conversations.facts import KnowledgeFileChanged
from conversations.models import KnowledgeFile, Notification
from conversations.models.knowledge import FOLDER
from conversations.queries.knowledge import count_files
from conversations.verbs.passages import remove_all_passages, remove_passages
from marketplace.verbs.limits import require_room_for_knowledge_file
from ontology.changes import publish
from ontology.gateways import object_storage
from ontology.models import ConnectionType, EntityType, EventType
from ontology.verbs.contents import remove_unnamed
from ontology.verbs.files import lock_owner, sha256_of
from ontology.verbs.memory import forget, know, link, log
from ontology.verbs.signatures import OFFICE, UNKNOWN, recognise
from ontology.verbs.uploads import clean_name, in_words

Type = KnowledgeFile.Type
WORDS = {Type.PDF: "a PDF", Type.DOCX: "a Word document (.docx)", Type.TXT: "a plain text"}
MEDIA = {Type.PDF: "application/pdf", Type.DOCX: OFFICE["word/"], Type.TXT: "text/plain"}
TEXTS = (
    "text/",
    "application/json",
    "application/xml",
    "application/xhtml+xml",
    "application/x-sh",
    "application/x-bat",
    "image/svg+xml",
)
HEAD_BYTES = 4096


def add_knowledge_file(*, upload: Any, file_type: str, by: User) -> KnowledgeFile:
    """Keep an uploaded file, whose text is taken out soon. `file_type`: pdf, docx or txt, which it must also be by its bytes.

    Invalid for one that is empty, larger than UPLOAD_BYTES["knowledge_file"] or of another type; Forbidden `limit_reached`
    where the tier allows no further one.
    """
    kind = check(upload, file_type)
    require_room_for_knowledge_file(by, count_files(by))  # so that nothing is stored in vain; the lock below decides
    file = KnowledgeFile(
        user=by,
        file_name=clean_name(upload.name or ""),
        file_size=upload.size,
        file_type=kind,
        sha256=sha256_of(upload),
    )
    with arriving(file, upload), transaction.atomic():
        lock_owner(by.pk)
        require_room_for_knowledge_file(by, count_files(by))
        file.save(force_insert=True)
        remember(file)
        link(from_id=by.pk, to_id=file.pk, type=ConnectionType.OWNS, is_private=True)
        log(type=EventType.CONTENT_UPLOADED, actor_id=by.pk, target_id=file.pk, is_private=True)
        tell(file, "uploaded")
    return file


@transaction.atomic
def remove_knowledge_file(*, file_id: object, by: User) -> None:
    """Gone at once: the file, its text and its passages. What another file of theirs says too is still found there."""
    lock_owner(by.pk)
    file = own_file(file_id, by)
    remove_passages(file)
    Notification.objects.filter(user=by.pk, url=place_of(file.pk)).delete()
    forget(id=file.pk)
    about = {"what": "knowledge_removed"}
    log(type=EventType.CONTENT_CHANGED, actor_id=by.pk, target_id=file.pk, metadata=about, is_private=True)
    tell(file, "removed")
    drop_later(file.file.name or "")
    file.delete()


def own_file(file_id: object, by: Any) -> KnowledgeFile:
    """The caller's file; NotFound for any other."""
    file = KnowledgeFile.objects.visible_to(by).filter(pk=lookup_id(file_id)).first()
    if file is None:
        raise NotFound("File not found")
    return file


def place_of(file_id: UUID) -> str:
    """Its page."""
    return f"/inbox/knowledge/{file_id}/"


# --- their parts ---------------------------------------------------------------------------------------------------


def check(upload: Any, file_type: str) -> Type:
    most = settings.UPLOAD_BYTES["knowledge_file"]
    if file_type not in Type.values:
        raise wrong("file_type", "Must be pdf, docx or txt.")
    if not upload.size:
        raise wrong("file", "The file is empty.")
    if upload.size > most:
        raise wrong("file", f"The file is larger than {in_words(most)}.")
    kind = Type(file_type)
    if not is_of(kind, upload):
        raise wrong("file", f"This is not {WORDS[kind]}.")
    return kind


def wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, details={field: [sentence]})


def is_of(kind: Type, content: Any) -> bool:
    """By its bytes. Whether a text of another encoding can be read, its reader finds out; here it must only look like one."""
    found = recognise(content)
    if kind is not Type.TXT:
        return found == MEDIA[kind]
    if found != UNKNOWN:
        return found.startswith(TEXTS)
    head = content.read(HEAD_BYTES)
    content.seek(0)
    return not any(byte < 9 or 13 < byte < 32 for byte in head if byte != 27)


def type_of(content: Any) -> Type:
    """What an upload is by its bytes, for a page that does not ask; Invalid where it is nothing that can be read."""
    kind = next((kind for kind in Type if is_of(kind, content)), None)
    if kind is None:
        raise wrong("file", "This is neither a PDF nor a Word document (.docx) nor plain text.")
    return kind


@contextlib.contextmanager
def arriving(file: KnowledgeFile, upload: Any) -> Iterator[None]:
    """Put the content into the store under our name; it is taken out again where no row came to name it."""
    key = file.file.field.generate_filename(file, file.file_name)
    try:
        object_storage.put(key=key, content=upload, content_type=MEDIA[Type(file.file_type)])
        file.file = key
        yield
    except BaseException:
        # Where the database cannot be asked now, the sweep asks later.
        with contextlib.suppress(Exception):
            drop(key)
        raise


def drop_later(key: str) -> None:
    # robust: that a content is still there is the sweep's business, not a failure of what was done.
    transaction.on_commit(lambda: drop(key), robust=True)


def drop(key: str) -> None:
    if key and not KnowledgeFile.objects.filter(file=key).exists():
        object_storage.remove(key)


def remember(file: KnowledgeFile) -> None:
    """Never what it says: the graph knows that there is a file and what became of it."""
    about = {"file_type": file.file_type, "file_size": file.file_size, "status": file.status}
    know(
        id=file.pk,
        type=EntityType.KNOWLEDGE_ITEM,
        name=file.file_name,
        owner_id=file.user_id,
        properties={**about, "reason": file.reason, "passages": file.passage_count},
        is_private=True,
    )


def tell(file: KnowledgeFile, what: str) -> None:
    fact = KnowledgeFileChanged(
        file_id=file.pk, user_id=file.user_id, what=what, name=file.file_name, reason=file.reason
    )
    publish(fact)


# --- what jobs and departures do -----------------------------------------------------------------------------------


def leave_nothing_known(*, user_id: UUID) -> None:
    """Of somebody who leaves: out of the full text. The rows and contents go with the rest (conversations/personal_data.py)."""
    remove_all_passages(user_id)


def sweep_knowledge_contents() -> int:
    """Remove what lies in the store among knowledge files and no row names. Returns how many there were."""
    rows = KnowledgeFile.objects.values_list("file", flat=True)
    return remove_unnamed(lambda keys: rows.filter(file__in=keys), folder=FOLDER)
