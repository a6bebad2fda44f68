import re

import pytest
from django.test import Client

from marketplace.models import Cart, CartItem, Order, Product
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.marketplace import ProductFactory, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def put_in(client, product, quantity=1, **more):
    return client.post("/cart/add/", {"product_id": str(product.pk), "quantity": quantity, **more})


def said(page):
    return [str(message) for message in page.context["messages"]]


def mark(client):
    """What the page's head says lies in the cart."""
    found = re.search(r'aria-label="Cart(?:, (\d+) things?)?"', client.get("/market/").content.decode())
    return found and int(found[1] or 0)


class TestCart:
    def test_is_kept_for_a_visitor_in_a_signed_cookie(self, client):
        product = ProductFactory(title="Dawn", price_cents=1200)
        assert mark(client) is None
        answer = put_in(client, product, 2)
        cookie = answer.cookies["stoa_cart"]
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 60 * 86400)
        page = client.get("/cart/").content.decode()
        assert ("Dawn" in page, "24.00 EUR" in page, mark(client)) == (True, True, 2)
        client.cookies["stoa_cart"] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
        assert "Your cart is empty" in client.get("/cart/").content.decode()

    def test_goes_back_to_where_the_button_was_and_nowhere_else(self, browser):
        product = ProductFactory()
        assert put_in(browser, product, next=f"/market/{product.pk}/").url == f"/market/{product.pk}/"
        assert put_in(browser, product, next="https://elsewhere.example/").url == "/cart/"
        assert put_in(browser, product, next="//elsewhere.example/").url == "/cart/"

    def test_changes_removes_and_empties(self, browser, user):
        first, second = ProductFactory(title="Dawn"), ProductFactory(title="Dusk")
        put_in(browser, first)
        put_in(browser, second)
        browser.post(f"/cart/{first.pk}/", {"quantity": "5"})
        assert CartItem.objects.get(product=first).quantity == 5
        browser.post(f"/cart/{second.pk}/remove/")
        assert mark(browser) == 5
        assert said(browser.post("/cart/empty/", follow=True)) == ["Your cart is empty."]
        assert CartItem.objects.count() == 0

    @pytest.mark.parametrize("quantity", ["-1", "100", "x", "", "1.5", "²", "9" * 30])
    def test_refuses_a_wrong_quantity_in_words(self, browser, quantity):
        product = ProductFactory()
        assert said(put_in_and_follow(browser, product, quantity)) == ["quantity: Must be a whole number from 1 to 99."]
        put_in(browser, product)
        browser.post(f"/cart/{product.pk}/", {"quantity": quantity})
        assert CartItem.objects.get().quantity == 1

    def test_says_when_ninety_nine_are_in(self, browser):
        product = ProductFactory(title="Dawn")
        put_in(browser, product, 98)
        assert said(put_in_and_follow(browser, product, 5)) == [
            "Dawn is in your cart.",
            "Dawn: at most 99 fit into a cart, and so many are in yours now.",
        ]

    def test_tells_what_became_of_things(self, browser):
        changed, gone, out = (ProductFactory(title=title, price_cents=1200) for title in ("Dawn", "Dusk", "Noon"))
        for product in (changed, gone, out):
            put_in(browser, product)
        Product.objects.filter(pk=changed.pk).update(price_cents=1300)
        Product.objects.filter(pk=gone.pk).update(status="archived")
        Product.objects.filter(pk=out.pk).update(stock=0)
        page = browser.get("/cart/").content.decode()
        for words in ("It was 12.00 EUR when you put it in", "no longer on the market", "It is sold out", "13.00 EUR"):
            assert words in page

    def test_knows_no_other_product(self, browser):
        assert put_in(browser, ProductFactory(status="draft")).status_code == 404
        assert browser.post("/cart/add/", {"product_id": "nothing"}).status_code == 404
        assert browser.get("/cart/add/").status_code == 405

    def test_escapes_titles(self, browser):
        put_in(browser, ProductFactory(title="<script>alert(1)</script>"))
        assert "<script>alert" not in browser.get("/cart/").content.decode()


