"""A product's files: its cover, its piece to listen to, and what buyers get.

An upload is never believed: pictures are drawn anew, sounds and files are recognised by their bytes. What buyers get is
put into the store first and named by a row after, so a crash leaves at most a content that no row names;
`sweep_product_contents` removes those.
"""

import contextlib
import functools
import hashlib
import io
import wave
from collections.abc import Iterator
from typing import Any, Unpack
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Max, Sum

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound, TooLarge
from config.ids import lookup_id, new_id
from marketplace.facts import ProductChanged
from marketplace.models import License, Product, ProductFile
from marketplace.verbs.products import ProductFields, create_product, editable_product, tell_product, update_product
from ontology.changes import publish
from ontology.gateways import object_storage
from ontology.models import EventType
from ontology.verbs.contents import remove_unnamed
from ontology.verbs.covers import draw_again
from ontology.verbs.files import lock_owner, sha256_of
from ontology.verbs.uploads import check_upload, in_words

FOLDER = "sold"
DOWNLOADS_OF_A_FILE = 50
"""How often one licence may fetch each file; staff can allow more."""
MOST_PREVIEW_BYTES = 20 * 1024 * 1024
SOUNDS = ((b"ID3", 0, "mp3"), (b"OggS", 0, "ogg"), (b"fLaC", 0, "flac"), (b"WAVE", 8, "wav"), (b"ftyp", 4, "m4a"))


def set_cover(*, product_id: UUID | str, content: bytes, by: User) -> Product:
    """Put a picture on the product; Invalid where it is none, too large or too many pixels. Metadata is left behind."""
    drawn = draw_again(content)
    with transaction.atomic():
        product = editable_product(product_id, by)
        _replace(product, "cover", drawn, "webp")
    return product


def set_preview(*, product_id: UUID | str, content: bytes, by: User) -> Product:
    """Put a sound on the product: MP3, Ogg, FLAC, WAV or M4A."""
    ending = sound_ending(content)
    with transaction.atomic():
        product = editable_product(product_id, by)
        product.preview_seconds = _seconds(content) if ending == "wav" else None
        _replace(product, "preview", content, ending, "preview_seconds")
    return product


def save_product(
    *,
    product_id: UUID | str | None = None,
    cover: bytes | None = None,
    preview: bytes | None = None,
    by: User,
    **given: Unpack[ProductFields],
) -> Product:
    """A whole form at once: a new product, or changes to one, with its files; all of it or nothing."""
    drawn = draw_again(cover) if cover else None
    ending = sound_ending(preview) if preview else ""
    with transaction.atomic():
        if product_id is None:
            product = create_product(by=by, **given)
        else:
            product = update_product(product_id=product_id, by=by, **given)
        if drawn:
            _replace(product, "cover", drawn, "webp")
        if preview:
            product.preview_seconds = _seconds(preview) if ending == "wav" else None
            _replace(product, "preview", preview, ending, "preview_seconds")
    return product


def sound_ending(content: bytes) -> str:
    if len(content) > MOST_PREVIEW_BYTES:
        raise Invalid("The sound is larger than 20 MB.", details={"preview": ["Must be at most 20 MB."]})
    for mark, at, ending in SOUNDS:
        if content[at : at + len(mark)] == mark:
            return ending
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        return "mp3"
    sentence = "This is not a sound that can be played. Use MP3, Ogg, FLAC, WAV or M4A."
    raise Invalid(sentence, details={"preview": [sentence]})


def _seconds(content: bytes) -> int | None:
    try:
        with wave.open(io.BytesIO(content)) as sound:
            return round(sound.getnframes() / (sound.getframerate() or 1))
    except (wave.Error, EOFError):
        return None


def _replace(product: Product, field: str, content: bytes, ending: str, *more: str) -> None:
    """Keep the new file under a name that its content gives, so that it may be cached for ever; drop the old one after."""
    file = getattr(product, field)
    old, storage = file.name, file.storage
    name = f"{product.pk}-{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
    if old == f"products/{name}":
        return
    file.save(name, ContentFile(content), save=False)
    product.save(update_fields=[field, "updated_at", *more])
    publish(ProductChanged(product_id=product.pk, seller_id=product.seller_id, what="updated"))
    if old:
        transaction.on_commit(functools.partial(storage.delete, old))


