"""veza.txt, "POST /cloud/files/:id/share", "GET /cloud/shared/:token": links that open one file, until they do not."""

import datetime as dt
import hashlib
import io

import pytest
import time_machine

from ontology.models import ShareLink
from ontology.verbs.files import upload_file
from ontology.verbs.shares import share_file
from tests.clients import Caller

pytestmark = pytest.mark.django_db

SHARED = "/api/v1/cloud/shared"
MOMENT = dt.datetime(2026, 2, 25, 12, tzinfo=dt.UTC)


@pytest.fixture
def file(user):
    return upload_file(content=io.BytesIO(b"0123456789"), name="song notes.txt", by=user)


@pytest.fixture
def path(file):
    return f"/api/v1/cloud/files/{file.pk}"


@pytest.fixture
def token(file, user):
    return share_file(file_id=file.pk, by=user)[1]


class TestShare:
    @time_machine.travel(MOMENT, tick=False)
    def test_as_documented(self, file, user):
        caller = Caller.signed_in_as(user)
        answer = caller.post(f"/api/v1/cloud/files/{file.pk}/share", {"permissions": "read", "expires_in_hours": 24})
        link = ShareLink.objects.get()
        token = answer.json()["data"]["token"]
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "data": {
                    "id": str(link.pk),
                    "share_url": f"http://localhost:8000/api/v1/cloud/shared/{token}",
                    "page_url": f"http://localhost:8000/shared/{token}/",
                    "token": token,
                    "permissions": "read",
                    "expires_at": "2026-02-26T12:00:00.000Z",
                },
            },
        )
        assert (len(token), link.token_hash) == (43, hashlib.sha256(token.encode()).hexdigest())

    @time_machine.travel(MOMENT, tick=False)
    @pytest.mark.parametrize(
        ("body", "until"),
        [
            ({}, "2026-03-04T12:00:00.000Z"),
            ({"expires_in_hours": None}, None),
            ({"expires_in_hours": 1}, "2026-02-25T13:00:00.000Z"),
        ],
    )
    def test_lives_a_week_unless_told(self, file, user, body, until):
        answer = Caller.signed_in_as(user).post(f"/api/v1/cloud/files/{file.pk}/share", body)
        assert answer.json()["data"]["expires_at"] == until

    @pytest.mark.parametrize(
        "body",
        [
            {"permissions": "write"}, {"permissions": 1}, {"expires_in_hours": 0}, {"expires_in_hours": -1},
            {"expires_in_hours": 8761}, {"expires_in_hours": "24"}, {"expires_in_hours": 1.5}, {"expires_in_hours": True},
            {"expires_in_hours": 10**30}, [],
        ],
    )  # fmt: skip
    def test_refuses_what_it_does_not_know(self, caller, path, body):
        assert caller.post(f"{path}/share", body).status_code == 400
        assert ShareLink.objects.count() == 0

    def test_only_so_many_at_once(self, caller, path, monkeypatch):
        monkeypatch.setattr("ontology.verbs.shares.MOST_LINKS", 1)
        assert caller.post(f"{path}/share").status_code == 200
        answer = caller.post(f"{path}/share")
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_links")


class TestShared:
    def test_tells_anybody_what_it_is(self, anonymous, file, token):
        link = ShareLink.objects.get()
        assert anonymous.get(f"{SHARED}/{token}").json() == {
            "success": True,
            "data": {
                "name": "song notes.txt",
                "content_type": "text/plain",
                "size_bytes": 10,
                "shared_by": "Ada Lovelace",
                "permissions": "read",
                "updated_at": file.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "expires_at": link.expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "download_url": f"http://localhost:8000{SHARED}/{token}/download",
            },
        }

    def test_names_nobodys_address(self, anonymous, file, user, token):
        user.name = user.username = ""
        user.username = None
        user.save()
        assert "ada@example.com" not in anonymous.get(f"{SHARED}/{token}").content.decode()

    def test_follows_the_file(self, anonymous, caller, path, token):
        caller.put(path, {"name": "new.txt"})
        assert anonymous.get(f"{SHARED}/{token}").json()["data"]["name"] == "new.txt"

    def test_one_that_only_shows(self, anonymous, file, user):
        _, token = share_file(file_id=file.pk, permissions="view", by=user)
        assert anonymous.get(f"{SHARED}/{token}").json()["data"]["download_url"] is None
        answer = anonymous.get(f"{SHARED}/{token}/download")
        assert (answer.status_code, answer.json()["code"]) == (403, "view_only")

    @pytest.mark.parametrize("token", ["x", "x" * 43, "..%2f", "%00", "%F0%9F%8E%B5", "a" * 5000])
    def test_one_that_never_was(self, anonymous, token):
        for rest in ("", "/download"):
            answer = anonymous.get(f"{SHARED}/{token}{rest}")
            assert (answer.status_code, answer.json()["success"]) == (404, False)


