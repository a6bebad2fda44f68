"""What an order's licences open, as API consumers fetch it; payments-design.md §6, number 29."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.utils.timezone import now

from config.dialects.fields import iso_z
from marketplace.models import License
from marketplace.verbs.product_files import add_file
from tests.clients import Caller
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order
from tests.factories.social import track_of

pytestmark = pytest.mark.django_db
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def product(stranger):
    return ProductFactory(by=stranger, title="Song")


@pytest.fixture
def file(product, stranger):
    return add_file(product_id=product.pk, content=io.BytesIO(b"0123456789"), name="<Song> é.html", by=stranger)


@pytest.fixture
def order(user, product, file):
    return paid_order(by=user, product=product)


def path_of(order):
    return f"/api/v1/marketplace/orders/{order.pk}/downloads"


def link(caller, order):
    return caller.get(path_of(order)).json()["data"]["downloads"][0]["url"]


class TestList:
    def test_names_licences_and_files(self, caller, order, product, file):
        license = License.objects.get()
        moment = now()
        with time_machine.travel(moment, tick=False):
            answer = caller.get(path_of(order))
        assert answer.status_code == 200
        data = answer.json()["data"]
        (url,) = [each.pop("url") for each in data["downloads"]]
        assert url.startswith("/api/v1/marketplace/downloads/")
        assert data == {
            "downloads": [
                {
                    "id": str(file.pk), "license_id": str(license.pk), "product_id": str(product.pk),
                    "name": "<Song> é.html", "content_type": "text/html", "size_bytes": 10, "sha256": file.sha256,
                    "download_count": 0, "max_downloads": 50, "expires_at": iso_z(moment + timedelta(minutes=10)),
                }
            ],
            "licenses": [
                {
                    "id": str(license.pk), "key": license.key, "product_id": str(product.pk), "title": "Song", "seat": 1,
                    "status": "active", "download_count": 0, "max_downloads": 50,
                    "created_at": iso_z(license.created_at),
                }
            ],
            "total": 1,
        }  # fmt: skip

    def test_refuses_without_a_licence(self, caller, user, order, product):
        waiting = OrderFactory(by=user, product=product)
        answer = caller.get(path_of(waiting))
        assert (answer.status_code, answer.json()["code"]) == (403, "no_license")
        License.objects.update(status="revoked", revoked_at=now())
        answer = caller.get(path_of(order))
        assert (answer.status_code, answer.json()["code"]) == (403, "license_revoked")

    def test_is_hidden_from_others(self, order, stranger, staff, anonymous):
        for other in (stranger, staff):
            assert Caller.signed_in_as(other).get(path_of(order)).status_code == 404
        assert anonymous.get(path_of(order)).status_code == 401

    def test_shows_no_link_of_a_revoked_seat(self, caller, user, product, file):
        order = paid_order(by=user, product=product, quantity=2)
        License.objects.filter(seat=1).update(status="revoked", revoked_at=now())
        data = caller.get(path_of(order)).json()["data"]
        assert [each["status"] for each in data["licenses"]] == ["revoked", "active"]
        assert len(data["downloads"]) == 1

    def test_is_cut(self, caller, user, product):
        order = paid_order(by=user, product=product, quantity=3)
        data = caller.get(path_of(order), limit=1, offset=1).json()["data"]
        assert ([each["seat"] for each in data["licenses"]], data["total"]) == ([2], 3)
        for wrong in ({"limit": 0}, {"limit": 101}, {"offset": -1}):
            assert caller.get(path_of(order), **wrong).status_code == 400


class TestRetrieve:
    def test_hands_the_file_out_to_be_saved(self, caller, anonymous, order):
        for by in (caller, anonymous):
            answer = by.get(link(caller, order))
            assert (answer.status_code, answer.content) == (200, b"0123456789")
            told = {
                name: answer[name] for name in ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy")
            }
            assert told == {
                "Content-Type": "application/octet-stream",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            }
            assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%3CSong%3E%20%C3%A9.html"
        assert License.objects.get().download_count == 2

    def test_serves_ranges_of_one_download(self, caller, order):
        url = link(caller, order)
        first = caller.client.get(url, headers={"Range": "bytes=0-3"})
        rest = caller.client.get(url, headers={"Range": "bytes=4-"})
        assert (first.status_code, first.content, first["Content-Range"]) == (206, b"0123", "bytes 0-3/10")
        assert (rest.status_code, rest.content) == (206, b"456789")
        outside = caller.client.get(url, headers={"Range": "bytes=10-"})
        assert (outside.status_code, outside["Content-Type"]) == (416, "text/plain; charset=utf-8")
        assert caller.client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
        assert caller.client.head(url).status_code == 200
        assert License.objects.get().download_count == 1

    def test_ends_with_the_last_download(self, caller, order):
        License.objects.update(download_count=49)
        url = link(caller, order)
        assert caller.get(url).status_code == 200
        answer = caller.get(url)
        assert (answer.status_code, answer.json()["code"]) == (403, "download_limit")

    def test_refuses_an_expired_an_altered_and_a_revoked_one(self, caller, order):
        url = link(caller, order)
        with time_machine.travel(now() + timedelta(minutes=11)):
            assert caller.get(url).json()["code"] == "link_expired"
        answer = caller.get(f"{url}x")
        assert (answer.status_code, answer.json()["code"]) == (403, "link_invalid")
        License.objects.update(status="revoked", revoked_at=now())
        answer = caller.get(url)
        assert (answer.status_code, answer.json()["code"]) == (403, "license_revoked")

    @pytest.mark.parametrize(
        ("asked", "counted"),
        [("bytes=-10", 1), ("bytes=-99999", 1), ("bytes=00-", 1), ("bytes=0-1", 0), ("bytes=0-2", 1), ("bytes=3-", 0)],
    )
    def test_counts_what_is_sent_however_it_was_asked_for(self, caller, order, asked, counted):
        """After a download that was counted, so that a later part belongs to it."""
        url = link(caller, order)
        caller.client.get(url)
        before = License.objects.get().download_count
        caller.client.get(url, headers={"Range": asked})
        assert License.objects.get().download_count - before == counted

    def test_is_nothing_to_another_account(self, caller, order, stranger):
        assert Caller.signed_in_as(stranger).get(link(caller, order)).status_code == 404

    def test_takes_a_dead_credential_for_none(self, caller, order):
        url = link(caller, order)
        assert Caller(Authorization="Bearer nonsense").get(url).status_code == 200

    def test_delivers_the_track_of_a_product(self, caller, user, stranger):
        track = track_of(stranger, "Dawn")
        track.file.save(f"{track.pk.hex}.mp3", ContentFile(b"ID3 sound"))
        order = paid_order(by=user, product=ProductFactory(by=stranger, track_id=track.pk))
        data = caller.get(path_of(order)).json()["data"]["downloads"]
        assert [(each["id"], each["name"]) for each in data] == [("track", f"Dawn.{track.format}")]
        answer = caller.client.get(data[0]["url"], headers={"Range": "bytes=0-2"})
        assert (answer.status_code, answer.content) == (206, b"ID3")
        assert answer["Content-Disposition"].startswith("attachment")

    def test_leads_to_a_signed_address_on_s3(self, caller, order, monkeypatch):
        monkeypatch.setattr("marketplace.verbs.downloads.object_storage.place_of", lambda *_, **__: "https://s3/x?sig")
        answer = caller.get(link(caller, order))
        assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (
            302,
            "https://s3/x?sig",
            "no-store",
        )
        assert License.objects.get().download_count == 1
