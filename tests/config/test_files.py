"""Serving stored files: whole, in ranges, unchanged, and never from outside the public folders."""

import asyncio
import os

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound():
    folder = settings.MEDIA_ROOT / "previews"
    folder.mkdir(exist_ok=True)
    path = folder / "a.mp3"
    path.write_bytes(bytes(range(100)))
    yield "/media/previews/a.mp3"
    path.unlink()


async def joined(answer):
    return b"".join([piece async for piece in answer.streaming_content])


class TestMedia:
    def test_gives_the_whole(self, sound):
        answer = Client().get(sound)
        assert (answer.status_code, answer.content) == (200, bytes(range(100)))
        assert answer["Content-Type"] == "audio/mpeg"
        assert answer["Accept-Ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("asked", "status", "content", "told"),
        [
            ("bytes=0-9", 206, bytes(range(10)), "bytes 0-9/100"),
            ("bytes=90-", 206, bytes(range(90, 100)), "bytes 90-99/100"),
            ("bytes=-5", 206, bytes(range(95, 100)), "bytes 95-99/100"),
            ("bytes=0-999", 206, bytes(range(100)), "bytes 0-99/100"),
            ("bytes=100-", 416, b"", "bytes */100"),
            ("bytes=9-3", 416, b"", "bytes */100"),
        ],
    )
    def test_gives_ranges(self, sound, asked, status, content, told):
        answer = Client().get(sound, headers={"Range": asked})
        assert (answer.status_code, answer.content, answer["Content-Range"]) == (status, content, told)

    @pytest.mark.parametrize(
        ("asked", "first"), [("bytes=0-", 0), ("bytes=200000-", 200_000), ("bytes=-2000000", 500_000)]
    )
    def test_gives_the_whole_of_a_long_range(self, sound, asked, first):
        """As `curl -C -` and `wget -c` need it: they take what comes for the end of the file."""
        content = os.urandom(2_500_000)
        (settings.MEDIA_ROOT / "previews" / "a.mp3").write_bytes(content)
        answer = Client().get(sound, headers={"Range": asked})
        assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {first}-2499999/2500000")
        assert (int(answer["Content-Length"]), asyncio.run(joined(answer))) == (2_500_000 - first, content[first:])

    @pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=1-2,4-5", "bytes=x-"])
    def test_takes_a_strange_range_for_none(self, sound, asked):
        assert Client().get(sound, headers={"Range": asked}).status_code == 200

    def test_says_what_has_not_changed(self, sound):
        etag = Client().get(sound)["ETag"]
        assert Client().get(sound, headers={"If-None-Match": etag}).status_code == 304
        assert Client().get(sound, headers={"If-None-Match": '"other"'}).status_code == 200

    @pytest.mark.parametrize(
        "path",
        [
            "../keys/secret_key",
            "previews/../../keys/secret_key",
            "private/x.mp3",
            "previews/",
            "previews/none.mp3",
            "",
            "%00",
            "covers/a%00.webp",
            "covers/" + "x" * 300,
        ],
    )
    def test_reaches_nothing_else(self, path):
        assert Client().get(f"/media/{path}").status_code == 404

    def test_offers_what_a_browser_could_run_as_a_download(self):
        path = settings.MEDIA_ROOT / "covers" / "x.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text("<svg onload='alert(1)'/>")
        answer = Client().get("/media/covers/x.svg")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]
