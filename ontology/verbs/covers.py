"""Pictures that people give for a thing of theirs. An upload is never believed: it is drawn anew, its metadata left behind."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from config.errors import Invalid

MOST_COVER_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
SIDE = 1200
"""A cover is at most this wide and high."""


def draw_again(content: bytes) -> bytes:
    """The picture as WebP; Invalid, with details for `cover`, where it is none, too large or has too many pixels."""
    if len(content) > MOST_COVER_BYTES:
        raise Invalid("The picture is larger than 10 MB.", details={"cover": ["Must be at most 10 MB."]})
    try:
        opened = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF"))
        if opened.width * opened.height > MOST_PIXELS:
            raise Invalid("The picture has too many pixels.", details={"cover": ["Must have at most 40 megapixels."]})
        image = ImageOps.exif_transpose(opened).convert("RGB")
        image.thumbnail((SIDE, SIDE))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        sentence = "This is not a picture that can be read. Use JPEG, PNG, WebP or GIF."
        raise Invalid(sentence, details={"cover": [sentence]}) from None
    drawn = io.BytesIO()
    image.save(drawn, "WEBP", quality=82, method=4)
    return drawn.getvalue()
