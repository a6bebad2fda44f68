import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace.models import Product, ProductFile
from tests.factories.marketplace import ProductFactory, given_back, paid_order

pytestmark = pytest.mark.django_db
FORM = {"title": "Dawn", "price": "12.50", "currency": "EUR", "kind": "digital", "stock": "", "status": "active"}


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def said(page):
    return [str(message) for message in page.context["messages"]]


class TestVat:
    @pytest.mark.parametrize(("typed", "kept"), [("19", 1900), ("5.5", 550), ("", 0), ("0", 0), ("2.12", 212)])
    def test_is_typed_in_per_cent(self, browser, typed, kept):
        browser.post("/studio/products/new/", {**FORM, "vat_percent": typed})
        product = Product.objects.get()
        assert product.vat_bp == kept
        shown = browser.get(f"/studio/products/{product.pk}/").context["form"]["vat_percent"].value()
        assert float(shown or 0) == kept / 100

    @pytest.mark.parametrize("typed", ["-1", "51", "1.234", "x", "NaN"])
    def test_refuses_what_is_none(self, browser, typed):
        page = browser.post("/studio/products/new/", {**FORM, "vat_percent": typed})
        assert (page.status_code, list(page.context["form"].errors)) == (400, ["vat_percent"])


class TestList:
    def test_is_narrowed_by_state(self, browser, user):
        for title, status in (("Dawn", "active"), ("Dusk", "draft"), ("Noon", "archived")):
            product = ProductFactory(by=user, title=title)
            Product.objects.filter(pk=product.pk).update(status=status)

        def titles(query):
            return [product.title for product in browser.get(f"/studio/products/{query}").context["items"]]

        assert (titles(""), titles("?state=draft")) == (["Noon", "Dusk", "Dawn"], ["Dusk"])
        assert (titles("?q=dawn"), titles("?state=x&q=noon"), titles("?state=draft&q=noon")) == (["Dawn"], ["Noon"], [])
        shown = [(one["text"], one["count"]) for one in browser.get("/studio/products/").context["filters"]]
        assert shown == [("All", 3), ("On the market", 1), ("Draft", 1), ("Archived", 1)]

    def test_counts_what_was_sold_and_kept(self, browser, user):
        product = ProductFactory(by=user)
        paid_order(product=product)
        given_back(paid_order(product=product))
        assert [row.sold for row in browser.get("/studio/products/").context["items"]] == [1]


class TestStatus:
    @pytest.mark.parametrize("status", ["draft", "archived", "active"])
    def test_moves_with_one_button(self, browser, user, status):
        product = ProductFactory(by=user)
        answer = browser.post(f"/studio/products/{product.pk}/status/", {"status": status})
        assert (answer.status_code, Product.objects.get().status) == (302, status)

    def test_refuses_another_state_and_another_seller(self, browser, user, stranger):
        product = ProductFactory(by=user)
        browser.post(f"/studio/products/{product.pk}/status/", {"status": "gold"})
        assert Product.objects.get(pk=product.pk).status == "active"
        other = ProductFactory(by=stranger)
        assert browser.post(f"/studio/products/{other.pk}/status/", {"status": "draft"}).status_code == 404

    def test_is_a_draft_until_it_is_put_on_the_market_beside_its_files(self, browser, user):
        form = browser.get("/studio/products/new/").context["form"]
        assert form["status"].value() == "draft"
        browser.post("/studio/products/new/", {**FORM, "status": "draft"})
        path = f"/studio/products/{Product.objects.get().pk}/"
        assert "when its file is here" in browser.get(path).content.decode()
        page = browser.post(f"{path}files/", {"file": SimpleUploadedFile("notes.txt", b"Words")}, follow=True)
        assert "It is a draft: nobody else sees it yet." in page.content.decode()
        page = browser.post(f"{path}status/", {"status": "active"}, follow=True)
        assert "It is a draft" not in page.content.decode()


class TestRemove:
    def test_deletes_what_nobody_has_and_says_so_before_and_after(self, browser, user):
        path = f"/studio/products/{ProductFactory(by=user, title='Dawn').pk}/"
        assert f'href="{path}remove/"' in browser.get(path).content.decode()
        asked = browser.get(f"{path}remove/").content.decode()
        assert ("gone for good" in asked, Product.objects.count()) == (True, 1)
        assert said(browser.post(f"{path}remove/", follow=True)) == ["Dawn is deleted."]
        assert Product.objects.count() == 0

    def test_archives_what_somebody_has(self, browser, user):
        product = ProductFactory(by=user, title="Dawn")
        path = f"/studio/products/{product.pk}/"
        paid_order(product=product)
        assert f'href="{path}remove/"' not in browser.get(path).content.decode()
        assert "will no longer be sold" in browser.get(f"{path}remove/").content.decode()
        page = browser.post(f"{path}remove/", follow=True)
        assert said(page) == ["Dawn is off the market. Its buyers keep what they bought."]
        assert Product.objects.get().status == "archived"

    def test_is_the_sellers_own(self, browser, stranger):
        path = f"/studio/products/{ProductFactory(by=stranger).pk}/remove/"
        assert (browser.get(path).status_code, browser.post(path).status_code) == (404, 404)


class TestFiles:
    def test_are_added_shown_and_removed(self, browser, user):
        product = ProductFactory(by=user)
        path = f"/studio/products/{product.pk}/"
        assert "There is no file yet" in browser.get(path).content.decode()
        upload = SimpleUploadedFile("notes.txt", b"What you paid for")
        answer = browser.post(f"{path}files/", {"file": upload}, follow=True)
        assert (said(answer), "notes.txt" in answer.content.decode()) == (["Buyers get notes.txt now."], True)
        browser.post(f"{path}files/{ProductFile.objects.get().pk}/remove/")
        assert ProductFile.objects.count() == 0

    def test_say_why_they_cannot_be(self, browser, user):
        product = ProductFactory(by=user)
        path = f"/studio/products/{product.pk}/files/"
        assert said(browser.post(path, follow=True)) == ["Choose a file first."]
        empty = SimpleUploadedFile("empty.txt", b"")
        assert said(browser.post(path, {"file": empty}, follow=True)) != []
        assert ProductFile.objects.count() == 0
        browser.post(path, {"file": SimpleUploadedFile("notes.txt", b"Words")})
        paid_order(product=product)
        answer = browser.post(f"{path}{ProductFile.objects.get().pk}/remove/", follow=True)
        assert "People have this product" in said(answer)[-1]

    def test_are_the_sellers_own(self, browser, stranger):
        product = ProductFactory(by=stranger)
        upload = SimpleUploadedFile("notes.txt", b"Words")
        assert browser.post(f"/studio/products/{product.pk}/files/", {"file": upload}).status_code == 404

    def test_are_not_asked_of_what_is_sent(self, browser, user):
        product = ProductFactory(by=user, kind="physical")
        assert "What buyers get" not in browser.get(f"/studio/products/{product.pk}/").content.decode()