def put_in_and_follow(client, product, quantity):
    return client.post("/cart/add/", {"product_id": str(product.pk), "quantity": quantity}, follow=True)


class TestSigningIn:
    def test_brings_the_cart_along_and_says_what_was_capped(self, client):
        user = UserFactory(email="bo@example.com")
        product = ProductFactory(title="Dawn")
        theirs = Client()
        theirs.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        put_in(theirs, product, 60)
        put_in(client, product, 60)

        client.post("/account/login/", {"login": "bo@example.com", "password": PASSWORD})

        assert (Cart.objects.count(), CartItem.objects.get().quantity) == (1, 99)
        assert "so there are now 99 of: Dawn" in client.get("/cart/").content.decode()
        assert "so there are now 99 of: Dawn" not in client.get("/cart/").content.decode()

    def test_is_asked_for_at_the_checkout_and_leads_back(self, client):
        UserFactory(email="bo@example.com")
        put_in(client, ProductFactory(title="Dawn"))
        answer = client.get("/checkout/?currency=EUR")
        assert (answer.status_code, answer.url.startswith("/account/login/")) == (302, True)
        landed = client.post(answer.url, {"login": "bo@example.com", "password": PASSWORD}, follow=True)
        assert (landed.redirect_chain[-1][0], "Dawn" in landed.content.decode()) == ("/checkout/?currency=EUR", True)


def typed(page, **changes):
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields} | changes


