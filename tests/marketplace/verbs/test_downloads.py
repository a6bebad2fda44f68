import io
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.utils.timezone import now

from config.errors import Forbidden, NotFound
from marketplace.models import License, Order
from marketplace.queries.licenses import TRACK, delivered, library_of
from marketplace.verbs.downloads import downloads_of_order, link_for, link_of, note_download, open_download
from marketplace.verbs.product_files import add_file, remove_file
from ontology.models import Track
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order
from tests.factories.social import track_of

pytestmark = pytest.mark.django_db


def recording_of(owner):
    track = track_of(owner, "Dawn")
    track.file.save(f"{track.pk.hex}.mp3", ContentFile(b"sound"))
    return track


@pytest.fixture
def product(stranger):
    return ProductFactory(by=stranger, title="Song")


@pytest.fixture
def file(product, stranger):
    return add_file(product_id=product.pk, content=io.BytesIO(b"0123456789"), name="song.txt", by=stranger)


@pytest.fixture
def license(user, product, file):
    return paid_order(by=user, product=product).lines.get().licenses.get()


def token_of(license, file_id):
    return link_of(license, file_id).rpartition("/")[2]


def refusal(call, *args, **words):
    with pytest.raises((Forbidden, NotFound)) as refused:
        call(*args, **words)
    return type(refused.value).__name__, refused.value.code


