import pytest
from django.test import Client

from marketplace.models import Order
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

    def test_say_that_there_are_none(self, browser, client):
        assert "No orders yet" in browser.get("/orders/").content.decode()
        assert client.get("/orders/").status_code == 302


class TestOrder:
    def test_asks_for_itself_until_it_is_paid(self, browser, user):
        order = OrderFactory(by=user)
        path = f"/orders/{order.pk}/"
        assert f'hx-get="{path}status/"' in browser.get(path).content.decode()
        pay(order)
        part = browser.get(f"{path}status/").content.decode()
        assert ("Thank you" in part, "hx-get" in part, "<html" in part) == (True, False, False)

    def test_is_hidden_from_others(self, user, stranger, staff):
        order = OrderFactory(by=user)
        for path in (f"/orders/{order.pk}/", f"/orders/{order.pk}/status/"):
            assert browser_of(stranger).get(path).status_code == 404
            assert browser_of(staff).get(path).status_code == 200

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
