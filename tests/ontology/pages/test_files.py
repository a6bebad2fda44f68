"""The pages of files as forms: without scripts, with what goes wrong said where it went wrong."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import CloudFile, ShareLink
from ontology.verbs.files import snapshot_file, upload_file
from ontology.verbs.shares import share_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def file(user):
    return upload_file(content=io.BytesIO(b"one"), name="<b>notes<i>.txt", by=user)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


class TestList:
    def test_is_empty_at_first(self, page):
        answer = page.get("/files/")
        assert answer.status_code == 200
        assert "No files yet" in text_of(answer)

    def test_shows_names_as_text(self, page, file):
        text = text_of(page.get("/files/"))
        assert "&lt;b&gt;notes&lt;i&gt;.txt" in text
        assert "<b>notes" not in text

    def test_is_searched(self, page, file):
        assert "&lt;b&gt;notes" in text_of(page.get("/files/", {"q": "NOTES"}))
        assert "Nothing found" in text_of(page.get("/files/", {"q": "zzz"}))

    def test_an_address_that_was_cut_leads_to_the_beginning(self, page):
        assert page.get("/files/", {"cursor": "x"})["Location"] == "/files/"

    def test_takes_as_many_queries_however_long(self, page, user, file):
        def count():
            with CaptureQueriesContext(connection) as queries:
                page.get("/files/")
            return len(queries)

        count()
        before = count()
        for name in ("b", "c"):
            share_file(file_id=upload_file(content=io.BytesIO(name.encode()), name=name, by=user).pk, by=user)
        assert count() == before

    def test_needs_a_sign_in(self):
        assert Client().get("/files/")["Location"] == "/account/login/?next=/files/"


class TestUpload:
    def test_keeps_several(self, page):
        two = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]
        assert page.post("/files/", {"file": two})["Location"] == "/files/"
        assert sorted(CloudFile.objects.values_list("name", flat=True)) == ["a.txt", "b.txt"]

    def test_says_which_could_not_be_kept(self, page, settings):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "cloud_file": 3}
        two = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"too long")]
        answer = page.post("/files/", {"file": two})
        assert (answer.status_code, CloudFile.objects.count()) == (422, 1)
        assert "b.txt: The file is larger than 3 bytes." in text_of(answer)

    @pytest.mark.parametrize("body", [{}, {"file": "words"}])
    def test_asks_for_one(self, page, body):
        answer = page.post("/files/", body)
        assert (answer.status_code, "Choose a file first." in text_of(answer)) == (422, True)

    def test_an_empty_one_is_refused(self, page):
        answer = page.post("/files/", {"file": SimpleUploadedFile("a.txt", b"")})
        assert (answer.status_code, "The file is empty." in text_of(answer)) == (422, True)


class TestFile:
    def test_downloads(self, page, file):
        answer = page.get(f"/files/{file.pk}/download/")
        assert (answer.content, answer["Content-Disposition"]) == (b"one", 'attachment; filename="<b>notes<i>.txt"')

    def test_is_replaced_and_restored(self, page, file):
        page.post(f"/files/{file.pk}/replace/", {"file": SimpleUploadedFile("x.txt", b"second")})
        file.refresh_from_db()
        assert (file.size_bytes, file.versions.count()) == (6, 1)
        answer = page.post(f"/files/{file.pk}/restore/1/", follow=True)
        assert "holds again what it held in version 1" in text_of(answer)
        file.refresh_from_db()
        assert file.size_bytes == 3
        assert "no such version" in text_of(page.post(f"/files/{file.pk}/restore/9/", follow=True))

    def test_keeps_a_version(self, page, file):
        assert "kept as version 1" in text_of(page.post(f"/files/{file.pk}/versions/", follow=True))

    def test_is_renamed_and_keeps_what_was_typed(self, page, file):
        page.post(f"/files/{file.pk}/rename/", {"name": "../new.txt"})
        file.refresh_from_db()
        assert file.name == "new.txt"
        answer = page.post(f"/files/{file.pk}/rename/", {"name": ""})
        assert (answer.status_code, "required" in text_of(answer)) == (422, True)

    def test_says_why_a_replacement_is_refused(self, page, file, settings):
        settings.CLOUD_QUOTA_BYTES = 4
        answer = page.post(f"/files/{file.pk}/replace/", {"file": SimpleUploadedFile("x.txt", b"second")})
        assert (answer.status_code, "does not fit" in text_of(answer)) == (422, True)

    def test_is_deleted_after_asking(self, page, file):
        assert "Delete this file" in text_of(page.get(f"/files/{file.pk}/remove/"))
        assert page.post(f"/files/{file.pk}/remove/")["Location"] == "/files/"
        assert page.get(f"/files/{file.pk}/").status_code == 404

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", ""), ("get", "download/"), ("post", "replace/"), ("post", "rename/"), ("post", "versions/"),
            ("post", "restore/1/"), ("get", "remove/"), ("post", "remove/"), ("post", "share/"),
            ("post", "links/0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f/revoke/"),
        ],
    )  # fmt: skip
    def test_is_its_owners_alone(self, file, stranger, method, path):
        other = Client()
        other.force_login(stranger)
        assert getattr(other, method)(f"/files/{file.pk}/{path}").status_code == 404
        assert getattr(Client(), method)(f"/files/{file.pk}/{path}").status_code == 302


class TestShare:
    def shares(self, page, file, **form):
        answer = page.post(f"/files/{file.pk}/share/", {"permissions": "read", "expires_in_hours": "24", **form})
        return answer, re.search(r'id="new-link"[^>]*>([^<]+)<', answer.content.decode())

    def test_shows_the_link_this_once(self, page, file):
        answer, link = self.shares(page, file)
        assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
        token = link[1].rstrip("/").rpartition("/")[2]
        assert token not in page.get(f"/files/{file.pk}/").content.decode()
        assert Client().get(f"/shared/{token}/").status_code == 200

    def test_may_last_until_it_is_revoked(self, page, file):
        self.shares(page, file, expires_in_hours="never")
        assert ShareLink.objects.get().expires_at is None

    def test_refuses_what_is_not_offered(self, page, file):
        answer, link = self.shares(page, file, expires_in_hours="5")
        assert (answer.status_code, link) == (422, None)

    def test_is_revoked(self, page, file, user):
        link, token = share_file(file_id=file.pk, by=user)
        page.post(f"/files/{file.pk}/links/{link.pk}/revoke/")
        answer = Client().get(f"/shared/{token}/")
        assert (answer.status_code, "revoked by the person" in text_of(answer)) == (410, True)
        assert Client().get(f"/shared/{token}/download/").status_code == 410


class TestShared:
    def test_shows_what_it_is_and_gives_it(self, file, user):
        link, token = share_file(file_id=file.pk, by=user)
        answer = Client().get(f"/shared/{token}/")
        text = text_of(answer)
        assert "&lt;b&gt;notes&lt;i&gt;.txt" in text
        assert "Shared by Ada Lovelace" in text
        assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "no-referrer")
        assert "no-store" in answer["Cache-Control"]
        assert Client().get(f"/shared/{token}/download/").content == b"one"
        link.refresh_from_db()
        assert link.download_count == 1

    def test_one_that_only_shows(self, file, user):
        _, token = share_file(file_id=file.pk, permissions="view", by=user)
        assert "/download/" not in text_of(Client().get(f"/shared/{token}/"))
        assert Client().get(f"/shared/{token}/download/")["Location"] == f"/shared/{token}/"

    def test_one_that_never_was(self):
        assert Client().get("/shared/nonsense/").status_code == 404

    def test_an_old_version_is_not_shared(self, page, file, user):
        snapshot_file(file_id=file.pk, by=user)
        _, token = share_file(file_id=file.pk, by=user)
        page.post(f"/files/{file.pk}/replace/", {"file": SimpleUploadedFile("x.txt", b"second")})
        assert Client().get(f"/shared/{token}/download/").content == b"second"
