import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from marketplace.models import Product, SandboxMishap, SellerAccount
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


FORM = {
    "title": "Dawn",
    "description": "A short piece",
    "price": "12.50",
    "currency": "EUR",
    "kind": "digital",
    "stock": "",
    "status": "active",
}


def picture():
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(drawn, "PNG")
    return SimpleUploadedFile("cover.png", drawn.getvalue())


class TestProductForm:
    def test_puts_a_product_on_the_market(self, browser):
        answer = browser.post("/studio/products/new/", {**FORM, "cover": picture()}, follow=True)
        product = Product.objects.get()
        assert (product.title, product.price_cents, product.stock, product.status) == ("Dawn", 1250, None, "active")
        assert product.cover.name.endswith(".webp")
        said = [str(message) for message in answer.context["messages"]]
        assert said == [
            "Dawn is saved. It is on the market now.",
            "You are a creator now: people can see that you sell.",
        ]
        product.cover.delete()

    @pytest.mark.parametrize(("price", "currency", "cents"), [("12", "EUR", 1200), ("12", "JPY", 12)])
    def test_knows_how_currencies_are_written(self, browser, price, currency, cents):
        browser.post("/studio/products/new/", {**FORM, "price": price, "currency": currency})
        assert Product.objects.get().price_cents == cents
        shown = browser.get(f"/studio/products/{Product.objects.get().pk}/").context["form"]["price"].value()
        assert float(shown) == float(price)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("title", ""),
            ("price", "-1"),
            ("price", "1.234"),
            ("price", "NaN"),
            ("price", "1e99"),
            ("price", "99999999999"),
            ("currency", "XXX"),
            ("stock", "-1"),
            ("cover", SimpleUploadedFile("cover.png", b"not a picture")),
            ("preview", SimpleUploadedFile("song.mp3", b"MZ not a song")),
        ],
    )
    def test_keeps_what_was_typed_where_something_is_wrong(self, browser, name, value):
        answer = browser.post("/studio/products/new/", {**FORM, "description": "My words", name: value})
        assert (answer.status_code, list(answer.context["form"].errors)) == (400, [name])
        assert "My words" in answer.content.decode()
        assert Product.objects.count() == 0

    def test_asks_again_for_the_files_of_a_form_that_was_refused(self, browser):
        answer = browser.post("/studio/products/new/", {**FORM, "price": "-1", "cover": picture()})
        assert answer.context["form"].errors["cover"] == ["Choose the picture again: nothing is saved yet."]

    def test_says_the_highest_price_as_people_write_it(self, browser):
        answer = browser.post("/studio/products/new/", {**FORM, "price": "9999999999"})
        assert answer.context["form"].errors["price"] == ["No price is above 1,000,000,000.00 EUR."]

    def test_changes_ones_own_alone(self, browser, user):
        mine, other = ProductFactory(by=user), ProductFactory()
        browser.post(f"/studio/products/{mine.pk}/", {**FORM, "title": "New words"})
        mine.refresh_from_db()
        assert mine.title == "New words"
        assert browser.get(f"/studio/products/{other.pk}/").status_code == 404
        assert browser.post(f"/studio/products/{other.pk}/remove/").status_code == 404
        assert browser.post(f"/studio/products/{mine.pk}/remove/").url == "/studio/products/"
        assert list(Product.objects.all()) == [other]


class TestStudio:
    def test_shows_a_newcomer_where_to_start(self, browser, client):
        text = browser.get("/studio/").content.decode()
        assert ("Make your first product" in text, "Connect an account" in text) == (True, True)
        for path in ("", "products/", "orders/", "payouts/", "products/new/"):
            assert browser.get(f"/studio/{path}").status_code == 200
            assert client.get(f"/studio/{path}").status_code == 302

    def test_shows_sales_money_and_why_a_payout_waits(self, browser, user):
        connect(user)
        transfer = paid_order(product=ProductFactory(by=user, title="Dawn")).transfers.get()
        SandboxMishap.objects.create(kind="refuse")
        attempt_transfer(transfer_id=transfer.pk)

        assert browser.get("/studio/").context["month_text"] == "26.99 EUR"
        assert "Dawn" in browser.get("/studio/orders/").content.decode()
        text = browser.get("/studio/payouts/").content.decode()
        assert ("was too low. It is tried again." in text, "Next try" in text) == (True, True)

    def test_connects_an_account_by_the_sandboxs_own_button(self, browser, user):
        page = browser.post("/studio/onboard/", follow=True)
        assert "Connect this account" in page.content.decode()
        browser.post(page.redirect_chain[-1][0])
        assert SellerAccount.objects.get().transfers_active is True
        assert browser.get("/sandbox/onboarding/altered/").url == "/studio/"

    @pytest.mark.parametrize("path", ["", "products/", "orders/", "payouts/"])
    def test_asks_the_database_as_often_for_three_as_for_one(self, browser, user, path):
        asked = []
        for _ in range(3):
            paid_order(product=ProductFactory(by=user))
            with CaptureQueriesContext(connection) as queries:
                browser.get(f"/studio/{path}")
            asked.append(len(queries))
        assert asked[2] <= asked[0] < 25
