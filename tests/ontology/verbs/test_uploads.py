"""What is recognised, what is refused, what a name becomes: one table behind every upload."""

import io
import zipfile

import pytest

from config.errors import Invalid, TooLarge
from ontology.verbs.uploads import KINDS, Upload, check_upload, clean_name, in_words, judge
from tests.factories.sounds import m4a

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
MP3_FRAME = b"\xff\xfb\x90\x64" + b"\0" * 100


def zipped(**members):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/"), text)
    return written.getvalue()


class TestCheckUpload:
    @pytest.mark.parametrize(
        ("content", "name", "found"),
        [
            (PNG, "a.png", "image/png"),
            (PNG, "a.mp3", "image/png"),
            (b"\xff\xd8\xff\xe0" + b"\0" * 20, "photo.exe", "image/jpeg"),
            (b"GIF89a<script>alert(1)</script>", "a.html", "image/gif"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "a", "audio/wav"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "a", "image/webp"),
            (b"ID3\x04\0\0" + b"\0" * 20, "a", "audio/mpeg"),
            (MP3_FRAME, "a", "audio/mpeg"),
            (b"\xff\xf1\x50\x80" + b"\0" * 9, "a.aac", "application/octet-stream"),
            (b"\xff\xfeh\0i\0", "a.txt", "text/plain"),
            (b"OggS\0\x02" + b"\0" * 20, "a.ogg", "audio/ogg"),
            (b"fLaC\0\0\0\x22", "a", "audio/flac"),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", "a", "audio/mp4"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "a.m4a", "video/mp4"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "a.mp4", "video/mp4"),
            (m4a(brand=b"isom"), "a.mp4", "audio/mp4"),
            (m4a(brand=b"qt  "), "a.mov", "audio/mp4"),
            (m4a(tracks=(b"vide",)), "a.m4a", "video/mp4"),
            (m4a(brand=b"isom", tracks=(b"soun", b"vide")), "a.m4a", "video/mp4"),
            (m4a(brand=b"qt  ", tracks=(b"soun", b"vide")), "a.m4a", "video/quicktime"),
            (b"%PDF-1.7\n", "a.txt", "application/pdf"),
            (b"MZ\x90\0\x03\0\0\0", "setup.txt", "application/x-msdownload"),
            (b"MZ is two letters", "a.txt", "text/plain"),
            (b"BM is two letters", "a.txt", "text/plain"),
            (b"\x7fELF\x02\x01\x01", "a", "application/x-executable"),
            (b"#!/bin/sh\nrm -rf /", "a.txt", "application/x-sh"),
            (b"<!doctype html><title>x", "notes.txt", "text/html"),
            (b"hello <ScRiPt>alert(1)</script>", "notes.txt", "text/html"),
            (b"\xef\xbb\xbf  <html>", "a", "text/html"),
            ("<script>alert(1)</script>".encode("utf-16"), "a.txt", "text/html"),
            (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "a.png", "image/svg+xml"),
            (b'<?xml version="1.0"?><svg><script>x</script></svg>', "a", "image/svg+xml"),
            (b'<?xml version="1.0"?><a/>', "a", "application/xml"),
            (b"a,b\n1,2\n", "a.csv", "text/csv"),
            (b"plain words", "a.svg", "image/svg+xml"),
            ("Zoë ✓".encode() * 900, "a.txt", "text/plain"),
            (b"\x80\x81\x82\x83\x84\x85\x86\x87", "a.txt", "application/octet-stream"),
            (zipped(a="x"), "a.zip", "application/zip"),
            (
                zipped(**{"word__document.xml": "x"}),
                "a.zip",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (zipped(mimetype="application/epub+zip"), "a", "application/epub+zip"),
            (zipped(mimetype="text/html"), "a", "application/zip"),
            (b"PK\x03\x04 and nothing behind it", "a.docx", "application/zip"),
        ],
    )
    def test_recognises_a_file_by_its_bytes(self, content, name, found):
        assert check_upload(kind="cloud_file", name=name, content=content).content_type == found

    def test_says_what_passed(self):
        content = io.BytesIO(PNG)
        content.seek(9)
        assert check_upload(kind="cover", name="../my\tcover.mp3", content=content) == Upload(
            name="mycover.mp3", content_type="image/png", ending="png", size_bytes=48
        )
        assert content.tell() == 0

    @pytest.mark.parametrize("kind", ["track", "cover", "avatar"])
    @pytest.mark.parametrize("content", [b"<svg onload='x'/>", b"%PDF-1.7", b"\0" * 50, b"words"])
    def test_refuses_what_the_kind_does_not_take(self, kind, content):
        with pytest.raises(Invalid) as refusal:
            check_upload(kind=kind, name="a.mp3", content=content, field="it")
        sentence = f"This is not a {KINDS[kind].thing} that can be used here. Use {KINDS[kind].words}."
        assert (refusal.value.code, refusal.value.details) == ("unsupported_type", {"it": [sentence]})

    def test_refuses_an_empty_file(self):
        with pytest.raises(Invalid) as refusal:
            check_upload(kind="cloud_file", name="a", content=b"")
        assert refusal.value.code == "empty_file"

    def test_holds_the_limit_to_the_byte(self, settings):
        settings.UPLOAD_BYTES = {"cloud_file": 2 * 1024 * 1024}
        assert check_upload(kind="cloud_file", name="a", content=b"x" * 2097152).size_bytes == 2097152
        with pytest.raises(TooLarge) as refusal:
            check_upload(kind="cloud_file", name="a", content=b"x" * 2097153)
        assert (refusal.value.message, refusal.value.code) == ("The file is larger than 2 MB.", "file_too_large")

    def test_a_bomb_of_members_is_only_counted(self):
        assert check_upload(
            kind="cloud_file", name="a.zip", content=zipped(**{f"m{i}": "" for i in range(3000)})
        ).content_type == ("application/zip")


class TestCleanName:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("song.mp3", "song.mp3"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/abs/olute.txt", "olute.txt"),
            ("a\0b\r\nSet-Cookie: x\x7f.txt", "abSet-Cookie: x.txt"),
            ("photo\u202egpj.exe", "photogpj.exe"),
            ("\ud800half.txt", "half.txt"),
            ("  two   words .txt ", "two words .txt"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            ("\u2028\u200e", "file"),
            ("folder/", "file"),
            (".env", ".env"),
            ("<img src=x onerror=alert(1)>.html", "<img src=x onerror=alert(1)>.html"),
            ("e\u0301.txt", "\u00e9.txt"),
            ("\U0001f468\u200d\U0001f469\u200d\U0001f467.png", "\U0001f468\u200d\U0001f469\u200d\U0001f467.png"),
            ("x" * 400 + ".mp3", "x" * 251 + ".mp3"),
            ("x" * 400, "x" * 255),
            ("a." + "x" * 400, "a." + "x" * 253),
        ],
    )
    def test_a_name_is_data(self, given, kept):
        assert clean_name(given) == kept


class TestJudge:
    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ({"kind": "track", "content_type": "audio/mpeg", "name": "a.mp3"}, ""),
            ({"kind": "track", "content_type": "Audio/MP3; x=1"}, ""),
            ({"kind": "cloud_file", "content_type": "text/html", "name": "a.exe"}, ""),
            ({"kind": "track", "content_type": "audio/mpeg", "name": "x.txt"}, ""),
            ({"kind": "track", "name": "a.m4b"}, ""),
            (
                {"kind": "track", "content_type": "video/mp4"},
                "video/mp4 is not taken here. Use MP3, Ogg, FLAC, WAV or M4A.",
            ),
            (
                {"kind": "cover", "name": "a.svg"},
                "A name like this is not a picture's. Use JPEG, PNG, WebP or GIF.",
            ),
            ({"kind": "avatar", "size": 6 * 1024 * 1024}, "The picture is larger than 5 MB."),
            ({"kind": "avatar", "size": 0}, "The file is empty."),
        ],
    )
    def test_says_why_not(self, asked, why):
        assert judge(**asked) == why


def test_sizes_in_words():
    assert [in_words(n) for n in (1, 1023, 1024, 1536, 10 * 1024**2, 1024**3)] == [
        "1 byte", "1023 bytes", "1 KB", "1.5 KB", "10 MB", "1 GB",
    ]  # fmt: skip
