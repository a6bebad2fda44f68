"""Facts become jobs after the commit, and sweeps find what was lost on the way."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils.timezone import now

from config.celery import app
from marketplace import jobs
from marketplace.models import Order, Transfer
from marketplace.verbs.sellers import start_onboarding
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db


def ran(queued):
    """Run what was queued, as a worker would, until nothing is left; the names in order."""
    names = []
    while queued:
        name, args, kwargs = queued.pop(0)
        names.append(name.removeprefix("marketplace.jobs."))
        app.tasks[name](*args, **kwargs)
    return names


class TestFacts:
    @pytest.mark.django_db(transaction=True)
    def test_lead_from_an_order_to_the_sellers_money(self, queued):
        seller = UserFactory()
        connect(seller)
        product = ProductFactory(by=seller)
        queued.clear()

        order = OrderFactory(product=product)

        assert ran(queued) == ["sandbox_settle", "attempt_transfers_of", "attempt_transfer"]
        order.refresh_from_db()
        assert (order.status, order.transfers.get().status) == ("paid", "completed")

    @pytest.mark.django_db(transaction=True)
    def test_send_what_waited_once_the_seller_is_connected(self, queued):
        seller = UserFactory()
        paid_order(product=ProductFactory(by=seller))
        queued.clear()
        connect(seller)
        assert ran(queued) == ["attempt_transfers_of", "attempt_transfer"]
        assert Transfer.objects.get().status == "completed"

    @pytest.mark.django_db(transaction=True)
    def test_are_not_heard_of_what_was_undone(self, queued):
        product = ProductFactory(price_cents=0)
        queued.clear()

        with transaction.atomic():
            OrderFactory(product=product)
            transaction.set_rollback(True)

        assert (queued, Order.objects.count()) == ([], 0)


class TestSweeps:
    def test_settle_a_payment_that_the_sandbox_forgot(self, queued):
        order = OrderFactory()
        waiting = OrderFactory(payment_method="card_review")
        jobs.sweep_sandbox()
        assert queued == []
        with time_machine.travel(now() + timedelta(seconds=6)):
            jobs.sweep_sandbox()
        ran(queued)
        assert dict(Order.objects.values_list("pk", "status")) == {order.pk: "paid", waiting.pk: "pending"}

    def test_expire_orders_and_reconcile_payments(self, queued):
        order = OrderFactory(payment_method="card_review")
        with time_machine.travel(now() + timedelta(hours=1)):
            jobs.sweep_payments()
            jobs.sweep_orders()
            assert ran(queued) == ["reconcile_payment", "expire_order"]
        order.refresh_from_db()
        assert order.status == "expired"

    def test_send_transfers_whose_message_was_lost(self, queued):
        seller = UserFactory()
        connect(seller)
        paid_order(product=ProductFactory(by=seller))
        queued.clear()
        jobs.sweep_transfers()
        assert ran(queued) == ["attempt_transfer"]
        assert Transfer.objects.get().status == "completed"
        jobs.sweep_transfers()
        assert queued == []

    def test_try_webhooks_again_and_forget_old_rows(self, queued, user):
        start_onboarding(by=user)
        jobs.sweep_webhooks()
        jobs.sweep_old_rows()
        assert queued == []

    def test_are_all_on_the_schedule(self):
        names = {task for task, _ in jobs.BEAT.values()}
        assert names == {f"marketplace.jobs.{name}" for name in vars(jobs) if name.startswith("sweep_")}

    def test_say_so_where_the_provider_is_missing(self, settings):
        payment = OrderFactory(payment_method="card_review").payments.get()
        settings.HYPERSWITCH_API_KEY = "snd_named"
        jobs.reconcile_payment(str(payment.pk))
        payment.refresh_from_db()
        assert payment.status == "pending"
