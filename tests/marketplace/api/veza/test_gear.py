"""Document veza.txt, "Gear / Inventory"; decisions.md §5 for the items themselves."""

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.models import GearDocument, GearItem, GearRepair
from tests.clients import Caller

pytestmark = pytest.mark.django_db
GEAR = "/api/v1/inventory/gear"
NOWHERE = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
REPAIR = {
    "repair_date": "2026-02-15", "description": "New bridge", "cost_cents": 8500, "currency": "EUR", "provider": "Amati",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _store(tmp_path, monkeypatch):
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)


@pytest.fixture
def gear(caller):
    return caller.post(GEAR, {"name": "Viola"}).json()["data"]


@pytest.fixture
def other(stranger):
    return Caller.signed_in_as(stranger)


def upload(caller, path, words=b"%PDF-1.7 paid", name="invoice.pdf", **fields):
    return caller.client.post(path, {"file": SimpleUploadedFile(name, words), **fields})


class TestItems:
    def test_are_made_with_a_name(self, caller, user):
        answer = caller.post(GEAR, {"name": "Viola"})
        data = answer.json()["data"]
        times = {name: data[name] for name in ("created_at", "updated_at")}
        assert (answer.status_code, data) == (
            201,
            {
                "id": str(GearItem.objects.get().pk), "owner_id": str(user.pk), "name": "Viola", "category": "", "brand": "",
                "model": "", "serial_number": "", "status": "in_use", "purchase_date": None,
                "purchase_price_cents": None, "currency": "EUR", "warranty_until_date": None, "notes": "",
                "document_count": 0, "repair_count": 0, **times,
            },
        )  # fmt: skip

    def test_are_changed_in_what_is_given(self, caller, gear):
        changes = {"purchase_date": "2024-05-01", "purchase_price_cents": 120000, "status": "lent", "currency": "CHF"}
        answer = caller.put(f"{GEAR}/{gear['id']}", changes)
        data = answer.json()["data"]
        assert (answer.status_code, data) == (200, {**gear, **changes, "updated_at": data["updated_at"]})
        assert caller.get(f"{GEAR}/{gear['id']}").json()["data"] == data

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": 7}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": "V", "status": "stolen"}, "status"),
            ({"name": "V", "purchase_date": "yesterday"}, "purchase_date"),
            ({"name": "V", "purchase_date": 20240501}, "purchase_date"),
            ({"name": "V", "purchase_date": "2024-02-30"}, "purchase_date"),
            ({"name": "V", "purchase_date": "0001-01-01"}, "purchase_date"),
            ({"name": "V", "purchase_price_cents": 1.5}, "purchase_price_cents"),
            ({"name": "V", "purchase_price_cents": "12"}, "purchase_price_cents"),
            ({"name": "V", "purchase_price_cents": -1}, "purchase_price_cents"),
            ({"name": "V", "currency": "QQQ"}, "currency"),
        ],
    )
    def test_are_refused_with_the_field_that_is_wrong(self, caller, body, field):
        answer = caller.post(GEAR, body)
        assert (answer.status_code, list(answer.json()["details"]), GearItem.objects.count()) == (400, [field], 0)

    def test_are_listed_searched_and_cut(self, caller, other):
        for name, brand in (("Viola", "Amati"), ("Koto", "100%"), ("Drum", "")):
            caller.post(GEAR, {"name": name, "brand": brand})
        other.post(GEAR, {"name": "Not mine"})

        def names(**query):
            data = caller.get(GEAR, **query).json()["data"]
            return [item["name"] for item in data["gear"]], data["total"]

        assert names() == (["Drum", "Koto", "Viola"], 3)
        assert names(limit=1, offset=1) == (["Koto"], 3)
        assert (names(offset=9), names(search="amat"), names(search="0%")) == (([], 3), (["Viola"], 1), (["Koto"], 1))
        assert (names(status="lent"), names(status="in_use")[1]) == (([], 0), 3)

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"status": "lost?"}])
    def test_are_not_listed_by_wrong_words(self, caller, query):
        answer = caller.get(GEAR, **query)
        assert (answer.status_code, list(answer.json()["details"])) == (400, list(query))

    def test_are_deleted(self, caller, gear):
        path = f"{GEAR}/{gear['id']}"
        answer = caller.delete(path)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"message": "Gear deleted"}})
        assert [caller.get(path).status_code, caller.delete(path).status_code] == [404, 404]

    def test_are_their_owners_alone(self, other, anonymous, gear):
        for path in (GEAR, f"{GEAR}/{gear['id']}", f"{GEAR}/{gear['id']}/documents", f"{GEAR}/{gear['id']}/repairs"):
            assert anonymous.get(path).status_code == 401
        path = f"{GEAR}/{gear['id']}"
        answers = [
            other.get(path), other.put(path, {"name": "Mine"}), other.delete(path), other.get(f"{path}/documents"),
            other.get(f"{path}/repairs"), other.post(f"{path}/repairs", REPAIR), upload(other, f"{path}/documents"),
            other.get(f"{GEAR}/nothing"),
        ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [404] * 8
        assert answers[0].json() == {"success": False, "error": "Gear not found", "code": "not_found"}


class TestRepairs:
    def test_are_recorded_as_the_document_shows(self, caller, gear):
        path = f"{GEAR}/{gear['id']}/repairs"
        answer = caller.post(path, REPAIR)
        repair = GearRepair.objects.get()
        data = answer.json()["data"]
        wanted = {"id": str(repair.pk), "gear_id": gear["id"], **REPAIR, "created_at": data["created_at"]}
        assert (answer.status_code, data) == (201, wanted)
        assert caller.get(path).json() == {"success": True, "data": {"repairs": [wanted], "total": 1}}
        assert caller.get(f"{GEAR}/{gear['id']}").json()["data"]["repair_count"] == 1

    def test_come_with_the_latest_first(self, caller, gear):
        path = f"{GEAR}/{gear['id']}/repairs"
        for day in ("2025-01-01", "2026-01-01", "2024-01-01"):
            caller.post(path, {**REPAIR, "repair_date": day})
        days = [repair["repair_date"] for repair in caller.get(path, limit=2).json()["data"]["repairs"]]
        assert days == ["2026-01-01", "2025-01-01"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("repair_date", None),
            ("repair_date", "2026-02-15T10:00:00Z"),
            ("repair_date", "15.02.2026"),
            ("description", ""),
            ("description", "x" * 2001),
            ("cost_cents", "8500"),
            ("cost_cents", 85.0),
            ("cost_cents", -1),
            ("cost_cents", True),
            ("cost_cents", 10**12),
            ("currency", "EU"),
            ("currency", "QQQ"),
            ("provider", "x" * 201),
        ],
    )
    def test_are_refused_with_the_field_that_is_wrong(self, caller, gear, name, value):
        answer = caller.post(f"{GEAR}/{gear['id']}/repairs", {**REPAIR, name: value})
        assert (answer.status_code, list(answer.json()["details"]), GearRepair.objects.count()) == (400, [name], 0)

    def test_are_deleted_once(self, caller, gear):
        path = f"{GEAR}/{gear['id']}/repairs"
        key = caller.post(path, REPAIR).json()["data"]["id"]
        answers = [caller.delete(f"{path}/{key}"), caller.delete(f"{path}/{key}"), caller.delete(f"{path}/nothing")]
        assert [answer.status_code for answer in answers] == [200, 404, 404]
        assert answers[0].json()["data"] == {"message": "Repair deleted"}


