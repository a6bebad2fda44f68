"""A product's cover and its piece to listen to. An upload is never believed: pictures are drawn anew, sounds are recognised."""

import functools
import hashlib
import io
import wave
from typing import Unpack
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import User
from config.errors import Invalid
from marketplace.facts import ProductChanged
from marketplace.models import Product
from marketplace.verbs.products import ProductFields, create_product, editable_product, update_product
from ontology.changes import publish
from ontology.verbs.covers import draw_again

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
