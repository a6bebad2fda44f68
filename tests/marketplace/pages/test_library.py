import io

import pytest
from django.utils.timezone import now

from marketplace.models import Invoice, License
from marketplace.verbs.invoices import issue_credit_note
from marketplace.verbs.licenses import give_license, revoke_licenses
from marketplace.verbs.product_files import add_file
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order
from tests.marketplace.pages.test_orders import browser_of
from tests.marketplace.verbs.test_licenses import refunded

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    return browser_of(user)


@pytest.fixture
def song(stranger):
    product = ProductFactory(by=stranger, title="Song <1>", price_cents=1000)
    add_file(product_id=product.pk, content=io.BytesIO(b"0123456789"), name="stems & more.zip", by=stranger)
    return product


def titles(page):
    return [step["title"] for step in page.context["happened"]]


class TestTheOrder:
    def test_shows_keys_files_and_the_invoice(self, browser, user, song):
        order = paid_order(by=user, product=song, quantity=2)
        page = browser.get(f"/orders/{order.pk}/")
        text, number = page.content.decode(), Invoice.objects.get().full_number
        for license in License.objects.all():
            assert license.key in text
            assert f"/library/{license.pk}/{song.files.get().pk}/" in text
        for words in ("stems &amp; more.zip", "seat 2", f"/orders/{order.pk}/documents/{number}.pdf"):
            assert words in text
        assert titles(page) == [f"Invoice {number}", "2 licences granted", "Paid", "Placed"]

    def test_tells_of_what_was_given_back(self, browser, user, song):
        order = paid_order(by=user, product=song)
        refund = refunded(order, **{"Song <1>": 1000})
        revoke_licenses(refund=refund)
        note = issue_credit_note(refund=refund)
        page = browser.get(f"/orders/{order.pk}/")
        assert titles(page)[:4] == [
            f"Credit note {note.full_number}",
            "Refunded",
            "Refund of 10.00 EUR asked for",
            "Licence revoked",
        ] or set(titles(page)) >= {"Refunded", "Licence revoked", f"Credit note {note.full_number}"}
        text = page.content.decode()
        assert ("The money was given back." in text, f"{note.full_number}.pdf" in text) == (True, True)
        assert "Download" not in text.partition('id="downloads-title"')[2].partition("</section>")[0].replace(
            "Your downloads", ""
        )

    def test_keeps_keys_and_papers_from_staff(self, user, staff, song):
        order = paid_order(by=user, product=song)
        page = browser_of(staff).get(f"/orders/{order.pk}/")
        text = page.content.decode()
        assert (page.status_code, License.objects.get().key in text, "Your downloads" in text) == (200, False, False)

    def test_has_neither_before_it_is_paid(self, browser, user, song):
        text = browser.get(f"/orders/{OrderFactory(by=user, product=song).pk}/").content.decode()
        assert ("Your downloads" in text, "Documents" in text) == (False, False)

    def test_shows_the_first_of_many_seats(self, browser, user, song):
        order = paid_order(by=user, product=song, quantity=25)
        page = browser.get(f"/orders/{order.pk}/")
        assert (len(page.context["licenses"]), page.context["more_licenses"]) == (20, 5)
        assert "And 5 more" in page.content.decode()

    def test_asks_as_much_whatever_it_holds(self, browser, user, song, django_assert_max_num_queries):
        order = paid_order(by=user, product=song, quantity=20)
        with django_assert_max_num_queries(30):
            browser.get(f"/orders/{order.pk}/")


class TestTheDocument:
    def test_is_for_the_buyer_alone(self, browser, user, stranger, staff, song):
        order = paid_order(by=user, product=song)
        place = f"/orders/{order.pk}/documents/{Invoice.objects.get().full_number}.pdf"
        answer = browser.get(place)
        assert (answer.status_code, answer["Content-Type"], answer.content[:4]) == (200, "application/pdf", b"%PDF")
        for other in (stranger, staff):
            assert browser_of(other).get(place).status_code == 404
        assert browser.get(f"/orders/{order.pk}/documents/INV-2026-999999.pdf").status_code == 404


class TestTheLibrary:
    def test_holds_what_was_bought_and_given(self, browser, user, stranger, song):
        paid_order(by=user, product=song)
        gift = ProductFactory(by=stranger, title="Gift")
        given = give_license(product_id=gift.pk, to=user.email, by=stranger)
        paid_order(product=song)
        page = browser.get("/library/")
        text = page.content.decode()
        assert (page.context["total"], given.key in text, "given to you" in text) == (2, True, True)
        assert "Nothing to download" in text
        assert browser.get("/library/", {"q": "song"}).context["total"] == 1
        assert "Nothing found" in browser.get("/library/?q=zzz").content.decode()

    def test_says_that_it_is_empty(self, browser, client):
        assert "Nothing here yet" in browser.get("/library/").content.decode()
        assert client.get("/library/").status_code == 302

    def test_hides_what_was_revoked(self, browser, user, song):
        paid_order(by=user, product=song)
        License.objects.update(status="revoked", revoked_at=now())
        assert browser.get("/library/").context["total"] == 0

    def test_hands_a_file_out(self, browser, user, song):
        paid_order(by=user, product=song)
        license, file = License.objects.get(), song.files.get()
        answer = browser.get(f"/library/{license.pk}/{file.pk}/", follow=True)
        assert (answer.status_code, answer.content) == (200, b"0123456789")
        license.refresh_from_db()
        assert license.download_count == 1

    def test_says_why_it_does_not(self, browser, user, stranger, song):
        paid_order(by=user, product=song)
        license, file = License.objects.get(), song.files.get()
        place = f"/library/{license.pk}/{file.pk}/"
        assert browser_of(stranger).get(place).status_code == 404
        assert browser.get(f"/library/{license.pk}/nonsense/").status_code == 404
        License.objects.update(download_count=100, max_downloads=100)
        answer = browser.get(place, follow=True)
        assert "All 100 downloads of this licence are used" in answer.content.decode()