class TestDocuments:
    def test_are_uploaded_and_listed(self, caller, gear):
        path = f"{GEAR}/{gear['id']}/documents"
        answer = upload(caller, path, type="invoice")
        key = str(GearDocument.objects.get().pk)
        data = answer.json()["data"]
        assert (answer.status_code, data) == (
            201,
            {
                "id": key, "gear_id": gear["id"], "type": "invoice", "name": "invoice.pdf",
                "content_type": "application/pdf", "size_bytes": 13, "download_url": f"{path}/{key}/download",
                "created_at": data["created_at"],
            },
        )  # fmt: skip
        assert caller.get(path).json() == {"success": True, "data": {"documents": [data], "total": 1}}

    def test_are_of_any_type_in_one_word(self, caller, gear):
        path = f"{GEAR}/{gear['id']}/documents"
        types = [upload(caller, path, type=word).json()["data"]["type"] for word in ("INVOICE", "receipt")]
        assert types == ["invoice", "receipt"]

    def test_are_of_some_type_where_none_is_named(self, caller, gear):
        assert upload(caller, f"{GEAR}/{gear['id']}/documents").json()["data"]["type"] == "other"

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            ({}, 400, "file"),
            ({"file": "words"}, 400, "file"),
            ({"file": SimpleUploadedFile("a.pdf", b"")}, 400, "file"),
            ({"file": SimpleUploadedFile("a.pdf", b"x" * 1001)}, 413, "file"),
            ({"file": SimpleUploadedFile("a.pdf", b"x"), "type": "Something quite else"}, 400, "type"),
        ],
    )
    def test_are_refused_with_what_is_wrong(self, caller, gear, settings, body, status, field):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "gear_document": 1000}
        answer = caller.client.post(f"{GEAR}/{gear['id']}/documents", body)
        assert (answer.status_code, list(answer.json()["details"])) == (status, [field])
        assert GearDocument.objects.count() == 0

    @pytest.mark.parametrize(
        ("name", "words", "told"),
        [
            ("page.html", b"<html><script>alert(1)</script>", "application/octet-stream"),
            ("x.svg", b"<svg onload=alert(1)>", "application/octet-stream"),
            ("invoice.pdf", b"%PDF-1.7", "application/pdf"),
        ],
    )
    def test_are_handed_out_to_be_saved_alone(self, caller, gear, name, words, told):
        path = upload(caller, f"{GEAR}/{gear['id']}/documents", words, name).json()["data"]["download_url"]
        answer = caller.get(path)
        assert (answer.status_code, answer.content) == (200, words)
        assert {key: answer[key] for key in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")} == {
            "Content-Type": told,
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_are_deleted_and_then_not_found(self, caller, other, gear):
        path = f"{GEAR}/{gear['id']}/documents"
        url = upload(caller, path).json()["data"]["download_url"]
        assert (other.get(url).status_code, other.delete(url.removesuffix("/download")).status_code) == (404, 404)
        answer = caller.delete(url.removesuffix("/download"))
        assert (answer.status_code, answer.json()["data"]) == (200, {"message": "Document deleted"})
        gone = [caller.get(url), caller.delete(url.removesuffix("/download")), caller.get(f"{path}/{NOWHERE}/download")]
        assert [answer.status_code for answer in gone] == [404] * 3


@pytest.mark.parametrize("path", ["", "/{id}/documents", "/{id}/repairs"])
def test_asks_the_database_as_often_for_three_as_for_one(caller, gear, path):
    asked = []
    for _ in range(3):
        caller.post(GEAR, {"name": "Drum"})
        caller.post(f"{GEAR}/{gear['id']}/repairs", REPAIR)
        upload(caller, f"{GEAR}/{gear['id']}/documents")
        with CaptureQueriesContext(connection) as queries:
            caller.get(GEAR + path.format(**gear))
        asked.append(len(queries))
    assert asked[0] == asked[2] <= 10