# --- what buyers get -----------------------------------------------------------------------------------------------


def add_file(*, product_id: UUID | str, content: Any, name: str, by: User) -> ProductFile:
    """Add a file that buyers get, earlier ones too. `content` is an upload or a binary stream.

    NotFound; Invalid `empty_file`; TooLarge `file_too_large` or `quota_exceeded`; Conflict `too_many_files` or
    `not_digital`. Where it fails nothing is left in the store.
    """
    with _arriving(content, name) as file, transaction.atomic():
        product = editable_product(product_id, by)
        if product.kind != Product.Kind.DIGITAL:
            raise Conflict("Only a digital product has files for its buyers.", code="not_digital")
        if product.files.count() >= settings.PRODUCT_MOST_FILES:
            raise Conflict(f"{settings.PRODUCT_MOST_FILES} files of one product are the most.", code="too_many_files")
        lock_owner(product.seller_id)
        file.product = product
        file.position = (product.files.aggregate(last=Max("position"))["last"] or 0) + 1
        file.save(force_insert=True)
        _check_quota(product.seller_id, file)
        License.objects.filter(product=product).update(max_downloads=F("max_downloads") + DOWNLOADS_OF_A_FILE)
        tell_product(product, "updated", EventType.CONTENT_CHANGED)
    return file


@transaction.atomic
def remove_file(*, product_id: UUID | str, file_id: UUID | str, by: User) -> ProductFile:
    """Take a file away. Conflict `in_use` for the last one of a product that people have: they keep what they bought."""
    product = editable_product(product_id, by)
    file = product.files.filter(pk=lookup_id(file_id)).first()
    if file is None:
        raise NotFound("File not found")
    is_last = not product.track_id and product.files.count() == 1
    if is_last and License.objects.active().filter(product=product).exists():
        raise Conflict("People have this product. Add its new file first, then remove this one.", code="in_use")
    drop_content(str(file.content.name))
    key = file.pk
    file.delete()
    file.pk = key
    tell_product(product, "updated", EventType.CONTENT_CHANGED)
    return file


@transaction.atomic
def drop_unsold_files(*, user_id: UUID) -> None:
    """When a seller leaves: what nobody bought or was given goes with them."""
    theirs = ProductFile.objects.filter(product__seller=user_id)
    for file in theirs.exclude(product__in=License.objects.values("product")):
        drop_content(str(file.content.name))
        file.delete()


def drop_content(key: str) -> None:
    # robust: that a content is still there is the sweep's business, not a failure of what was done.
    transaction.on_commit(functools.partial(object_storage.remove, key), robust=True)


def _check_quota(seller_id: UUID, file: ProductFile) -> None:
    """Asked after the row is written and before anybody sees it: what is then used must fit."""
    used = ProductFile.objects.filter(product__seller=seller_id).aggregate(all=Sum("size_bytes"))["all"]
    if used > settings.PRODUCT_QUOTA_BYTES:
        quota = in_words(settings.PRODUCT_QUOTA_BYTES)
        sentence = f"This file of {in_words(file.size_bytes)} does not fit: all that you sell may take {quota}."
        raise TooLarge(sentence, code="quota_exceeded", details={"file": [sentence]})


@contextlib.contextmanager
def _arriving(content: Any, name: str) -> Iterator[ProductFile]:
    """Check what is given and put it into the store; it is taken out again where no row came to name it."""
    upload = check_upload(kind="cloud_file", name=name, content=content)
    digest, key = sha256_of(content), f"{FOLDER}/{new_id().hex}"
    try:
        object_storage.put(key=key, content=content, content_type=upload.content_type)
        yield ProductFile(
            name=upload.name,
            content=key,
            content_type=upload.content_type,
            size_bytes=upload.size_bytes,
            sha256=digest,
        )
    except BaseException:
        # Where the database cannot be asked now, the sweep asks later.
        with contextlib.suppress(Exception):
            if not ProductFile.objects.filter(content=key).exists():
                object_storage.remove(key)
        raise


def sweep_product_contents() -> int:
    """Remove what lies in the store among sold files and no row names. Returns how many there were."""
    rows = ProductFile.objects.values_list("content", flat=True)
    return remove_unnamed(lambda keys: rows.filter(content__in=keys), folder=FOLDER)
