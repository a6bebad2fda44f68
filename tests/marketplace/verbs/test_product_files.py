import io
import wave

import pytest
from PIL import Image

from config.errors import Invalid, NotFound, TooLarge
from marketplace.verbs.product_files import set_cover, set_preview
from tests.factories.marketplace import ProductFactory

pytestmark = pytest.mark.django_db


def picture(size=(1600, 900), kind="PNG"):
    drawn = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, "teal").save(drawn, kind)
    return drawn.getvalue()


def sound(seconds=2):
    recorded = io.BytesIO()
    with wave.open(recorded, "wb") as out:
        out.setparams((1, 1, 8000, 0, "NONE", ""))
        out.writeframes(bytes(8000 * seconds))
    return recorded.getvalue()


@pytest.fixture
def product(user):
    return ProductFactory(by=user)


class TestSetCover:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
    def test_draws_the_picture_anew(self, product, user, kind):
        set_cover(product_id=product.pk, content=picture(kind=kind), by=user)
        product.refresh_from_db()
        with product.cover.open() as kept:
            image = Image.open(kept)
            assert (image.format, image.size) == ("WEBP", (1200, 675))
        product.cover.delete()

    def test_drops_the_old_picture(self, product, user, django_capture_on_commit_callbacks):
        set_cover(product_id=product.pk, content=picture(), by=user)
        product.refresh_from_db()
        old = product.cover.name
        with django_capture_on_commit_callbacks(execute=True):
            set_cover(product_id=product.pk, content=picture((64, 64)), by=user)
        product.refresh_from_db()
        assert product.cover.name != old
        assert not product.cover.storage.exists(old)
        product.cover.delete()

    @pytest.mark.parametrize(
        "content",
        [b"", b"<svg onload=alert(1)>", picture()[:200], b"x" * (10 * 1024 * 1024 + 1), picture((9000, 5000))],
    )
    def test_refuses_what_is_no_picture(self, product, user, content):
        with pytest.raises((Invalid, TooLarge)) as refused:
            set_cover(product_id=product.pk, content=content, by=user)
        assert list(refused.value.details) == ["cover"]

    def test_is_for_the_seller(self, product, stranger):
        with pytest.raises(NotFound):
            set_cover(product_id=product.pk, content=picture(), by=stranger)


class TestSetPreview:
    def test_keeps_a_sound_and_its_length(self, product, user):
        set_preview(product_id=product.pk, content=sound(), by=user)
        product.refresh_from_db()
        assert (product.preview.name[-4:], product.preview_seconds) == (".wav", 2)
        product.preview.delete()

    @pytest.mark.parametrize("content", [b"", b"MZ", b"<html>", b"RIFF0000AVI "])
    def test_refuses_what_is_no_sound(self, product, user, content):
        with pytest.raises(Invalid) as refused:
            set_preview(product_id=product.pk, content=content, by=user)
        assert list(refused.value.details) == ["preview"]
