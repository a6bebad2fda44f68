"""Gear, its papers and repairs: their owner's alone, bounded, remembered, and nothing left in the store."""

import datetime as dt
import io
import os
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, transaction
from django.utils.timezone import now

from accounts.models import Departure
from accounts.verbs.departures import erase
from config.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from marketplace import jobs
from marketplace.models import GearDocument, GearItem, GearRepair
from marketplace.verbs.gear import create_gear, remove_gear, update_gear
from marketplace.verbs.gear_documents import attach_document, remove_document, sweep_gear_contents
from marketplace.verbs.gear_repairs import record_repair, remove_repair
from ontology.models import Connection, Entity, Event
from ontology.verbs.files import sweep_contents

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(tmp_path, settings, monkeypatch):
    """The folder where contents lie, empty."""
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)
    monkeypatch.setattr(GearDocument._meta.get_field("content"), "storage", place)
    return tmp_path / "files"


@pytest.fixture
def gear(user):
    return create_gear(name="Viola", currency="EUR", by=user)


def paper(gear, words=b"%PDF-1.7 paid", name="invoice.pdf", **given):
    return attach_document(gear_id=gear.pk, content=io.BytesIO(words), name=name, by=gear.owner, **given)


def lying(store: Path):
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


class TestItem:
    def test_keeps_what_is_given(self, user):
        given = {
            "name": "  Viola ", "category": "strings", "brand": "Amati", "model": "1620", "serial_number": "7",
            "status": "lent", "purchase_date": dt.date(2024, 5, 1), "purchase_price_cents": 120000, "currency": "chf",
            "warranty_until_date": dt.date(2026, 5, 1), "notes": "Bow apart.",
        }  # fmt: skip
        made = create_gear(by=user, **given)
        kept = GearItem.objects.values(*given, "owner").get(pk=made.pk)
        assert kept == {**given, "name": "Viola", "currency": "CHF", "owner": user.pk}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("name", " "),
            ("name", "x" * 201),
            ("name", "a\0b"),
            ("name", None),
            ("notes", "x" * 5001),
            ("status", "stolen"),
            ("currency", "XXX"),
            ("purchase_price_cents", -1),
            ("purchase_price_cents", True),
            ("purchase_price_cents", 1.5),
            ("purchase_price_cents", 10**12),
            ("purchase_date", "2024-05-01"),
            ("purchase_date", dt.date(1, 1, 1)),
            ("warranty_until_date", dt.date(9999, 1, 1)),
        ],
    )
    def test_refuses_what_is_wrong(self, user, gear, name, value):
        with pytest.raises(Invalid) as refusal:
            update_gear(gear_id=gear.pk, by=user, **{name: value})
        assert list(refusal.value.details) == [name]

    def test_has_no_warranty_that_ended_before_it_was_bought(self, user, gear):
        update_gear(gear_id=gear.pk, by=user, purchase_date=dt.date(2024, 5, 1))
        with pytest.raises(Invalid) as refusal:
            update_gear(gear_id=gear.pk, by=user, warranty_until_date=dt.date(2024, 4, 30))
        assert refusal.value.details == {"warranty_until_date": ["A warranty ends after the purchase."]}

    def test_is_its_owners_alone(self, gear, stranger, staff):
        document, repair = paper(gear), record_repair(
            gear_id=gear.pk, repair_date=dt.date(2026, 2, 15), description="Pegs", by=gear.owner
        )  # fmt: skip
        for other in (stranger, staff):
            for act in (
                lambda by: update_gear(gear_id=gear.pk, name="Mine", by=by),
                lambda by: remove_gear(gear_id=gear.pk, by=by),
                lambda by: attach_document(gear_id=gear.pk, content=io.BytesIO(b"x"), name="x", by=by),
                lambda by: remove_document(gear_id=gear.pk, document_id=document.pk, by=by),
                lambda by: record_repair(gear_id=gear.pk, repair_date=dt.date(2026, 1, 1), description="x", by=by),
                lambda by: remove_repair(gear_id=gear.pk, repair_id=repair.pk, by=by),
            ):
                with pytest.raises(NotFound):
                    act(other)
        assert (GearItem.objects.count(), GearDocument.objects.count(), GearRepair.objects.count()) == (1, 1, 1)

    def test_has_a_most(self, user, gear, settings):
        settings.GEAR_MOST_ITEMS = 1
        with pytest.raises(Conflict) as refusal:
            create_gear(name="Second", by=user)
        assert (refusal.value.code, GearItem.objects.count()) == ("too_much_gear", 1)

    def test_is_remembered_for_its_owner_alone(self, user, gear):
        update_gear(gear_id=gear.pk, name="Alto", by=user)
        entity = Entity.objects.get(pk=gear.pk)
        assert (entity.type, entity.name, entity.owner_id, entity.is_private, entity.properties["kind"]) == (
            "media_asset", "Alto", user.pk, True, "gear",
        )  # fmt: skip
        assert Connection.objects.filter(
            from_entity=user.pk, to_entity=gear.pk, relationship_type="owns", is_private=True
        ).exists()
        told = Event.objects.filter(target=gear.pk).order_by("pk").values_list("type", "metadata", "is_private")
        assert list(told) == [("content_uploaded", {}, True), ("content_changed", {"action": "updated"}, True)]

    def test_goes_with_all_it_has(self, user, gear, store, django_capture_on_commit_callbacks):
        paper(gear)
        record_repair(gear_id=gear.pk, repair_date=dt.date(2026, 2, 15), description="Pegs", by=user)
        with django_capture_on_commit_callbacks(execute=True):
            remove_gear(gear_id=gear.pk, by=user)
        assert (GearItem.objects.count(), GearDocument.objects.count(), GearRepair.objects.count()) == (0, 0, 0)
        assert (lying(store), Entity.objects.filter(pk=gear.pk, deleted_at=None).exists()) == ([], False)


