"""The pages of gear as forms: without scripts, with what goes wrong said where it went wrong."""

import re

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.models import GearDocument, GearItem, GearRepair
from marketplace.verbs.gear import create_gear

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Viola", "category": "strings", "status": "in_use", "brand": "Amati", "model": "", "serial_number": "",
    "purchase_date": "2024-05-01", "price": "1200.50", "currency": "EUR", "warranty_until_date": "", "notes": "My words",
}  # fmt: skip
REPAIR = {
    "repair_date": "2026-02-15", "description": "New bridge", "cost": "85", "currency": "EUR", "provider": "Somebody",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _store(tmp_path, monkeypatch):
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)


def browser_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def page(user):
    return browser_of(user)


@pytest.fixture
def gear(user):
    return create_gear(name="<b>Viola</b>", by=user)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def said(answer):
    return [str(message) for message in answer.context["messages"]]


class TestList:
    def test_says_where_to_begin(self, page):
        assert "No gear yet" in text_of(page.get("/gear/"))

    def test_shows_names_as_text_and_only_ones_own(self, page, gear, stranger):
        create_gear(name="Not mine", by=stranger)
        text = text_of(page.get("/gear/"))
        assert ("&lt;b&gt;Viola&lt;/b&gt;" in text, "<b>Viola" in text, "Not mine" in text) == (True, False, False)

    @pytest.mark.parametrize(
        ("query", "is_there"),
        [({"q": "viola"}, True), ({"q": "zz\0"}, False), ({"status": "lent"}, False), ({"status": "nonsense"}, True)],
    )
    def test_is_searched(self, page, gear, query, is_there):
        text = text_of(page.get("/gear/", query))
        assert (str(gear.pk) in text, "Nothing found" in text) == (is_there, not is_there)

    def test_draws_what_was_spent_and_says_it_in_a_table(self, page, gear):
        page.post(f"/gear/{gear.pk}/edit/", FORM)
        page.post(f"/gear/{gear.pk}/repairs/", REPAIR)
        text = text_of(page.get("/gear/"))
        assert text.count('class="chart-bar"') == 3
        for cell in ("1,200.50 EUR", "85.00 EUR", "0.00 EUR", "1,285.50 EUR"):
            assert cell in text

    def test_asks_the_database_as_often_for_three_as_for_one(self, page, user):
        asked = []
        for name in ("a", "b", "c"):
            gear = create_gear(name=name, by=user)
            page.post(f"/gear/{gear.pk}/repairs/", REPAIR)
            page.get("/gear/")  # what is announced is known from here on
            with CaptureQueriesContext(connection) as queries:
                page.get("/gear/")
            asked.append(len(queries))
        assert asked[0] == asked[2] < 20


class TestForm:
    def test_notes_an_item(self, page):
        answer = page.post("/gear/new/", FORM, follow=True)
        gear = GearItem.objects.get()
        assert (gear.name, gear.purchase_price_cents, str(gear.purchase_date)) == ("Viola", 120050, "2024-05-01")
        assert (answer.redirect_chain[-1][0], said(answer)) == (f"/gear/{gear.pk}/", ["Viola is saved."])

    @pytest.mark.parametrize(
        ("price", "currency", "cents"), [("", "EUR", None), ("12", "JPY", 12), ("1.234", "KWD", 1234), ("0", "EUR", 0)]
    )
    def test_knows_how_currencies_are_written(self, page, price, currency, cents):
        page.post("/gear/new/", {**FORM, "price": price, "currency": currency})
        gear = GearItem.objects.get()
        shown = page.get(f"/gear/{gear.pk}/edit/").context["form"]["price"].value()
        assert (gear.purchase_price_cents, shown is None or float(shown)) == (cents, cents is None or float(price))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("name", ""),
            ("name", "x" * 201),
            ("price", "-1"),
            ("price", "1.234"),
            ("price", "NaN"),
            ("price", "99999999999"),
            ("currency", "XXX"),
            ("status", "stolen"),
            ("purchase_date", "yesterday"),
            ("purchase_date", "0001-01-01"),
            ("warranty_until_date", "2024-04-30"),
        ],
    )
    def test_keeps_what_was_typed_where_something_is_wrong(self, page, name, value):
        answer = page.post("/gear/new/", {**FORM, name: value})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [name])
        assert ("My words" in text_of(answer), GearItem.objects.count()) == (True, 0)

    def test_changes_an_item(self, page, gear):
        page.post(f"/gear/{gear.pk}/edit/", {**FORM, "name": "Alto", "price": ""})
        gear.refresh_from_db()
        assert (gear.name, gear.purchase_price_cents) == ("Alto", None)


