"""Pictures of people: drawn anew, square, small, without what the camera wrote; bombs and nonsense are refused in words."""

import io
import struct
import zlib

import pytest
from django.conf import settings
from PIL import Image

from accounts.verbs.avatars import remove_avatar, set_avatar
from config.errors import Invalid

pytestmark = pytest.mark.django_db


def picture(size=(640, 480), mode="RGB", form="JPEG", **options):
    file = io.BytesIO()
    Image.new(mode, size, (200, 80, 40, 90)[: len(mode)]).save(file, form, **options)
    return file.getvalue()


def bomb(width, height):
    """A PNG of some dozen bytes that says it is as large as this."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def kept(user):
    return Image.open(settings.MEDIA_ROOT / user.image.name)


class TestSetAvatar:
    def test_leaves_out_what_the_camera_wrote(self, user):
        exif = Image.Exif()
        exif[0x010E] = "51.5007 N, 0.1246 W"
        set_avatar(user=user, content=picture((640, 640), exif=exif))
        with kept(user) as image:
            assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (512, 512), {})
        assert b"51.5007" not in (settings.MEDIA_ROOT / user.image.name).read_bytes()

    def test_turns_it_as_the_camera_was_held(self, user):
        upright = Image.new("RGB", (400, 400), (255, 255, 255))
        upright.paste((0, 0, 0), (0, 0, 400, 200))
        exif = Image.Exif()
        exif[0x0112] = 3  # upside down
        file = io.BytesIO()
        upright.save(file, "JPEG", exif=exif)
        set_avatar(user=user, content=file.getvalue())
        with kept(user) as image:
            assert image.convert("L").getpixel((200, 390)) < 20

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    def test_takes_the_four_kinds(self, user, form):
        set_avatar(user=user, content=picture((30, 90), form=form))
        with kept(user) as image:
            assert (image.format, image.size) == ("WEBP", (30, 30))

    def test_keeps_what_can_be_seen_through(self, user):
        set_avatar(user=user, content=picture(mode="RGBA", form="PNG"))
        with kept(user) as image:
            assert image.mode == "RGBA"

    def test_removes_the_file_before_it(self, user, django_capture_on_commit_callbacks):
        set_avatar(user=user, content=picture())
        old = settings.MEDIA_ROOT / user.image.name
        with django_capture_on_commit_callbacks(execute=True):
            set_avatar(user=user, content=picture((300, 300), "RGBA", "PNG"))
        assert (old.exists(), (settings.MEDIA_ROOT / user.image.name).exists()) == (False, True)

    def test_keeps_the_file_where_it_is_the_same(self, user, django_capture_on_commit_callbacks):
        set_avatar(user=user, content=picture())
        name = user.image.name
        with django_capture_on_commit_callbacks(execute=True):
            set_avatar(user=user, content=picture())
        assert user.image.name == name
        assert (settings.MEDIA_ROOT / name).exists()

    @pytest.mark.parametrize("size", [(7000, 7000), (40_000, 40_000)])
    def test_refuses_a_bomb_before_it_is_unpacked(self, user, size):
        with pytest.raises(Invalid, match="at most 40 megapixels"):
            set_avatar(user=user, content=bomb(*size))

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.7",
            picture()[:200],
            bomb(20, 20),
            picture(form="BMP"),
            b"GIF89a" + b"\xff" * 40,
        ],
        ids=["nothing", "svg", "pdf", "cut", "no data", "bmp", "noise"],
    )
    def test_refuses_what_is_no_picture(self, user, content):
        with pytest.raises(Invalid, match="not a picture that can be read"):
            set_avatar(user=user, content=content)
        user.refresh_from_db()
        assert user.image == ""

    def test_refuses_a_large_file(self, user):
        with pytest.raises(Invalid, match="larger than 5 MB"):
            set_avatar(user=user, content=b"\x89PNG" + bytes(5 * 1024 * 1024))


class TestRemoveAvatar:
    def test_takes_the_file_along(self, user, django_capture_on_commit_callbacks):
        set_avatar(user=user, content=picture())
        old = settings.MEDIA_ROOT / user.image.name
        with django_capture_on_commit_callbacks(execute=True):
            remove_avatar(user=user)
            remove_avatar(user=user)
        assert (user.avatar_url, old.exists()) == ("", False)
