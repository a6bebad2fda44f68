"""A cover is held to the table of uploads and drawn anew."""

import io

import pytest
from PIL import Image

from config.errors import Invalid, TooLarge
from ontology.verbs.covers import SIDE, draw_again


def picture(size=(40, 30), form="PNG"):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


class TestDrawAgain:
    def test_makes_it_webp_no_larger_than_shown(self):
        drawn = Image.open(io.BytesIO(draw_again(picture((2400, 1200)))))
        assert (drawn.format, drawn.size) == ("WEBP", (SIDE, SIDE // 2))

    def test_holds_the_tables_limit_to_the_byte(self, settings):
        content = picture()
        settings.UPLOAD_BYTES = {"cover": len(content)}
        draw_again(content)
        with pytest.raises(TooLarge) as refusal:
            draw_again(content + b"x")
        sentence = f"The picture is larger than {len(content)} bytes."
        assert (refusal.value.code, refusal.value.details) == ("file_too_large", {"cover": [sentence]})

    @pytest.mark.parametrize("content", [b"", b"words", b"%PDF-1.7", picture(form="BMP")])
    def test_refuses_what_the_table_does_not_take(self, content):
        with pytest.raises(Invalid) as refusal:
            draw_again(content)
        assert refusal.value.code in ("empty_file", "unsupported_type")

    def test_refuses_what_only_begins_as_one(self):
        with pytest.raises(Invalid, match="can be read"):
            draw_again(picture()[:40])

    def test_refuses_too_many_pixels(self):
        with pytest.raises(Invalid) as refusal:
            draw_again(picture((8000, 5001)))
        assert refusal.value.details == {"cover": ["Must have at most 40 megapixels."]}