class TestOpenDownload:
    @pytest.mark.parametrize("who", ["user", "nobody"])
    def test_opens_for_the_link_alone(self, user, license, file, who):
        opened = open_download(token=token_of(license, file.pk), by=user if who == "user" else AnonymousUser())
        assert (opened.license, opened.name, opened.content_type) == (license, "song.txt", "text/plain")
        assert opened.place_of(opened.key, name="x", content_type="text/plain").read_bytes() == b"0123456789"

    def test_is_closed_to_others(self, license, file, staff, stranger):
        for other in (staff, stranger):
            assert refusal(open_download, token=token_of(license, file.pk), by=other) == ("NotFound", None)

    def test_lives_ten_minutes(self, license, file, user):
        token = token_of(license, file.pk)
        with time_machine.travel(now() + timedelta(minutes=9)):
            assert open_download(token=token, by=user)
        with time_machine.travel(now() + timedelta(minutes=11)):
            assert refusal(open_download, token=token, by=user) == ("Forbidden", "link_expired")

    @pytest.mark.parametrize(
        "change", [lambda t: t[:-1] + "?", lambda t: "x" + t, lambda t: "", lambda t: t[: len(t) // 2]]
    )
    def test_refuses_an_altered_link(self, license, file, user, change):
        token = change(token_of(license, file.pk))
        assert refusal(open_download, token=token, by=user) == ("Forbidden", "link_invalid")

    def test_asks_the_licence_each_time(self, license, file, user):
        token = token_of(license, file.pk)
        License.objects.update(status="revoked", revoked_at=now())
        assert refusal(open_download, token=token, by=user) == ("Forbidden", "license_revoked")

    def test_is_closed_with_the_account(self, license, file, user):
        type(user).objects.filter(pk=user.pk).update(is_active=False)
        assert refusal(open_download, token=token_of(license, file.pk), by=AnonymousUser()) == ("NotFound", None)

    def test_says_that_a_file_was_replaced(self, license, file, user, product, stranger):
        add_file(product_id=product.pk, content=io.BytesIO(b"new"), name="b", by=stranger)
        remove_file(product_id=product.pk, file_id=file.pk, by=stranger)
        assert refusal(open_download, token=token_of(license, file.pk), by=user) == ("NotFound", "file_replaced")

    def test_opens_no_file_of_another_product(self, license, user, stranger):
        other = ProductFactory(by=stranger)
        foreign = add_file(product_id=other.pk, content=io.BytesIO(b"x"), name="x", by=stranger)
        assert refusal(open_download, token=token_of(license, foreign.pk), by=user)[0] == "NotFound"


class TestTheTrackOfAProduct:
    def test_is_delivered_first_and_also_once_it_is_hidden(self, user, stranger):
        track = recording_of(stranger)
        product = ProductFactory(by=stranger, track_id=track.pk)
        license = paid_order(by=user, product=product).lines.get().licenses.get()
        add_file(product_id=product.pk, content=io.BytesIO(b"x"), name="notes.txt", by=stranger)
        Track.objects.update(status="draft")
        assert [file.name for file in delivered([product])[product.pk]] == [f"Dawn.{track.format}", "notes.txt"]
        opened = open_download(token=token_of(license, TRACK), by=user)
        place = opened.place_of(opened.key, name="", content_type="")
        assert (opened.name, place.read_bytes()) == (f"Dawn.{track.format}", b"sound")

    def test_is_missed_plainly(self, user, stranger):
        track = recording_of(stranger)
        product = ProductFactory(by=stranger, track_id=track.pk)
        license = paid_order(by=user, product=product).lines.get().licenses.get()
        track.file.storage.delete(track.file.name)
        opened = open_download(token=token_of(license, TRACK), by=user)
        assert refusal(opened.place_of, opened.key, name="", content_type="") == ("NotFound", "content_missing")


class TestNoteDownload:
    def test_counts_beginnings_and_not_what_goes_on(self, license):
        for begins, count in ((True, 1), (False, 1), (True, 2), (False, 2)):
            note_download(License.objects.get(), begins=begins)
            assert License.objects.get().download_count == count
        assert License.objects.get().last_download_at is not None

    def test_counts_a_part_that_belongs_to_none(self, license):
        note_download(license, begins=False)
        assert License.objects.get().download_count == 1
        with time_machine.travel(now() + timedelta(hours=7)):
            note_download(License.objects.get(), begins=False)
        assert License.objects.get().download_count == 2

    def test_ends_where_all_are_used(self, license):
        License.objects.update(download_count=49, max_downloads=50)
        note_download(License.objects.get(), begins=True)
        assert refusal(note_download, License.objects.get(), begins=True) == ("Forbidden", "download_limit")
        note_download(License.objects.get(), begins=False)
        assert License.objects.get().download_count == 50

    def test_notices_a_licence_that_was_revoked_meanwhile(self, license):
        License.objects.update(status="revoked", revoked_at=now())
        assert refusal(note_download, license, begins=True) == ("Forbidden", "license_revoked")


class TestLinkFor:
    def test_is_for_the_owner_while_the_licence_holds(self, license, file, user, stranger, staff):
        assert link_for(license_id=license.pk, file_id=str(file.pk), by=user).startswith(
            "/api/v1/marketplace/downloads/"
        )
        for other in (stranger, staff):
            assert refusal(link_for, license_id=license.pk, file_id=str(file.pk), by=other) == ("NotFound", None)
        assert refusal(link_for, license_id=license.pk, file_id="nonsense", by=user) == ("NotFound", None)
        License.objects.update(download_count=100, max_downloads=100)
        assert refusal(link_for, license_id=license.pk, file_id=str(file.pk), by=user) == (
            "Forbidden",
            "download_limit",
        )


class TestDownloadsOfOrder:
    def test_needs_a_licence_of_ones_own(self, user, stranger, product):
        waiting, done = OrderFactory(by=user, product=product), paid_order(by=user, product=product)
        assert refusal(downloads_of_order, order_id=waiting.pk, by=user) == ("Forbidden", "no_license")
        assert refusal(downloads_of_order, order_id=done.pk, by=stranger) == ("NotFound", None)
        assert [each.order_line.order for each in downloads_of_order(order_id=done.pk, by=user)] == [done]
        License.objects.update(status="revoked", revoked_at=now())
        assert refusal(downloads_of_order, order_id=done.pk, by=user) == ("Forbidden", "license_revoked")

    def test_is_empty_for_a_parcel(self, user):
        order = paid_order(by=user, product=ProductFactory(kind="physical"))
        assert list(downloads_of_order(order_id=order.pk, by=user)) == []


def test_a_library_is_asked_for_in_as_many_queries_whatever_it_holds(user, stranger, django_assert_num_queries):
    def fill(count):
        # No word that a key, which is hexadecimal, may begin with: keys are searched too.
        for name in ("Ode", "Psalm", "Round")[:count]:
            made = ProductFactory(by=stranger, title=f"Song {name}", track_id=track_of(stranger, "Dawn").pk)
            add_file(product_id=made.pk, content=io.BytesIO(b"x"), name="x", by=stranger)
            paid_order(by=user, product=made)

    def read():
        found = list(library_of(user))
        return delivered(license.product for license in found)

    for count in (1, 3):
        fill(count)
        with django_assert_num_queries(3):
            read()
    assert len(list(library_of(user, words="song psalm"))) == 1
    assert Order.objects.count() == 4
