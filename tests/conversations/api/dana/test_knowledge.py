"""Dana's knowledge files at the door: each endpoint works, and without a credential, for another, missing, with bad input."""

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import KnowledgeFile
from conversations.verbs.knowledge import remove_knowledge_file
from marketplace.verbs.cancellations import set_subscription
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.knowledge import docx, kept, known, paragraph, pdf, upload, waiting
from tests.factories.subscriptions import subscribed, three_tiers

pytestmark = pytest.mark.django_db

UPLOAD, FILES, SEARCH = "/api/knowledge/upload", "/api/knowledge/files", "/api/knowledge/search"
UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
SHAPE = ["id", "user_id", "file_name", "file_size", "file_type", "created_at", "status", "reason", "page_count"]


@pytest.fixture(autouse=True)
def _own_disk(tmp_path, monkeypatch):
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)


def send(caller, content="Doors open at seven.", kind="txt", name="notes.txt"):
    return caller.client.post(UPLOAD, {"file": upload(content, name), "file_type": kind})


def refused(answer, status, code, **details):
    body = answer.json()
    assert (answer.status_code, body["success"], body["error"]["code"]) == (status, False, code)
    assert details.items() <= body["error"]["details"].items()
    return body["error"]["message"]


class TestUpload:
    @pytest.mark.parametrize(
        ("content", "kind"), [(pdf("x"), "pdf"), (docx(paragraph("x")), "docx"), (b"Doors open.", "txt")]
    )
    def test_keeps_the_file(self, caller, user, content, kind):
        answer = send(caller, content, kind, f"manual.{kind}")
        file = KnowledgeFile.objects.get()
        assert (answer.status_code, answer.json()["message"]) == (201, "File uploaded successfully")
        told = answer.json()["file"]
        assert list(told) == SHAPE
        assert told | {"created_at": ""} == {
            "id": str(file.pk),
            "user_id": str(user.pk),
            "file_name": f"manual.{kind}",
            "file_size": len(content),
            "file_type": kind,
            "created_at": "",
            "status": "waiting",
            "reason": "",
            "page_count": None,
        }
        assert told["created_at"].endswith("Z")

    def test_asks_who_it_is(self, anonymous):
        refused(send(anonymous), 401, "auth_required")

    def test_needs_a_file_and_its_type(self, caller):
        answer = caller.client.post(UPLOAD, {})
        refused(answer, 400, "validation_error")
        assert sorted(answer.json()["error"]["details"]) == ["file", "file_type"]
        refused(caller.post(UPLOAD, {"file": "text", "file_type": "txt"}), 400, "validation_error")
        refused(caller.client.post(UPLOAD, "x", content_type="multipart/form-data"), 400, "validation_error")
        refused(caller.client.post(UPLOAD, "x", content_type="text/plain"), 415, "validation_error")
        assert refused(caller.get(UPLOAD), 405, "validation_error")

    @pytest.mark.parametrize(
        ("content", "kind", "sentence"),
        [
            (b"", "txt", "The file is empty."),
            (b"text", "pdf", "This is not a PDF."),
            (b"%PDF-1.7", "docx", "This is not a Word document (.docx)."),
            (b"text", "exe", "Must be pdf, docx or txt."),
            (b"text", "PDF", "Must be pdf, docx or txt."),
        ],
    )
    def test_refuses_what_is_not_what_it_says(self, caller, content, kind, sentence):
        assert refused(send(caller, content, kind), 400, "validation_error") == sentence
        assert not KnowledgeFile.objects.exists()

    def test_refuses_what_is_too_large(self, caller, settings):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "knowledge_file": 10}
        assert refused(send(caller), 400, "validation_error") == "The file is larger than 10 bytes."


class TestTheTierAtTheDoor:
    def test_a_free_account_keeps_five(self, caller):
        assert [send(caller, f"Text {number}.").status_code for number in range(6)] == [201] * 5 + [403]
        sentence = refused(
            send(caller),
            403,
            "permission_denied",
            reason="limit_reached",
            limit="knowledge_files",
            allowed=5,
            used=5,
            tier=None,
            upgrade_url="/pricing/",
        )
        assert "allows 5 knowledge files, and you keep 5" in sentence

    def test_professional_keeps_ten(self, caller, user):
        subscribed(user, three_tiers()["Professional"])
        assert [send(caller, f"Text {number}.").status_code for number in range(11)] == [201] * 10 + [403]
        refused(send(caller), 403, "permission_denied", reason="limit_reached", allowed=10, tier="Professional")

    def test_a_tier_that_allows_less_takes_nothing_away(self, caller, user, staff):
        tiers = three_tiers()
        subscribed(user, tiers["Professional"])
        for number in range(7):
            send(caller, f"Text {number}.")
        set_subscription(user_id=user.pk, tier_id=tiers["Basic"].pk, by=staff)
        refused(send(caller), 403, "permission_denied", reason="limit_reached", allowed=5, used=7)
        assert caller.get(FILES).json()["total"] == 7

    def test_is_asked_for_each_account_alone(self, caller, user):
        for number in range(5):
            send(caller, f"Text {number}.")
        other = Caller.signed_in_as(UserFactory())
        assert send(other).status_code == 201


