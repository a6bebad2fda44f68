import pytest
from django.test import Client

from marketplace.models import Order, OrderLine
from marketplace.verbs.orders import place_order
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, given_back, paid_order, pay

pytestmark = pytest.mark.django_db
HOME = {"name": "Bo Buyer", "line1": "Rue 1", "postcode": "75001", "city": "Paris", "country": "FR"}


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def parcel(seller, title="Print", **fields):
    product = ProductFactory(by=seller, title=title, kind="physical", **fields)
    items = [{"product_id": str(product.pk), "quantity": 2}]
    return pay(place_order(items=items, shipping=HOME, by=UserFactory(name="Bo Buyer")))


def titles(page):
    return [order.titles for order in page.context["items"]]


class TestSales:
    def test_are_narrowed_and_searched(self, browser, user):
        parcel(user)
        done = parcel(user, "Book")
        browser.post(f"/studio/orders/{done.pk}/sent/")
        back = paid_order(product=ProductFactory(by=user, title="Song"))
        OrderLine.objects.filter(order=back).update(refunded_cents=2999)
        Order.objects.filter(pk=back.pk).update(status="refunded", refunded_cents=2999)
        assert titles(browser.get("/studio/orders/")) == ["Song", "Book", "Print"]
        assert titles(browser.get("/studio/orders/?state=to_send")) == ["Print"]
        assert titles(browser.get("/studio/orders/?state=sent")) == ["Book"]
        assert titles(browser.get("/studio/orders/?state=refunded")) == ["Song"]
        assert titles(browser.get("/studio/orders/?q=print")) == ["Print"]
        assert titles(browser.get(f"/studio/orders/?q={done.number}")) == ["Book"]
        assert titles(browser.get("/studio/orders/?q=bo+buyer")) == ["Book", "Print"]
        for query in ("state=gold", "q=%00", "q=%25", "page=x"):
            assert browser.get(f"/studio/orders/?{query}").status_code == 200

    def test_ask_as_often_for_three_as_for_one(self, browser, user, django_assert_max_num_queries):
        for _ in range(3):
            paid_order(product=ProductFactory(by=user))
            with django_assert_max_num_queries(14):
                browser.get("/studio/orders/")

    def test_count_as_ones_own_what_was_not_given_back(self, browser, user):
        partly, whole = (paid_order(product=ProductFactory(by=user)) for _ in range(2))
        given_back(partly, amount_cents=1000)
        given_back(whole)

        shown = [(one.gross, one.fee, one.back, one.net) for one in browser.get("/studio/orders/").context["items"]]
        states = [(one.state, one.is_partly_refunded) for one in browser.get("/studio/orders/").context["items"]]

        assert shown == [(2999, 300, 2699, 0), (2999, 300, 899, 1800)]
        assert states == [("Refunded", False), ("Delivered", True)]
        overview = browser.get("/studio/").context
        assert (overview["month_text"], overview["days"][-1]["text"]) == ("18.00 EUR", "18.00 EUR")


class TestSale:
    def test_shows_where_it_goes_until_it_is_sent(self, browser, user):
        order = parcel(user)
        page = browser.get(f"/studio/orders/{order.pk}/").content.decode()
        for words in ("Bo Buyer", "75001 Paris", "France", "Mark as sent", "53.98 EUR"):
            assert words in page
        answer = browser.post(f"/studio/orders/{order.pk}/sent/", {"tracking": "RX 12"}, follow=True)
        text = answer.content.decode()
        assert ("RX 12" in text, "Rue 1" in text, "Mark as sent" in text) == (True, False, False)
        order.refresh_from_db()
        assert order.status == "fulfilled"

    def test_subtracts_what_was_given_back(self, browser, user):
        order = paid_order(product=ProductFactory(by=user))
        given_back(order, amount_cents=1000)
        text = browser.get(f"/studio/orders/{order.pk}/").content.decode()
        for words in (
            "Partly refunded",
            "\u2212 3.00 EUR",
            "\u2212 8.99 EUR",
            "<strong>18.00 EUR</strong>",
            "Give money back",
        ):
            assert words in text
        given_back(order)
        text = browser.get(f"/studio/orders/{order.pk}/").content.decode()
        assert ("<strong>0.00 EUR</strong>" in text, "Give money back" in text) == (True, False)

    def test_says_why_it_cannot_be_sent_and_keeps_what_was_typed(self, browser, user):
        order = parcel(user)
        path = f"/studio/orders/{order.pk}/sent/"
        page = browser.post(path, {"tracking": "x" * 201})
        assert (page.status_code, "x" * 201 in page.content.decode()) == (409, True)
        browser.post(path)
        again = browser.post(path)
        assert (again.status_code, "Nothing of yours waits" in again.content.decode()) == (409, True)

    def test_is_the_sellers_alone(self, browser, stranger, client):
        order = parcel(stranger)
        assert browser.get(f"/studio/orders/{order.pk}/").status_code == 404
        assert browser.post(f"/studio/orders/{order.pk}/sent/").status_code == 404
        assert client.get(f"/studio/orders/{order.pk}/").status_code == 302

    def test_shows_ones_own_lines_alone(self, browser, user, stranger):
        mine, other = ProductFactory(by=user, title="Mine"), ProductFactory(by=stranger, title="Other thing")
        items = [{"product_id": str(product.pk), "quantity": 1} for product in (mine, other)]
        order = pay(place_order(items=items, by=UserFactory()))
        page = browser.get(f"/studio/orders/{order.pk}/").content.decode()
        assert ("Mine" in page, "Other thing" in page) == (True, False)
