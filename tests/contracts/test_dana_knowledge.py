"""dana.txt, "Knowledge Management": its four requests word for word, with real ids put in."""

import re

import pytest

from tests.factories.knowledge import docx, known, paragraph, pdf, upload

pytestmark = pytest.mark.django_db

FILE = ["id", "user_id", "file_name", "file_size", "file_type", "created_at"]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def files(user):
    return [
        known(user, docx(paragraph("Frequently asked questions.")), name="faq", kind="docx"),
        known(user, pdf("Extracted text content from the file..."), name="product_manual", kind="pdf"),
    ]


def documented(file, names):
    """The keys come first and in the document's order; what is ours comes after."""
    assert list(file)[: len(names)] == names
    assert MOMENT.fullmatch(file["created_at"])
    return {name: file[name] for name in names if name != "created_at"}


def test_upload_knowledge_file(caller, user):
    raw = pdf("A manual.")
    answer = caller.client.post(
        "/api/knowledge/upload", {"file": upload(raw, "product_manual.pdf"), "file_type": "pdf"}
    )
    body = answer.json()
    assert (answer.status_code, list(body)) == (201, ["success", "message", "file"])
    assert (body["success"], body["message"]) == (True, "File uploaded successfully")
    assert documented(body["file"], FILE) == {
        "id": body["file"]["id"],
        "user_id": str(user.pk),
        "file_name": "product_manual.pdf",
        "file_size": len(raw),
        "file_type": "pdf",
    }


def test_list_knowledge_files(caller, user, files):
    answer = caller.get("/api/knowledge/files")
    body = answer.json()
    assert (answer.status_code, list(body)[:2], body["success"]) == (200, ["success", "files"], True)
    assert [documented(file, FILE) for file in body["files"]] == [
        {
            "id": str(file.pk),
            "user_id": str(user.pk),
            "file_name": file.file_name,
            "file_size": file.file_size,
            "file_type": file.file_type,
        }
        for file in reversed(files)
    ]


def test_get_knowledge_file(caller, user, files):
    answer = caller.get(f"/api/knowledge/files/{files[1].pk}")
    body = answer.json()
    assert (answer.status_code, list(body), body["success"]) == (200, ["success", "file"], True)
    assert documented(body["file"], [*FILE[:5], "content", "created_at"]) == {
        "id": str(files[1].pk),
        "user_id": str(user.pk),
        "file_name": "product_manual.pdf",
        "file_size": files[1].file_size,
        "file_type": "pdf",
        "content": "Extracted text content from the file...",
    }


def test_delete_knowledge_file(caller, files):
    answer = caller.delete(f"/api/knowledge/files/{files[0].pk}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "File deleted successfully"})
    assert caller.get(f"/api/knowledge/files/{files[0].pk}").status_code == 404
