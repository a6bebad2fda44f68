import io

import pytest

from marketplace.models import License
from marketplace.verbs.licenses import give_license
from marketplace.verbs.product_files import add_file
from tests.factories.marketplace import ProductFactory, paid_order
from tests.marketplace.pages.test_orders import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    return browser_of(user)


@pytest.fixture
def song(user):
    return ProductFactory(by=user, title="Song")


@pytest.fixture
def file(song, user):
    return add_file(product_id=song.pk, content=io.BytesIO(b"0123456789"), name="stems.zip", by=user)


class TestFiles:
    def test_are_looked_at_by_the_seller(self, browser, song, file):
        answer = browser.get(f"/studio/products/{song.pk}/files/{file.pk}/")
        assert (answer.content, answer["Content-Disposition"]) == (b"0123456789", 'attachment; filename="stems.zip"')
        assert License.objects.count() == 0

    def test_are_the_sellers_alone(self, stranger, song, file):
        others = browser_of(stranger)
        for path in (f"files/{file.pk}/", "licenses/"):
            assert others.get(f"/studio/products/{song.pk}/{path}").status_code == 404


class TestLicenses:
    def test_are_listed_and_found(self, browser, song, stranger):
        order = paid_order(by=stranger, product=song)
        path = f"/studio/products/{song.pk}/licenses/"
        text = browser.get(path).content.decode()
        assert all(words in text for words in (License.objects.get().key, "A Stranger", "Bought", order.number))
        assert browser.get(path, {"q": order.number}).context["total"] == 1
        assert "Nothing found" in browser.get(path, {"q": "zzz"}).content.decode()

    def test_are_given(self, browser, song, stranger):
        path = f"/studio/products/{song.pk}/licenses/"
        assert "Nobody has it yet" in browser.get(path).content.decode()
        words = {"to": stranger.email, "source": "gift", "note": "Enjoy"}
        assert "A Stranger has Song now" in browser.post(path, words, follow=True).content.decode()
        assert License.objects.get().owner == stranger

    def test_keep_what_was_typed_where_that_fails(self, browser, song):
        answer = browser.post(
            f"/studio/products/{song.pk}/licenses/", {"to": "x@y.z", "source": "gift", "note": "Enjoy"}
        )
        text = answer.content.decode()
        assert (answer.status_code, "Enjoy" in text, "No account has this" in text) == (400, True, True)

    def test_are_revoked_after_a_question(self, browser, song, user, stranger):
        given = give_license(product_id=song.pk, to=stranger.email, by=user)
        path = f"/studio/products/{song.pk}/licenses/{given.pk}/revoke/"
        assert "Revoke the licence of A Stranger" in browser.get(path).content.decode()
        browser.post(path, {"note": "By mistake"})
        given.refresh_from_db()
        assert (given.status, given.note) == ("revoked", "By mistake")

    def test_that_were_bought_say_how_they_end(self, browser, song):
        license = paid_order(product=song).lines.get().licenses.get()
        path = f"/studio/products/{song.pk}/licenses/"
        assert f"{path}{license.pk}/revoke/" not in browser.get(path).content.decode()
        assert "This licence was bought" in browser.post(f"{path}{license.pk}/revoke/", follow=True).content.decode()

    def test_may_be_downloaded_more_often(self, browser, song):
        license = paid_order(product=song).lines.get().licenses.get()
        browser.post(f"/studio/products/{song.pk}/licenses/{license.pk}/more/")
        license.refresh_from_db()
        assert license.max_downloads == 100
