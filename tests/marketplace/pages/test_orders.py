from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now

from marketplace.models import Order
from marketplace.verbs.orders import expire_order, place_order
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order, pay

pytestmark = pytest.mark.django_db


def browser_of(person):
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def browser(user):
    return browser_of(user)


class TestOrders:
    def test_are_ones_own_and_searchable(self, browser, user):
        order = OrderFactory(by=user, product=ProductFactory(title="Dawn"))
        OrderFactory(by=user, product=ProductFactory(title="Dusk"))
        OrderFactory()
        assert browser.get("/orders/").context["total"] == 2
        for words in ("daw", order.number.lower()):
            assert [one.pk for one in browser.get("/orders/", {"q": words}).context["items"]] == [order.pk]
        assert "Nothing found" in browser.get("/orders/?q=zzz").content.decode()

    @pytest.mark.parametrize(("page", "titles"), [("2", ["Order 0"]), ("99", ["Order 0"]), ("x", ["Order 20"])])
    def test_a_page_behind_the_end_is_the_last(self, browser, user, page, titles):
        for number in range(21):
            OrderFactory(by=user, product=ProductFactory(title=f"Order {number}"))
        shown = browser.get("/orders/", {"page": page}).context
        found = [order.lines.get().title for order in shown["items"]]
        assert (found[:1], shown["page_text"]) == (titles, f"Page {2 if page != 'x' else 1} of 2")

    def test_say_what_is_free(self, browser, user):
        paid_order(by=user, product=ProductFactory(price_cents=0))
        assert "0.00" not in browser.get("/orders/").content.decode()

    def test_say_that_there_are_none(self, browser, client):
        assert "No orders yet" in browser.get("/orders/").content.decode()
        assert client.get("/orders/").status_code == 302


class TestOrder:
    def test_asks_for_itself_until_it_is_paid(self, browser, user):
        order = OrderFactory(by=user)
        path = f"/orders/{order.pk}/"
        page = browser.get(path)
        again = f"{path}status/?seen={page.context['mark']}"
        assert f'hx-get="{again}"' in page.content.decode()
        # Nothing has moved: what is on the screen stays, and whatever has the keyboard's focus keeps it.
        assert browser.get(again).status_code == 204
        pay(order)
        part = browser.get(again).content.decode()
        assert ("Thank you" in part, "hx-get" in part, "<html" in part) == (True, False, False)

    def test_is_hidden_from_others(self, user, stranger, staff):
        order = OrderFactory(by=user)
        for path in (f"/orders/{order.pk}/", f"/orders/{order.pk}/status/"):
            assert browser_of(stranger).get(path).status_code == 404
            assert browser_of(staff).get(path).status_code == 200

    def test_shows_staff_what_opens_for_them(self, user, staff):
        order = paid_order(by=user)
        own, theirs = (browser_of(person).get(f"/orders/{order.pk}/") for person in (user, staff))
        links = [
            {step["title"].split()[0]: bool(step["url"]) for step in page.context["happened"]} for page in (own, theirs)
        ]
        assert [found["Invoice"] for found in links] == [True, False]
        assert ["#reviews" in page.content.decode() for page in (own, theirs)] == [True, False]
        assert [page.context["back_url"] for page in (own, theirs)] == [
            "/orders/",
            f"/admin/marketplace/order/{order.pk}/change/",
        ]

    def test_says_where_it_goes_and_who_the_invoice_is_for(self, browser, user, staff):
        sent_to = {"name": "Noor", "line1": "Rua 1", "postcode": "1100", "city": "Lisboa", "country": "PT"}
        items = [{"product_id": str(ProductFactory(kind="physical").pk), "quantity": 1}]
        order = place_order(items=items, shipping=sent_to, billing={"name": "Noor K"}, by=user)
        assert browser.get(f"/orders/{order.pk}/").context["addresses"] == [
            ("Sent to", ["Noor", "Rua 1", "1100 Lisboa", "Portugal"]),
            ("The invoice is for", ["Noor K"]),
        ]
        assert "Lisboa" not in browser_of(staff).get(f"/orders/{order.pk}/").content.decode()

    def test_names_the_vat(self, browser, user):
        order = OrderFactory(by=user, product=ProductFactory(price_cents=11900, vat_bp=1900))
        assert "19.00 EUR" in browser.get(f"/orders/{order.pk}/").content.decode()

    def test_is_called_off_by_its_buyer(self, browser, user, staff):
        order = OrderFactory(by=user, payment_method="card_review")
        path = f"/orders/{order.pk}/"
        assert "Held for you until" in browser.get(path).content.decode()
        assert browser_of(staff).post(f"{path}cancel/").status_code == 404
        page = browser.post(f"{path}cancel/", follow=True).content.decode()
        assert ("You called it off." in page, "Pay another way" in page, "Held for" in page) == (True, True, False)
        again = browser.post(f"{path}cancel/", follow=True).content.decode()
        assert "This order cannot be called off any more." in again

    def test_tells_once_that_it_expired(self, browser, user):
        order = OrderFactory(by=user, payment_method="card_review")
        with time_machine.travel(now() + timedelta(hours=1)):
            expire_order(order_id=order.pk)
        happened = browser.get(f"/orders/{order.pk}/").context["happened"]
        assert [step["title"] for step in happened] == ["Expired", "Placed"]

    def test_can_be_paid_another_way(self, browser, user):
        order = pay(OrderFactory(by=user, payment_method="card_declined"))
        path = f"/orders/{order.pk}/"
        text = browser.get(path).content.decode()
        assert ("The card was declined" in text, "Pay another way" in text) == (True, True)
        assert browser.post(f"{path}pay/", {"payment_method": "card"}).url == path
        assert pay(Order.objects.get()).status == "paid"
        refused = browser.post(f"{path}pay/", {"payment_method": "card"})
        assert (refused.status_code, refused.context["form"].non_field_errors()[0]) == (
            409,
            "This order is not waiting for a payment",
        )
        assert browser.get(f"{path}pay/").url == path


class TestSandboxPayment:
    @pytest.mark.parametrize(("decision", "status"), [("approve", "paid"), ("decline", "canceled")])
    def test_is_decided_on_its_page(self, browser, user, decision, status):
        order = OrderFactory(by=user, payment_method="card_review")
        path = f"/sandbox/payments/{order.payments.get().provider_id}/"
        assert path in browser.get(f"/orders/{order.pk}/").content.decode()
        assert "Approve it" in browser.get(path).content.decode()
        assert browser.post(path, {"decision": decision}).url == f"/orders/{order.pk}/"
        order.refresh_from_db()
        assert order.status == status
        assert "nothing to decide" in browser.get(path).content.decode()

    def test_is_not_for_strangers_or_other_methods(self, user, stranger, browser):
        order = OrderFactory(by=user)
        path = f"/sandbox/payments/{order.payments.get().provider_id}/"
        assert browser_of(stranger).get(path).status_code == 404
        browser.post(path, {"decision": "approve"})
        order.refresh_from_db()
        assert (order.status, browser.get("/sandbox/payments/pay_x/").status_code) == ("pending", 404)


def test_a_paid_order_offers_a_review(browser, user):
    order = paid_order(by=user)
    assert "#reviews" in browser.get(f"/orders/{order.pk}/").content.decode()