class TestRepair:
    def test_costs_in_the_items_currency_where_none_is_named(self, user):
        gear = create_gear(name="Koto", currency="JPY", by=user)
        day = dt.date(2026, 2, 15)
        repair = record_repair(gear_id=gear.pk, repair_date=day, description=" Strings ", cost_cents=8500, by=user)
        assert (repair.currency, repair.description, repair.cost_cents, repair.provider) == ("JPY", "Strings", 8500, "")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("repair_date", None),
            ("repair_date", dt.date(1899, 12, 31)),
            ("description", ""),
            ("description", "x" * 2001),
            ("cost_cents", -1),
            ("cost_cents", "8500"),
            ("cost_cents", True),
            ("currency", "EURO"),
            ("provider", "x" * 201),
        ],
    )
    def test_refuses_what_is_wrong(self, user, gear, name, value):
        right = {"repair_date": dt.date(2026, 2, 15), "description": "Pegs"}
        with pytest.raises(Invalid) as refusal:
            record_repair(gear_id=gear.pk, by=user, **{**right, name: value})
        assert (list(refusal.value.details), GearRepair.objects.count()) == ([name], 0)

    def test_has_a_most_and_is_removed_once(self, user, gear, settings):
        settings.GEAR_MOST_REPAIRS = 1
        right = {"gear_id": gear.pk, "repair_date": dt.date(2026, 2, 15), "description": "Pegs", "by": user}
        repair = record_repair(**right)
        with pytest.raises(Conflict):
            record_repair(**right)
        remove_repair(gear_id=gear.pk, repair_id=repair.pk, by=user)
        with pytest.raises(NotFound):
            remove_repair(gear_id=gear.pk, repair_id=repair.pk, by=user)
        told = Event.objects.filter(target=gear.pk, type="content_changed").order_by("pk").values_list("metadata")
        assert [data["action"] for (data,) in told] == ["repair_recorded", "repair_removed"]

    def test_of_another_item_is_not_found(self, user, gear):
        other = create_gear(name="Other", by=user)
        repair = record_repair(gear_id=other.pk, repair_date=dt.date(2026, 2, 15), description="Pegs", by=user)
        with pytest.raises(NotFound):
            remove_repair(gear_id=gear.pk, repair_id=repair.pk, by=user)


