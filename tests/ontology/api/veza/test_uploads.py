"""veza.txt, "GET /upload/limits, GET /upload/validate-type": what is told is what is enforced."""

import io

import pytest

from config.errors import Invalid, TooLarge
from ontology.verbs.uploads import KINDS, check_upload

pytestmark = pytest.mark.django_db

LIMITS, VALIDATE = "/api/v1/upload/limits", "/api/v1/upload/validate-type"


class TestLimits:
    def test_are_told_to_anybody(self, anonymous):
        answer = anonymous.get(LIMITS)
        pictures = (["image/jpeg", "image/png", "image/webp", "image/gif"], ["jpg", "jpeg", "png", "webp", "gif"])
        assert answer.json() == {
            "success": True,
            "data": {
                "limits": {
                    "track": {
                        "max_size_bytes": 209715200,
                        "allowed_types": ["audio/mpeg", "audio/ogg", "audio/flac", "audio/wav", "audio/mp4"],
                        "allowed_extensions": ["mp3", "ogg", "oga", "opus", "flac", "wav", "m4a", "m4b"],
                        "max_duration_seconds": 14400,
                        "max_tracks": 2000,
                        "max_tags": 10,
                        "max_tag_length": 64,
                    },
                    "cover": {
                        "max_size_bytes": 10485760, "allowed_types": pictures[0], "allowed_extensions": pictures[1],
                        "max_pixels": 40000000,
                    },
                    "avatar": {
                        "max_size_bytes": 5242880, "allowed_types": pictures[0], "allowed_extensions": pictures[1],
                        "max_pixels": 40000000,
                    },
                    "cloud_file": {"max_size_bytes": 536870912, "allowed_types": None, "allowed_extensions": None},
                    "gear_document": {"max_size_bytes": 26214400, "allowed_types": None, "allowed_extensions": None},
                },
                "max_request_bytes": 537919488,
                "max_name_length": 255,
                "cloud_quota_bytes": 1073741824,
                "cloud_max_files": 10000,
                "cloud_max_versions": 100,
            },
        }  # fmt: skip

    @pytest.mark.parametrize("kind", KINDS)
    def test_are_what_is_enforced(self, anonymous, kind, settings):
        settings.UPLOAD_BYTES = dict.fromkeys(KINDS, 1000)
        told = anonymous.get(LIMITS).json()["data"]["limits"][kind]
        starts = {"image/png": b"\x89PNG\r\n\x1a\n", "audio/flac": b"fLaC", "text/plain": b"words"}
        for found, start in starts.items():
            content = start + b"x" * (told["max_size_bytes"] - len(start))
            if told["allowed_types"] is None or found in told["allowed_types"]:
                assert check_upload(kind=kind, name="a", content=io.BytesIO(content)).content_type == found
            else:
                with pytest.raises(Invalid):
                    check_upload(kind=kind, name="a", content=io.BytesIO(content))
            with pytest.raises(TooLarge):
                check_upload(kind=kind, name="a", content=io.BytesIO(content + b"x"))


class TestValidateType:
    @pytest.mark.parametrize(
        ("asked", "valid", "reason"),
        [
            ({"type": "audio/mpeg", "name": "a.mp3", "kind": "track"}, True, None),
            ({"type": "audio", "name": "a.mp3"}, True, None),
            ({"type": "audio/mp3", "kind": "audio"}, True, None),
            (
                {"type": "text/html", "kind": "track"},
                False,
                "text/html is not taken here. Use MP3, Ogg, FLAC, WAV or M4A.",
            ),
            (
                {"type": "image", "name": "a.svg"},
                False,
                "A name like this is not a picture's. Use JPEG, PNG, WebP or GIF.",
            ),
            ({"type": "cover", "name": "a.jpg", "size": 10485761}, False, "The picture is larger than 10 MB."),
            (
                {"type": "text/html", "name": "evil.html"},
                False,
                "text/html is not taken here. Use MP3, Ogg, FLAC, WAV or M4A.",
            ),
            ({"type": "text/html", "kind": "file"}, True, None),
            ({"type": "audio/mpeg", "name": "x.txt", "kind": "track"}, True, None),
            ({"kind": "track"}, True, None),
            ({"kind": "cover", "size": 10**12}, False, "The picture is larger than 10 MB."),
        ],
    )
    def test_tells_anybody(self, anonymous, asked, valid, reason):
        data = anonymous.get(VALIDATE, **asked).json()["data"]
        assert (data["valid"], data["reason"]) == (valid, reason)

    def test_names_what_it_would_do_for(self, anonymous):
        data = anonymous.get(VALIDATE, type="image/png", name="a.png").json()["data"]
        assert {row["kind"]: row["valid"] for row in data["kinds"]} == {
            "track": False, "cover": True, "avatar": True, "cloud_file": True,
            "gear_document": True,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"size": "5"},
            {"kind": "x"},
            {"kind": "track", "size": "x"},
            {"kind": "track", "size": "-1"},
            {"kind": "track", "size": str(2**53 + 1)},
            {"type": "x" * 201},
            {"type": "a\0"},
        ],
    )
    def test_refuses_what_it_does_not_know(self, anonymous, wrong):
        assert anonymous.get(VALIDATE, **wrong).status_code == 400
