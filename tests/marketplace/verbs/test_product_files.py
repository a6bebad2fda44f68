import hashlib
import io
import wave
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils.timezone import now
from PIL import Image

from config.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from marketplace.models import License, Product, ProductFile
from marketplace.verbs.product_files import add_file, remove_file, set_cover, set_preview, sweep_product_contents
from marketplace.verbs.products import remove_product
from ontology.gateways import object_storage
from ontology.models import Event
from ontology.verbs.files import sweep_contents
from tests.factories.marketplace import ProductFactory, paid_order

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


def content(text=b"all the stems"):
    return io.BytesIO(text)


class TestAddFile:
    def test_keeps_it_under_a_name_of_ours(self, product, user, stored):
        file = add_file(product_id=product.pk, content=content(b"%PDF-1.7 notes"), name="../../b\r\n.exe", by=user)
        file.refresh_from_db()
        assert (file.name, file.content_type, file.size_bytes, file.position) == ("b.exe", "application/pdf", 14, 1)
        assert (stored(), file.sha256) == ([file.content.name], hashlib.sha256(b"%PDF-1.7 notes").hexdigest())
        assert file.content.name.startswith("sold/")
        assert Event.objects.filter(target=product.pk, type="content_changed").exists()

    def test_follows_the_others_and_raises_what_licences_allow(self, product, user):
        licence = paid_order(product=product).lines.get().licenses.get()
        files = [add_file(product_id=product.pk, content=content(), name=name, by=user) for name in ("a", "b")]
        assert [file.position for file in files] == [1, 2]
        licence.refresh_from_db()
        assert licence.max_downloads == 150
        assert paid_order(product=product).lines.get().licenses.get().max_downloads == 100

    @pytest.mark.parametrize(
        ("given", "limits", "kind", "code"),
        [
            (b"", {}, Invalid, "empty_file"),
            (b"x" * 11, {"UPLOAD_BYTES": {"cloud_file": 10}}, TooLarge, "file_too_large"),
            (b"x", {"PRODUCT_MOST_FILES": 0}, Conflict, "too_many_files"),
            (b"x" * 11, {"PRODUCT_QUOTA_BYTES": 10}, TooLarge, "quota_exceeded"),
        ],
    )
    def test_refuses_and_leaves_nothing(self, product, user, settings, stored, given, limits, kind, code):
        for name, value in limits.items():
            setattr(settings, name, value)
        with pytest.raises(kind) as refused:
            add_file(product_id=product.pk, content=content(given), name="a", by=user)
        assert (refused.value.code, stored(), ProductFile.objects.count()) == (code, [], 0)

    def test_is_for_the_seller_and_for_digital_things(self, product, user, stranger, stored):
        with pytest.raises(NotFound):
            add_file(product_id=product.pk, content=content(), name="a", by=stranger)
        mug = ProductFactory(by=user, kind="physical")
        with pytest.raises(Conflict):
            add_file(product_id=mug.pk, content=content(), name="a", by=user)
        assert stored() == []

    def test_says_that_the_store_is_away(self, product, user, monkeypatch):
        def fail(*_, **__):
            raise OSError

        monkeypatch.setattr(object_storage.cloud_files().__class__, "_save", fail)
        with pytest.raises(Unavailable):
            add_file(product_id=product.pk, content=content(), name="a", by=user)
        assert not ProductFile.objects.exists()


class TestRemoveFile:
    def test_takes_row_and_content_away(self, product, user, stored, django_capture_on_commit_callbacks):
        file = add_file(product_id=product.pk, content=content(), name="a", by=user)
        with django_capture_on_commit_callbacks(execute=True):
            remove_file(product_id=product.pk, file_id=file.pk, by=user)
        assert (ProductFile.objects.count(), stored()) == (0, [])

    def test_leaves_buyers_one(self, product, user):
        old = add_file(product_id=product.pk, content=content(), name="old", by=user)
        paid_order(product=product)
        with pytest.raises(Conflict) as refused:
            remove_file(product_id=product.pk, file_id=old.pk, by=user)
        assert refused.value.code == "in_use"
        add_file(product_id=product.pk, content=content(), name="new", by=user)
        remove_file(product_id=product.pk, file_id=old.pk, by=user)
        assert ProductFile.objects.get().name == "new"

    def test_is_for_the_seller_of_that_product(self, product, user, stranger):
        file = add_file(product_id=product.pk, content=content(), name="a", by=user)
        for words in ({"by": stranger}, {"product_id": ProductFactory(by=user).pk}, {"file_id": "nonsense"}):
            with pytest.raises(NotFound):
                remove_file(**{"product_id": product.pk, "file_id": file.pk, "by": user} | words)


class TestContents:
    def test_go_with_a_product_that_nobody_has(self, product, user, stored, django_capture_on_commit_callbacks):
        add_file(product_id=product.pk, content=content(), name="a", by=user)
        with django_capture_on_commit_callbacks(execute=True):
            remove_product(product_id=product.pk, by=user)
        assert (Product.objects.count(), License.objects.count(), stored()) == (0, 0, [])

    def test_without_a_row_are_swept_after_a_day(self, product, user, stored):
        file = add_file(product_id=product.pk, content=content(), name="a", by=user)
        object_storage.put(key="sold/lost", content=content(), content_type="text/plain")
        assert (sweep_product_contents(), len(stored())) == (0, 2)
        with time_machine.travel(now() + timedelta(days=2)):
            # Nor does the sweep of cloud files take what is sold.
            assert (sweep_contents(), sweep_product_contents(), stored()) == (0, 1, [file.content.name])

    def test_are_taken_out_where_the_row_is_undone(self, product, user, stored):
        def fail():
            with transaction.atomic():
                add_file(product_id="nonsense", content=content(), name="a", by=user)

        with pytest.raises(NotFound):
            fail()
        assert stored() == []