class TestDocument:
    @pytest.mark.parametrize(
        ("name", "words", "kept_name", "content_type"),
        [
            ("photo.png", b"%PDF-1.7 not a picture", "photo.png", "application/pdf"),
            ("../../etc/passwd", b"root", "passwd", "text/plain"),
            ("..\\..\\boot.ini", b"root", "boot.ini", "text/plain"),
            ("a\r\nSet-Cookie: x.txt", b"words", "aSet-Cookie: x.txt", "text/plain"),
            ("invoice.pdf", b"<html><script>alert(1)</script>", "invoice.pdf", "text/html"),
            ("x.svg", b"<svg onload=alert(1)>", "x.svg", "image/svg+xml"),
            ("\u202egpj.exe", b"MZ", "gpj.exe", None),
            ("..", b"words", "file", "text/plain"),
        ],
    )
    def test_is_recognised_and_its_name_is_data(self, gear, store, name, words, kept_name, content_type):
        document = paper(gear, words, name)
        assert document.name == kept_name
        assert content_type in (None, document.content_type)
        assert lying(store) == [document.content.name]
        assert document.content.name.startswith("gear/")
        assert (store / document.content.name).read_bytes() == words

    @pytest.mark.parametrize(
        ("words", "given", "error"),
        [
            (b"", {}, Invalid),
            (b"x" * 1001, {}, TooLarge),
            (b"words", {"type": "two words"}, Invalid),
        ],
    )
    def test_is_refused_and_leaves_nothing(self, gear, store, settings, words, given, error):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "gear_document": 1000}
        with pytest.raises(error):
            paper(gear, words, **given)
        assert (lying(store), GearDocument.objects.count()) == ([], 0)

    def test_has_a_most_and_a_quota(self, gear, store, settings):
        settings.GEAR_QUOTA_BYTES = 10
        paper(gear, b"1234567")
        with pytest.raises(TooLarge) as refusal, transaction.atomic():
            paper(gear, b"1234")
        assert refusal.value.code == "quota_exceeded"
        settings.GEAR_MOST_DOCUMENTS = 1
        with pytest.raises(Conflict) as refusal:
            paper(gear, b"1")
        assert refusal.value.code == "too_many_documents"
        assert (len(lying(store)), GearDocument.objects.count()) == (1, 1)

    def test_leaves_nothing_where_the_database_fails(self, gear, store, monkeypatch):
        def fail(*args, **given):
            raise DatabaseError("gone")

        monkeypatch.setattr(GearDocument, "save", fail)
        with pytest.raises(DatabaseError), transaction.atomic():
            paper(gear)
        assert lying(store) == []

    def test_says_where_the_store_is_away(self, gear, store):
        store.write_text("a file where the folder should be")
        with pytest.raises(Unavailable):
            paper(gear)
        assert GearDocument.objects.count() == 0

    def test_goes_with_its_content_once_that_is_certain(self, gear, store, django_capture_on_commit_callbacks):
        document = paper(gear)
        with django_capture_on_commit_callbacks() as callbacks:
            remove_document(gear_id=gear.pk, document_id=document.pk, by=gear.owner)
        assert len(lying(store)) == 1
        for callback in callbacks:
            callback()
        assert (lying(store), GearDocument.objects.count()) == ([], 0)
        with pytest.raises(NotFound):
            remove_document(gear_id=gear.pk, document_id=document.pk, by=gear.owner)


class TestSweep:
    def test_removes_what_no_row_names(self, gear, store):
        kept, lost, fresh = paper(gear, b"kept"), paper(gear, b"lost"), paper(gear, b"fresh")
        GearDocument.objects.filter(pk__in=(lost.pk, fresh.pk)).delete()
        long_ago = (now() - dt.timedelta(days=2)).timestamp()
        for document in (kept, lost):
            os.utime(store / document.content.name, (long_ago, long_ago))
        assert (sweep_gear_contents(), sweep_gear_contents()) == (1, 0)
        assert lying(store) == sorted([kept.content.name, fresh.content.name])
        jobs.sweep_gear_contents()

    def test_of_cloud_files_lets_it_be(self, gear, store):
        document = paper(gear)
        long_ago = (now() - dt.timedelta(days=2)).timestamp()
        os.utime(store / document.content.name, (long_ago, long_ago))
        assert (sweep_contents(), lying(store)) == (0, [document.content.name])

    def test_finds_nothing_where_there_was_never_anything(self, store):
        assert sweep_gear_contents() == 0


class TestDeparture:
    def test_takes_gear_and_contents_along(self, gear, store):
        paper(gear)
        record_repair(gear_id=gear.pk, repair_date=dt.date(2026, 2, 15), description="Pegs", by=gear.owner)
        departure = Departure.objects.create(user=gear.owner, requested_by=gear.owner, due_at=now())
        assert erase(departure_id=departure.pk) is True
        assert (GearItem.objects.count(), GearDocument.objects.count(), GearRepair.objects.count()) == (0, 0, 0)
        assert lying(store) == []