class TestPapers:
    def test_are_kept_and_handed_out_to_be_saved(self, page, gear):
        file = SimpleUploadedFile("../<i>.html", b"<script>alert(1)</script>")
        answer = page.post(f"/gear/{gear.pk}/documents/", {"file": file, "type": "invoice"}, follow=True)
        document = GearDocument.objects.get()
        assert said(answer) == ["<i>.html is kept with <b>Viola</b>."]
        assert "&lt;i&gt;.html" in text_of(answer)
        got = page.get(f"/gear/{gear.pk}/documents/{document.pk}/download/")
        assert (got.content, got["Content-Type"]) == (b"<script>alert(1)</script>", "application/octet-stream")
        assert got["Content-Disposition"].startswith("attachment;")

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "Choose a file first."),
            ({"file": SimpleUploadedFile("a", b"")}, "The file is empty."),
            ({"file": SimpleUploadedFile("a", b"1234")}, "The document is larger than 3 bytes."),
        ],
    )
    def test_say_why_one_is_refused(self, page, gear, settings, body, words):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "gear_document": 3}
        answer = page.post(f"/gear/{gear.pk}/documents/", {"type": "manual", **body})
        assert (answer.status_code, words in text_of(answer), GearDocument.objects.count()) == (422, True, 0)
        assert answer.context["document_form"]["type"].value() == "manual"

    def test_say_where_a_content_is_lost(self, page, gear):
        page.post(f"/gear/{gear.pk}/documents/", {"file": SimpleUploadedFile("a", b"x"), "type": "other"})
        document = GearDocument.objects.get()
        storages["files"].delete(document.content.name)
        answer = page.get(f"/gear/{gear.pk}/documents/{document.pk}/download/", follow=True)
        assert said(answer)[-1] == "The content of this file is not there"

    def test_ask_before_one_goes(self, page, gear):
        page.post(f"/gear/{gear.pk}/documents/", {"file": SimpleUploadedFile("a", b"x"), "type": "other"})
        path = f"/gear/{gear.pk}/documents/{GearDocument.objects.get().pk}/remove/"
        assert "This cannot be taken back." in text_of(page.get(path))
        assert GearDocument.objects.count() == 1
        assert said(page.post(path, follow=True)) == ["a is deleted."]
        assert (GearDocument.objects.count(), page.get(path).status_code) == (0, 404)


class TestRepairs:
    def test_are_recorded_and_summed(self, page, gear):
        answer = page.post(f"/gear/{gear.pk}/repairs/", REPAIR, follow=True)
        repair = GearRepair.objects.get()
        assert (repair.cost_cents, repair.provider, said(answer)) == (8500, "Somebody", ["The repair is recorded."])
        assert text_of(answer).count("85.00 EUR") == 5

    @pytest.mark.parametrize(
        ("name", "value"),
        [("description", ""), ("repair_date", ""), ("repair_date", "1899-01-01"), ("cost", "1.234"), ("cost", "1e99")],
    )
    def test_keep_what_was_typed_where_something_is_wrong(self, page, gear, name, value):
        answer = page.post(f"/gear/{gear.pk}/repairs/", {**REPAIR, name: value})
        assert (answer.status_code, list(answer.context["repair_form"].errors)) == (422, [name])
        assert ("Somebody" in text_of(answer), GearRepair.objects.count()) == (True, 0)

    def test_ask_before_one_goes(self, page, gear):
        page.post(f"/gear/{gear.pk}/repairs/", REPAIR)
        path = f"/gear/{gear.pk}/repairs/{GearRepair.objects.get().pk}/remove/"
        assert "New bridge, 85.00 EUR" in text_of(page.get(path))
        assert said(page.post(path, follow=True)) == ["The repair is deleted."]
        assert (GearRepair.objects.count(), page.post(path).status_code) == (0, 404)


class TestItem:
    def test_asks_before_it_goes(self, page, gear):
        assert "Delete the gear" in text_of(page.get(f"/gear/{gear.pk}/remove/"))
        answer = page.post(f"/gear/{gear.pk}/remove/", follow=True)
        assert said(answer) == ["<b>Viola</b> is deleted, with its papers and repairs."]
        assert (GearItem.objects.count(), page.get(f"/gear/{gear.pk}/").status_code) == (0, 404)

    def test_is_its_owners_alone(self, gear, stranger):
        visitor, other = Client(), browser_of(stranger)
        for path in ("", "edit/", "remove/"):
            assert visitor.get(f"/gear/{gear.pk}/{path}").status_code == 302
            assert other.get(f"/gear/{gear.pk}/{path}").status_code == 404
        for path in ("edit/", "remove/", "documents/", "repairs/"):
            assert other.post(f"/gear/{gear.pk}/{path}", FORM).status_code == 404
        assert GearItem.objects.get().name == "<b>Viola</b>"

    def test_asks_the_database_as_often_for_three_as_for_one(self, page, gear):
        asked = []
        for _ in range(3):
            page.post(f"/gear/{gear.pk}/repairs/", REPAIR)
            page.post(f"/gear/{gear.pk}/documents/", {"file": SimpleUploadedFile("a", b"x"), "type": "other"})
            page.get(f"/gear/{gear.pk}/")  # what was said of it is said
            with CaptureQueriesContext(connection) as queries:
                page.get(f"/gear/{gear.pk}/")
            asked.append(len(queries))
        assert asked[0] == asked[2] < 20