class TestCheckoutOfTheCart:
    def test_places_one_order_for_all_and_empties_the_cart(self, browser, user):
        first, second = ProductFactory(price_cents=1200, stock=5), ProductFactory(price_cents=300)
        put_in(browser, first, 2)
        put_in(browser, second)
        page = browser.get("/checkout/")
        assert "Pay 27.00 EUR" in page.content.decode()
        form = typed(page)

        answers = [browser.post("/checkout/", form) for _ in range(3)]

        order = Order.objects.get()
        assert {(answer.status_code, answer.url) for answer in answers} == {(302, f"/orders/{order.pk}/")}
        assert (order.total_cents, order.lines.count(), CartItem.objects.count()) == (2700, 2, 0)

    def test_takes_one_currency_at_a_time(self, browser):
        put_in(browser, ProductFactory(title="Dawn", price_cents=1200))
        put_in(browser, ProductFactory(title="Dusk", price_cents=500, currency="USD"))
        cart = browser.get("/cart/").content.decode()
        for words in ("One order has one currency", "Check out in EUR", "Check out in USD"):
            assert words in cart
        browser.post("/checkout/", typed(browser.get("/checkout/?currency=USD")))
        assert Order.objects.values_list("currency", "total_cents").get() == ("USD", 500)
        assert [item.product.title for item in CartItem.objects.all()] == ["Dawn"]

    def test_leaves_what_cannot_be_had(self, browser):
        put_in(browser, ProductFactory(title="Dawn", price_cents=1200))
        out = ProductFactory(title="Dusk")
        put_in(browser, out)
        Product.objects.filter(pk=out.pk).update(stock=0)
        page = browser.get("/checkout/")
        assert "Pay 12.00 EUR" in page.content.decode()
        browser.post("/checkout/", typed(page))
        assert CartItem.objects.get().product_id == out.pk

    def test_keeps_what_was_added_in_another_tab(self, browser):
        product, other = ProductFactory(), ProductFactory()
        put_in(browser, product)
        form = typed(browser.get("/checkout/"))
        put_in(browser, product)
        put_in(browser, other)
        browser.post("/checkout/", form)
        assert Order.objects.get().lines.get().quantity == 1
        assert dict(CartItem.objects.values_list("product_id", "quantity")) == {product.pk: 1, other.pk: 1}

    def test_charges_what_was_seen(self, browser):
        put_in(browser, ProductFactory(price_cents=1200))
        form = typed(browser.get("/checkout/"))
        Product.objects.update(price_cents=1300)
        page = browser.post("/checkout/", form)
        assert (page.status_code, "The total has changed to 13.00 EUR" in page.content.decode()) == (409, True)
        assert (Order.objects.count(), CartItem.objects.count()) == (0, 1)
        assert browser.post("/checkout/", typed(page)).status_code == 302
        assert Order.objects.get().total_cents == 1300

    def test_names_the_one_that_is_short(self, browser):
        short = ProductFactory(title="Dawn", stock=3)
        put_in(browser, short, 3)
        put_in(browser, ProductFactory(title="Dusk"))
        form = typed(browser.get("/checkout/"))
        Product.objects.filter(pk=short.pk).update(stock=1)
        page = browser.post("/checkout/", form)
        text = page.content.decode()
        assert (page.status_code, "Only 1 left" in text, "This is about Dawn" in text) == (409, True, True)

    def test_asks_for_an_address_where_something_is_sent_and_keeps_it(self, browser):
        put_in(browser, ProductFactory(kind="physical"))
        page = browser.get("/checkout/")
        refused = browser.post("/checkout/", typed(page, shipping_name="", shipping_city="Paris"))
        assert refused.status_code == 400
        assert list(refused.context["form"].errors) == ["shipping_name", "shipping_line1", "shipping_country"]
        assert refused.context["form"]["shipping_city"].value() == "Paris"
        home = {"shipping_name": "Ada", "shipping_line1": "Rue 1", "shipping_city": "Paris", "shipping_country": "FR"}
        bill = {
            "billing_company": "Engines",
            "billing_line1": "Rue 2",
            "billing_city": "Paris",
            "billing_country": "FR",
        }
        browser.post("/checkout/", typed(page, **home, **bill))
        order = pay(Order.objects.get())
        assert order.shipping == {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}
        assert order.billing["company"] == "Engines"

        put_in(browser, ProductFactory(kind="physical"))
        again = typed(browser.get("/checkout/"))
        assert (again["shipping_line1"], again["billing_line1"]) == ("Rue 1", "Rue 2")

    def test_asks_no_address_for_what_is_downloaded(self, browser):
        put_in(browser, ProductFactory())
        assert not [name for name in browser.get("/checkout/").context["form"].fields if name.startswith("shipping")]

    def test_asks_a_company_for_its_place(self, browser):
        put_in(browser, ProductFactory())
        page = browser.post("/checkout/", typed(browser.get("/checkout/"), billing_company="Engines"))
        assert list(page.context["form"].errors) == ["billing_line1", "billing_city", "billing_country"]

    @pytest.mark.parametrize("basket", ["", "x", "x:1", "0190f0a0-0000-7000-8000-000000000000:1", ":" * 200])
    def test_of_an_altered_basket_leads_back_to_the_cart(self, browser, basket):
        put_in(browser, ProductFactory())
        form = typed(browser.get("/checkout/"))
        answer = browser.post("/checkout/", form | {"basket": basket})
        assert (answer.status_code, answer.url, Order.objects.count()) == (302, "/cart/", 0)

    def test_of_nothing_leads_back_to_the_cart(self, browser):
        assert browser.get("/checkout/").url == "/cart/"

    def test_shows_an_order_that_is_still_being_paid_instead_of_the_button(self, browser):
        product = ProductFactory(price_cents=1200)
        for _ in range(2):
            put_in(browser, product)
            form = typed(browser.get("/checkout/?again=1"))
            browser.post("/checkout/", form)
        assert Order.objects.count() == 2
        put_in(browser, product)
        page = browser.get("/checkout/")
        assert ("still being paid" in page.content.decode(), "Pay 12.00" in page.content.decode()) == (True, False)
        answer = browser.post("/checkout/", typed(page))
        assert (answer.status_code, Order.objects.count()) == (409, 2)
        for order in Order.objects.all():
            pay(order)
        assert "You have just bought this" in browser.get("/checkout/").content.decode()
        assert "Pay 12.00 EUR" in browser.get("/checkout/?again=1").content.decode()