class TestList:
    def test_gives_the_callers_newest_first(self, caller, user, stranger):
        files = [waiting(user, f"Text {number}.", name=str(number)) for number in range(3)]
        waiting(stranger)
        body = caller.get(FILES).json()
        assert list(body) == ["success", "files", "total", "limit", "offset"]
        assert (body["success"], body["total"], body["limit"], body["offset"]) == (True, 3, 50, 0)
        assert [file["id"] for file in body["files"]] == [str(file.pk) for file in reversed(files)]
        assert [list(file) for file in body["files"]] == [SHAPE] * 3

    def test_is_cut_as_asked(self, caller, user):
        for number in range(3):
            waiting(user, f"Text {number}.", name=str(number))
        body = caller.get(FILES, limit=1, offset=1).json()
        assert ([file["file_name"] for file in body["files"]], body["total"]) == (["1.txt"], 3)

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"offset": -1}])
    def test_refuses_other_windows(self, caller, query):
        refused(caller.get(FILES, **query), 400, "validation_error")

    def test_asks_who_it_is(self, anonymous):
        refused(anonymous.get(FILES), 401, "auth_required")

    def test_takes_as_many_queries_however_long(self, caller, user):
        def queries():
            with CaptureQueriesContext(connection) as seen:
                assert caller.get(FILES).status_code == 200
            return len(seen)

        waiting(user, "One.")
        queries()
        one = queries()
        for number in range(2):
            waiting(user, f"Text {number}.")
        assert queries() == one


class TestRetrieve:
    def test_gives_the_text(self, caller, user):
        file = known(user, pdf("Doors open at seven.", "Page two."), kind="pdf")
        told = caller.get(f"{FILES}/{file.pk}").json()["file"]
        assert list(told) == [*SHAPE[:5], "content", *SHAPE[5:]]
        assert (told["content"], told["status"], told["page_count"]) == (
            "Doors open at seven.\n\nPage two.",
            "ready",
            2,
        )

    def test_says_why_there_is_none(self, caller, user):
        file = known(user, pdf(None), kind="pdf")
        told = caller.get(f"{FILES}/{file.pk}").json()["file"]
        assert (told["content"], told["status"], told["reason"]) == ("", "failed", "no_text_layer")

    def test_is_for_its_owner_alone(self, caller, anonymous, stranger, staff):
        file = waiting(stranger)
        refused(caller.get(f"{FILES}/{file.pk}"), 404, "resource_not_found")
        refused(Caller.signed_in_as(staff).get(f"{FILES}/{file.pk}"), 404, "resource_not_found")
        refused(anonymous.get(f"{FILES}/{file.pk}"), 401, "auth_required")

    @pytest.mark.parametrize("key", [UNKNOWN, "nonsense", "x" * 2000])
    def test_knows_no_other(self, caller, key):
        refused(caller.get(f"{FILES}/{key}"), 404, "resource_not_found")


class TestDestroy:
    def test_removes_it(self, caller, user):
        file = waiting(user)
        answer = caller.delete(f"{FILES}/{file.pk}")
        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "message": "File deleted successfully"},
        )
        refused(caller.delete(f"{FILES}/{file.pk}"), 404, "resource_not_found")

    def test_is_for_its_owner_alone(self, caller, anonymous, stranger):
        file = waiting(stranger)
        refused(caller.delete(f"{FILES}/{file.pk}"), 404, "resource_not_found")
        refused(anonymous.delete(f"{FILES}/{file.pk}"), 401, "auth_required")
        refused(caller.delete(f"{FILES}/nonsense"), 404, "resource_not_found")
        assert KnowledgeFile.objects.count() == 1


class TestSearch:
    def test_gives_what_the_assistant_would_find(self, caller, user):
        file = kept(user, "Opening hours\nTen to six.\n\nDogs\nOnly guide dogs.")
        body = caller.get(SEARCH, q="May I bring my dog?").json()
        assert body == {"success": True, "passages": []}  # half of it is said nowhere
        assert caller.get(SEARCH, q="Are dogs welcome?").json()["passages"] == []
        assert caller.get(SEARCH, q="What about dogs?").json() == {
            "success": True,
            "passages": [
                {"file_id": str(file.pk), "file_name": "notes.txt", "page": None, "text": "Dogs\nOnly guide dogs."}
            ],
        }
        remove_knowledge_file(file_id=file.pk, by=user)
        assert caller.get(SEARCH, q="What about dogs?").json()["passages"] == []

    def test_is_for_its_owner_alone(self, caller, anonymous, stranger):
        kept(stranger, "Dogs\nOnly guide dogs.")
        assert caller.get(SEARCH, q="What about dogs?").json()["passages"] == []
        refused(anonymous.get(SEARCH, q="dogs"), 401, "auth_required")

    @pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "x" * 4001}])
    def test_needs_a_question(self, caller, query):
        refused(caller.get(SEARCH, **query), 400, "validation_error")