class TestDownload:
    def test_gives_the_content(self, anonymous, token):
        answer = anonymous.get(f"{SHARED}/{token}/download")
        assert (answer.status_code, answer.content) == (200, b"0123456789")
        assert answer["Content-Disposition"] == 'attachment; filename="song notes.txt"'
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"

    @pytest.mark.parametrize(
        ("headers", "status", "counted"),
        [
            ({}, 200, 1),
            ({"range": "bytes=0-3"}, 206, 1),
            ({"range": "bytes=4-"}, 206, 0),
            ({"range": "bytes=-2"}, 206, 0),
            ({"range": "bytes=99-"}, 416, 0),
            ({"range": "nonsense"}, 200, 1),
            ({"if-none-match": "*"}, 304, 0),
        ],
    )
    def test_is_counted_once_however_it_is_read(self, anonymous, token, headers, status, counted):
        assert anonymous.client.get(f"{SHARED}/{token}/download", headers=headers).status_code == status
        assert ShareLink.objects.get().download_count == counted

    def test_looking_is_not_downloading(self, anonymous, token):
        anonymous.client.head(f"{SHARED}/{token}/download")
        anonymous.get(f"{SHARED}/{token}")
        assert ShareLink.objects.get().download_count == 0


class TestItsEnd:
    def ends(self, anonymous, token, code):
        for rest in ("", "/download"):
            answer = anonymous.get(f"{SHARED}/{token}{rest}")
            assert (answer.status_code, answer.json()["code"]) == (404, code)

    def test_comes_to_the_second(self, anonymous, file, user):
        with time_machine.travel(MOMENT, tick=False):
            _, token = share_file(file_id=file.pk, expires_in_hours=1, by=user)
        with time_machine.travel(MOMENT + dt.timedelta(minutes=59, seconds=59), tick=False):
            assert anonymous.get(f"{SHARED}/{token}").status_code == 200
        with time_machine.travel(MOMENT + dt.timedelta(hours=1), tick=False):
            self.ends(anonymous, token, "link_expired")

    def test_comes_with_the_files(self, anonymous, caller, path, token):
        caller.delete(path)
        self.ends(anonymous, token, "link_deleted")

    def test_comes_with_its_owners_account(self, anonymous, user, token):
        user.is_active = False
        user.save()
        assert anonymous.get(f"{SHARED}/{token}").status_code == 404

    def test_comes_by_revoking_and_touches_no_other(self, anonymous, caller, file, user, path, token):
        _, other = share_file(file_id=file.pk, by=user)
        link = ShareLink.objects.order_by("created_at").first()
        for _ in range(2):
            answer = caller.delete(f"{path}/shares/{link.pk}")
            assert (answer.status_code, answer.json()["data"]) == (200, {"message": "Share link revoked"})
        self.ends(anonymous, token, "link_revoked")
        assert anonymous.get(f"{SHARED}/{other}").status_code == 200


class TestList:
    def test_shows_open_links_without_their_tokens(self, caller, anonymous, file, user, path):
        gone, _ = share_file(file_id=file.pk, by=user)
        caller.delete(f"{path}/shares/{gone.pk}")
        link, token = share_file(file_id=file.pk, expires_in_hours=None, by=user)
        anonymous.get(f"{SHARED}/{token}/download")
        answer = caller.get(f"{path}/shares")
        assert answer.json()["data"] == {
            "shares": [
                {
                    "id": str(link.pk),
                    "permissions": "read",
                    "download_count": 1,
                    "created_at": link.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    "expires_at": None,
                }
            ]
        }
        assert token not in answer.content.decode()

    def test_another_cannot_revoke(self, stranger, path, token):
        link = ShareLink.objects.get()
        assert Caller.signed_in_as(stranger).delete(f"{path}/shares/{link.pk}").status_code == 404
        link.refresh_from_db()
        assert link.revoked_at is None
