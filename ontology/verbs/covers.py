"""Pictures that people give for a thing of theirs. An upload is never believed: it is drawn anew, its metadata left behind."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from config.errors import Invalid
from ontology.verbs.uploads import MOST_PIXELS, check_upload

SIDE = 1200
"""A cover is at most this wide and high."""


def draw_again(content: bytes) -> bytes:
    """The picture as WebP. TooLarge `file_too_large`; Invalid where it is none or has too many pixels; details for `cover`."""
    check_upload(kind="cover", name="", content=content, field="cover")
    try:
        opened = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF"))
        if opened.width * opened.height > MOST_PIXELS:
            raise Invalid(
                "The picture has too many pixels.",
                details={"cover": [f"Must have at most {MOST_PIXELS // 10**6} megapixels."]},
            )
        image = ImageOps.exif_transpose(opened).convert("RGB")
        image.thumbnail((SIDE, SIDE))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        sentence = "This is not a picture that can be read. Use JPEG, PNG, WebP or GIF."
        raise Invalid(sentence, details={"cover": [sentence]}) from None
    drawn = io.BytesIO()
    image.save(drawn, "WEBP", quality=82, method=4)
    return drawn.getvalue()
