import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.utils.timezone import now

from accounts.models import Departure, Mail
from accounts.verbs.departures import erase
from marketplace.models import Invoice, License, Order, Product
from marketplace.verbs.departures import call_off_orders, forget_addresses
from marketplace.verbs.orders import place_order
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.shipping import mark_sent
from tests.factories.marketplace import OrderFactory, ProductFactory, given_back, pay

pytestmark = pytest.mark.django_db
HOME = {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


def left(user):
    assert erase(departure_id=Departure.objects.create(user=user, due_at=now()).pk)


class TestCallOffOrders:
    def test_closes_what_is_not_paid(self, user):
        product = ProductFactory(stock=3)
        order = OrderFactory(by=user, product=product, quantity=2)
        left(user)
        order.refresh_from_db()
        product.refresh_from_db()
        assert (order.status, order.reason, order.payments.get().status) == (
            "canceled",
            "Its buyer has left.",
            "canceled",
        )
        assert product.stock == 3

    def test_sends_money_back_that_comes_all_the_same(self, user):
        order = OrderFactory(by=user, product=ProductFactory(stock=3))
        left(user)
        apply_payment_state(provider_id=order.payments.get().provider_id, status="succeeded")
        order.refresh_from_db()
        refund = order.refunds.get()
        assert (order.status, refund.amount_cents, refund.requested_by) == ("canceled", 2999, None)
        assert (Invoice.objects.count(), License.objects.count(), Product.objects.get().stock) == (0, 0, 3)
        assert not Mail.objects.filter(template="store/order_paid").exists()


class TestTheAddress:
    @pytest.fixture
    def order(self, user, stranger):
        product = ProductFactory(by=stranger, kind="physical")
        return pay(place_order(items=[{"product_id": str(product.pk), "quantity": 1}], shipping=HOME, by=user))

    def kept(self):
        forget_addresses()
        return Order.objects.get().shipping

    def test_is_kept_until_the_parcel_is_sent(self, order, user, stranger):
        left(user)
        assert (self.kept(), Order.objects.get().billing) == (HOME, {})
        mark_sent(order_id=order.pk, by=stranger)
        assert self.kept() == {}
        assert not Mail.objects.filter(template="store/order_sent").exists()

    def test_goes_at_once_where_nothing_waits(self, order, user, stranger):
        mark_sent(order_id=order.pk, by=stranger)
        left(user)
        assert Order.objects.get().shipping == {}

    def test_goes_at_the_latest_after_a_while(self, order, user):
        left(user)
        with time_machine.travel(now() + dt.timedelta(days=91)):
            assert self.kept() == {}

    def test_goes_with_a_refund(self, order, user, stranger):
        left(user)
        given_back(order, by=stranger)
        assert self.kept() == {}

    def test_of_those_who_stay_is_not_touched(self, order, stranger):
        mark_sent(order_id=order.pk, by=stranger)
        assert self.kept() == HOME


def test_an_order_that_is_paid_while_its_buyer_leaves_stays_paid(user):
    order = OrderFactory(by=user)
    paid = []

    def pay_first(execute, sql, params, many, context):
        """Between the look for open orders and their locks."""
        if not paid and 'FROM "marketplace_payment"' in sql:
            paid.append(True)
            pay(order)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(pay_first):
        call_off_orders(user_id=user.pk)

    order.refresh_from_db()
    assert (paid, order.status, order.payments.get().status) == ([True], "paid", "succeeded")
