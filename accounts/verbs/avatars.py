"""A person's picture. What is uploaded is never believed: it is drawn anew, square and small, and leaves its metadata behind."""

import functools
import hashlib
import io
import struct
import zlib

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import User
from config.errors import Invalid
from ontology.verbs.uploads import MOST_PIXELS

MOST_BYTES = 5 * 1024 * 1024
SIDE = 512
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
UNREADABLE = "This is not a picture that can be read. Use JPEG, PNG, WebP or GIF."
TOO_MANY = "The picture has too many pixels. It may have at most 40 megapixels."


def set_avatar(*, user: User, content: bytes) -> User:
    """Make `content` the account's picture; Invalid where it is none, larger than 5 MB or than 40 megapixels."""
    drawn = _draw_again(content)
    # Named by what it shows, so that it may be cached for ever and an old address never shows a new face.
    name = f"{user.pk}-{hashlib.sha256(drawn).hexdigest()[:16]}.webp"
    if user.image.name == f"avatars/{name}":
        return user
    with transaction.atomic():
        _let_go(user)
        user.image.save(name, ContentFile(drawn), save=False)
        user.save(update_fields=["image", "updated_at"])
    return user


def remove_avatar(*, user: User) -> User:
    """Back to initials. A no-op where there is no picture."""
    if user.image:
        with transaction.atomic():
            _let_go(user)
            user.image = ""
            user.save(update_fields=["image", "updated_at"])
    return user


def _let_go(user: User) -> None:
    """The old file goes once the row no longer names it."""
    if name := user.image.name:
        transaction.on_commit(functools.partial(user.image.storage.delete, name))


def _draw_again(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise _refusal("The picture is larger than 5 MB.")
    try:
        opened = Image.open(io.BytesIO(content), formats=FORMATS)
        if opened.width * opened.height > MOST_PIXELS:
            raise _refusal(TOO_MANY)
        # A JPEG is decoded no larger than it has to be.
        opened.draft("RGB", (SIDE, SIDE))
        image = ImageOps.exif_transpose(opened)
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        side = min(SIDE, *image.size)
        image = ImageOps.fit(image, (side, side))
        # Metadata lives here; nothing of it is written again.
        image.info = {}
        drawn = io.BytesIO()
        image.save(drawn, "WEBP", quality=84, method=4)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refusal(TOO_MANY) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error):
        raise _refusal(UNREADABLE) from None
    return drawn.getvalue()


def _refusal(sentence: str) -> Invalid:
    return Invalid(sentence, details={"picture": [sentence]})
