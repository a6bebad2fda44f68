"""Papers of a piece of gear: invoices, manuals, photographs (veza.txt, "Gear / Inventory").

A content is put into the store first and named by a row after, so a crash leaves at most a content that no row names;
`sweep_gear_contents` removes those. What was uploaded is recognised by its bytes and only ever handed out to be saved.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound, TooLarge
from config.ids import lookup_id, new_id
from marketplace.models import GearDocument
from marketplace.queries.gear import used_bytes
from marketplace.verbs.gear import drop_content, locked_gear, own_gear, tell_gear
from ontology.gateways import object_storage
from ontology.verbs.contents import remove_unnamed
from ontology.verbs.uploads import Upload, check_upload, in_words

FOLDER = "gear"
TYPE = re.compile(r"[a-z][a-z_-]{0,11}")
"""The document leaves its list of types open; those of `GearDocument.Type` have names on the pages."""


def attach_document(*, gear_id: object, content: Any, name: str, type: str = "other", by: User) -> GearDocument:
    """Keep a file with an item. NotFound; Invalid `empty_file`; TooLarge `file_too_large` or `quota_exceeded`;
    Conflict `too_many_documents` above GEAR_MOST_DOCUMENTS of one item."""
    own_gear(gear_id, by)
    word = type.strip().lower() if isinstance(type, str) else ""
    if not TYPE.fullmatch(word):
        sentence = f"Must be a word of at most 12 letters, such as {', '.join(GearDocument.Type.values)}."
        raise Invalid(f"type: {sentence}", details={"type": [sentence]})
    with _arriving(content, name) as (key, upload), transaction.atomic():
        gear = locked_gear(gear_id, by)
        if gear.documents.count() >= settings.GEAR_MOST_DOCUMENTS:
            sentence = f"{settings.GEAR_MOST_DOCUMENTS} papers of one thing are the most."
            raise Conflict(sentence, code="too_many_documents")
        document = GearDocument.objects.create(
            gear=gear,
            type=word,
            name=upload.name,
            content=key,
            content_type=upload.content_type,
            size_bytes=upload.size_bytes,
        )
        if used_bytes(by) > settings.GEAR_QUOTA_BYTES:
            sentence = f"This file of {in_words(upload.size_bytes)} does not fit: you may keep {in_words(settings.GEAR_QUOTA_BYTES)} of papers in all."
            raise TooLarge(sentence, code="quota_exceeded", details={"file": [sentence]})
        tell_gear(gear, "document_attached")
    return document


@transaction.atomic
def remove_document(*, gear_id: object, document_id: object, by: User) -> None:
    """Gone from the list at once, and from the store when that is certain."""
    gear = locked_gear(gear_id, by)
    document = own_document(gear_id, document_id, by)
    drop_content(document.content.name or "")
    document.delete()
    tell_gear(gear, "document_removed")


def own_document(gear_id: object, document_id: object, by: User) -> GearDocument:
    """A paper of the caller's item; NotFound for any other."""
    document = GearDocument.objects.filter(gear=own_gear(gear_id, by), pk=lookup_id(document_id)).first()
    if document is None:
        raise NotFound("Document not found")
    return document


def where_it_lies(document: GearDocument, *, content_type: str) -> Path | str:
    """A path, or an address elsewhere that is signed and lives minutes; NotFound where the content is lost."""
    return object_storage.place_of(document.content.name or "", name=document.name, content_type=content_type)


@contextlib.contextmanager
def _arriving(content: Any, name: str) -> Iterator[tuple[str, Upload]]:
    """Check what is given and put it into the store; it is taken out again where no row came to name it."""
    upload = check_upload(kind="gear_document", name=name, content=content)
    key = f"{FOLDER}/{new_id().hex}"
    try:
        object_storage.put(key=key, content=content, content_type=upload.content_type)
        yield key, upload
    except BaseException:
        # Where the database cannot be asked now, the sweep asks later.
        with contextlib.suppress(Exception):
            if not GearDocument.objects.filter(content=key).exists():
                object_storage.remove(key)
        raise


def sweep_gear_contents() -> int:
    """Remove what lies in the store among gear's papers and no row names. Returns how many there were."""
    rows = GearDocument.objects.values_list("content", flat=True)
    return remove_unnamed(lambda keys: rows.filter(content__in=keys), folder=FOLDER)
