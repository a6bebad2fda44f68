"""veza.txt, "Cloud Storage": files, versions, restoring; every documented request and what may go wrong."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT, encode_multipart

from ontology.models import CloudFile, ConnectionType, Entity, Event, FileVersion
from ontology.queries.files import used_bytes
from ontology.verbs.files import upload_file
from tests.clients import Caller

pytestmark = pytest.mark.django_db

FILES = "/api/v1/cloud/files"
HTML = b"<!doctype html><script>alert(document.cookie)</script>"


def part(content=b"one", name="notes.txt", kind="text/plain"):
    return SimpleUploadedFile(name, content, content_type=kind)


def send(caller, content=b"one", filename="notes.txt", *, path=FILES, method="post", **fields):
    if method == "post":
        return caller.client.post(path, {"file": part(content, filename), **fields})
    body = encode_multipart("BoUnDaRyStRiNg", {"file": part(content, filename), **fields})
    return caller.client.put(path, body, content_type=MULTIPART_CONTENT)


def body_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def file(user):
    return upload_file(content=part(), name="notes.txt", by=user)


@pytest.fixture
def others(stranger):
    return Caller.signed_in_as(stranger)


class TestUpload:
    def test_keeps_a_file(self, caller, user):
        answer = send(caller, b"a,b\n1,2\n", "table.csv")
        file = CloudFile.objects.get()
        moment = file.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert (answer.status_code, answer.json()) == (
            201,
            {
                "success": True,
                "data": {
                    "id": str(file.pk),
                    "name": "table.csv",
                    "content_type": "text/csv",
                    "size_bytes": 8,
                    "sha256": hashlib.sha256(b"a,b\n1,2\n").hexdigest(),
                    "version": 1,
                    "download_url": f"{FILES}/{file.pk}/download",
                    "created_at": moment,
                    "updated_at": file.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                },
            },
        )

    def test_is_remembered_privately(self, caller, user):
        send(caller)
        entity = Entity.objects.get(type="media_asset")
        assert (entity.pk, entity.owner, entity.is_private) == (CloudFile.objects.get().pk, user, True)
        assert entity.incoming.get().relationship_type == ConnectionType.OWNS
        assert [(e.type, e.is_private) for e in Event.objects.filter(target=entity)] == [("content_uploaded", True)]

    def test_may_be_given_another_name(self, caller):
        answer = caller.client.post(FILES, {"file": part(), "name": "../../b\r\n.txt"})
        assert answer.json()["data"]["name"] == "b.txt"

    @pytest.mark.parametrize("body", [{}, {"file": "words"}, {"file": ""}, {"file": SimpleUploadedFile("a.txt", b"")}])
    def test_needs_a_file_that_is_not_empty(self, caller, body):
        answer = caller.client.post(FILES, body)
        assert (answer.status_code, answer.json()["success"]) == (400, False)
        assert CloudFile.objects.count() == 0

    def test_says_that_one_is_empty(self, caller):
        answer = caller.client.post(FILES, {"file": SimpleUploadedFile("a.txt", b"")})
        assert answer.json() == {
            "success": False,
            "error": "The file is empty.",
            "code": "empty_file",
            "details": {"file": ["The file is empty."]},
        }

    def test_json_is_no_upload(self, caller):
        assert caller.post(FILES, {"file": "x"}).status_code == 400

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"nonsense",
            b"--BoUnDaRyStRiNg\r\n",
            b'--BoUnDaRyStRiNg\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of i',
            b'--BoUnDaRyStRiNg\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--BoUnDaRyStRiNg--\r\n',
        ],
    )
    def test_a_broken_body_is_refused_whole(self, caller, body, stored):
        answer = caller.client.post(FILES, body, content_type="multipart/form-data; boundary=BoUnDaRyStRiNg")
        assert (answer.status_code, answer.json()["success"]) == (400, False)
        assert (CloudFile.objects.count(), stored()) == (0, [])

    @pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain"])
    def test_a_type_without_a_boundary_is_refused(self, caller, kind):
        assert caller.client.post(FILES, b"x", content_type=kind).status_code in (400, 415)

    def test_one_too_large_is_refused_and_leaves_nothing(self, caller, settings, stored):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "cloud_file": 10}
        answer = send(caller, b"x" * 11)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert answer.json()["error"] == "The file is larger than 10 bytes."
        assert stored() == []

    def test_one_over_the_quota_is_refused_and_leaves_nothing(self, caller, settings, stored):
        settings.CLOUD_QUOTA_BYTES = 10
        assert send(caller, b"x" * 6).status_code == 201
        answer = send(caller, b"y" * 5)
        assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
        assert answer.json()["error"] == "This file of 5 bytes does not fit: you may keep 10 bytes in all."
        assert (CloudFile.objects.count(), len(stored())) == (1, 1)
        assert send(caller, b"z" * 4).status_code == 201
        assert send(caller, b"z").status_code == 413

    def test_one_file_too_many(self, caller, settings, stored):
        settings.CLOUD_MOST_FILES = 1
        send(caller)
        answer = send(caller, b"two")
        assert (answer.status_code, answer.json()["code"], len(stored())) == (409, "too_many_files", 1)

    def test_needs_a_sign_in(self, anonymous):
        assert send(anonymous).status_code == 401


class TestNames:
    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("../../../etc/passwd", "passwd"),
            ("..\\..\\windows\\win.ini", "win.ini"),
            ("<img src=x onerror=alert(1)>.svg", "<img src=x onerror=alert(1)>.svg"),
            ("Zoë 🎵.mp3", "Zoë 🎵.mp3"),
            ("a\u202etxt.exe", "atxt.exe"),
            ("n" * 300 + ".txt", None),
        ],
    )
    def test_are_data(self, caller, name, kept, stored):
        answer = send(caller, filename=name)
        assert answer.status_code == 201
        told = answer.json()["data"]["name"]
        assert told == kept if kept else len(told) == 255
        assert all(len(key) == 38 and ".." not in key for key in stored())

    def test_a_download_carries_them_safely(self, caller, user):
        name = 'quo"te; filename=evil.html é.html'
        file = upload_file(content=part(HTML), name=name, by=user)
        answer = caller.get(f"{FILES}/{file.pk}/download")
        assert answer["Content-Disposition"] == (
            "attachment; filename*=utf-8''quo%22te%3B%20filename%3Devil.html%20%C3%A9.html"
        )


class TestDownload:
    @pytest.mark.parametrize(
        ("content", "name", "kind", "told"),
        [
            (HTML, "page.html", "text/html", "application/octet-stream"),
            (b"<svg onload='alert(1)'/>", "a.png", "image/svg+xml", "application/octet-stream"),
            (b"alert(1)", "a.js", "text/javascript", "application/octet-stream"),
            (b"MZ\0\0", "a.pdf", "application/x-msdownload", "application/octet-stream"),
            (b"%PDF-1.7", "a.pdf", "application/pdf", "application/pdf"),
            (b"words", "a.txt", "text/plain", "text/plain"),
        ],
    )
    def test_acts_in_no_browser(self, caller, user, content, name, kind, told):
        file = upload_file(content=part(content), name=name, by=user)
        answer = caller.get(f"{FILES}/{file.pk}/download")
        assert (file.content_type, answer.status_code, body_of(answer)) == (kind, 200, content)
        assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (told, "nosniff")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert "private" in answer["Cache-Control"]

    def test_serves_ranges(self, caller, user):
        file = upload_file(content=part(b"0123456789"), name="a.txt", by=user)
        answer = caller.client.get(f"{FILES}/{file.pk}/download", headers={"range": "bytes=2-4"})
        assert (answer.status_code, answer.content, answer["Content-Range"]) == (206, b"234", "bytes 2-4/10")

    def test_a_content_that_is_gone_is_told(self, caller, file):
        file.storage_key.storage.delete(file.storage_key.name)
        answer = caller.get(f"{FILES}/{file.pk}/download")
        assert (answer.status_code, answer.json()["code"]) == (404, "content_missing")


class TestList:
    def test_newest_first_with_the_quota(self, caller, user, settings):
        settings.CLOUD_QUOTA_BYTES = 100
        for name in ("a.txt", "b.txt", "c.txt"):
            upload_file(content=part(name.encode()), name=name, by=user)
        data = caller.get(FILES, limit=2).json()["data"]
        assert [row["name"] for row in data["files"]] == ["c.txt", "b.txt"]
        assert (data["has_more"], data["used_bytes"], data["quota_bytes"], data["free_bytes"]) == (True, 15, 100, 85)
        rest = caller.get(FILES, limit=2, cursor=data["next_cursor"]).json()["data"]
        assert ([row["name"] for row in rest["files"]], rest["has_more"]) == (["a.txt"], False)

    def test_is_searched(self, caller, user):
        for name in ("Song one.mp3", "notes.txt"):
            upload_file(content=part(name.encode()), name=name, by=user)
        data = caller.get(FILES, search="song").json()["data"]
        assert [row["name"] for row in data["files"]] == ["Song one.mp3"]
        assert caller.get(FILES, search="%_").json()["data"]["files"] == []

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}])
    def test_refuses_a_wrong_window(self, caller, query):
        assert caller.get(FILES, **query).status_code == 400

    def test_takes_as_many_queries_however_long(self, caller, user, file, django_assert_num_queries):
        caller.get(FILES)
        with django_assert_num_queries(3):
            caller.get(FILES)
        for name in ("b", "c"):
            upload_file(content=part(name.encode()), name=name, by=user)
        with django_assert_num_queries(3):
            assert len(caller.get(FILES).json()["data"]["files"]) == 3


class TestReplace:
    def test_keeps_the_old_content_as_a_version(self, caller, file):
        answer = send(caller, b"second", "other.bin", path=f"{FILES}/{file.pk}", method="put")
        data = answer.json()["data"]
        assert (answer.status_code, data["name"], data["size_bytes"], data["version"]) == (200, "notes.txt", 6, 2)
        assert [(v.version, v.size_bytes) for v in FileVersion.objects.all()] == [(1, 3)]
        assert body_of(caller.get(f"{FILES}/{file.pk}/download")) == b"second"

    def test_the_same_content_is_no_change(self, caller, file, stored, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            answer = send(caller, b"one", path=f"{FILES}/{file.pk}", method="put")
        assert (answer.json()["data"]["version"], FileVersion.objects.count(), len(stored())) == (1, 0, 1)

    def test_renames(self, caller, file):
        assert caller.put(f"{FILES}/{file.pk}", {"name": "x/new.txt"}).json()["data"]["name"] == "new.txt"
        answer = send(caller, b"2", path=f"{FILES}/{file.pk}", method="put", name="third.txt")
        assert answer.json()["data"]["name"] == "third.txt"
        assert Entity.objects.get(pk=file.pk).name == "third.txt"

    def test_needs_something(self, caller, file):
        assert caller.put(f"{FILES}/{file.pk}", {}).status_code == 400

    def test_counts_against_the_quota(self, caller, file, settings, stored):
        settings.CLOUD_QUOTA_BYTES = 5
        answer = send(caller, b"abc", path=f"{FILES}/{file.pk}", method="put")
        assert (answer.status_code, answer.json()["code"], len(stored())) == (413, "quota_exceeded", 1)
        file.refresh_from_db()
        assert (file.version, file.versions.count()) == (1, 0)


class TestVersions:
    def test_as_documented(self, caller, file):
        caller.post(f"{FILES}/{file.pk}/versions")
        answer = caller.post(f"{FILES}/{file.pk}/versions")
        newest = FileVersion.objects.first()
        spelt = {
            "id": str(newest.pk),
            "file_id": str(file.pk),
            "version": 2,
            "storage_key": file.storage_key.name,
            "size_bytes": 3,
            "created_at": newest.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        assert (answer.status_code, answer.json()) == (201, {"success": True, "data": spelt})
        listed = caller.get(f"{FILES}/{file.pk}/versions").json()["data"]["versions"]
        assert ([row["version"] for row in listed], listed[0]) == ([2, 1], spelt)

    def test_restores(self, caller, file):
        send(caller, b"second", path=f"{FILES}/{file.pk}", method="put")
        answer = caller.post(f"{FILES}/{file.pk}/restore/1")
        assert (answer.status_code, answer.json()["data"]["version"]) == (200, 3)
        assert body_of(caller.get(f"{FILES}/{file.pk}/download")) == b"one"
        listed = caller.get(f"{FILES}/{file.pk}/versions").json()["data"]["versions"]
        assert [(row["version"], row["size_bytes"]) for row in listed] == [(2, 6), (1, 3)]
        caller.post(f"{FILES}/{file.pk}/restore/2")
        assert body_of(caller.get(f"{FILES}/{file.pk}/download")) == b"second"

    @pytest.mark.parametrize("version", ["9", "0", "-1", "x", "1.0", "99999999999999999999", "\u0663"])
    def test_what_never_was_cannot_come_back(self, caller, file, version):
        caller.post(f"{FILES}/{file.pk}/versions")
        assert caller.post(f"{FILES}/{file.pk}/restore/{version}").status_code == 404

    def test_only_so_many_are_kept(self, caller, file, settings, stored, django_capture_on_commit_callbacks):
        settings.CLOUD_MOST_VERSIONS = 2
        with django_capture_on_commit_callbacks(execute=True):
            for content in (b"two", b"three", b"four"):
                send(caller, content, path=f"{FILES}/{file.pk}", method="put")
        assert [v.version for v in FileVersion.objects.all()] == [3, 2]
        assert len(stored()) == 3


class TestDelete:
    def test_is_gone_from_every_read(self, caller, file, user):
        answer = caller.delete(f"{FILES}/{file.pk}")
        assert (answer.status_code, answer.json()["data"]) == (200, {"message": "File deleted"})
        assert caller.get(FILES).json()["data"]["files"] == []
        for path in ("", "/download", "/versions", "/shares"):
            assert caller.get(f"{FILES}/{file.pk}{path}").status_code == 404
        assert caller.get("/entities/get", id=str(file.pk)).json() is None
        assert used_bytes(user.pk) == 0
        assert caller.delete(f"{FILES}/{file.pk}").status_code == 404


ASKED = [
    ("get", ""), ("put", ""), ("delete", ""), ("get", "/download"), ("get", "/versions"), ("post", "/versions"),
    ("post", "/restore/1"), ("post", "/share"), ("get", "/shares"), ("delete", "/shares/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ASKED)
class TestWhoMay:
    def test_nobody_without_a_sign_in(self, anonymous, file, method, path):
        assert getattr(anonymous, method)(f"{FILES}/{file.pk}{path}").status_code == 401

    def test_not_another(self, others, file, method, path):
        body = {"name": "x"} if method == "put" else {}
        args = () if method == "get" else (body,)
        assert getattr(others, method)(f"{FILES}/{file.pk}{path}", *args).status_code == 404

    @pytest.mark.parametrize("file_id", ["0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "nonsense"])
    def test_not_what_never_was(self, caller, file_id, method, path):
        body = {"name": "x"} if method == "put" else {}
        args = () if method == "get" else (body,)
        assert getattr(caller, method)(f"{FILES}/{file_id}{path}", *args).status_code == 404
