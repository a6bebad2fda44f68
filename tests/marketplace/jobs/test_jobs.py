"""Facts become jobs after the commit, and sweeps find what was lost on the way."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from stripe._http_client import HTTPClient

from config.celery import app
from config.errors import Unavailable
from marketplace import jobs
from marketplace.gateways.payments import payments
from marketplace.gateways.sandbox_payments import settle
from marketplace.gateways.signed_webhooks import REAL, sign
from marketplace.models import (
    IdempotencyRecord,
    Order,
    Payment,
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxRefund,
    SellerAccount,
    Transfer,
    UserSubscription,
    WebhookEvent,
)
from marketplace.verbs.cancellations import set_subscription
from marketplace.verbs.idempotency import claim_key
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.sellers import start_onboarding
from marketplace.verbs.subscriptions import subscribe
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, paid_order
from tests.factories.subscriptions import TierFactory

pytestmark = pytest.mark.django_db
EVENT = b'{"event": "mandate.active", "id": "m1"}'


def ran(queued):
    """Run what was queued, as a worker would, until nothing is left; this app's names in order."""
    names = []
    while queued:
        name, args, kwargs = queued.pop(0)
        if name.startswith("marketplace.jobs."):
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
        assert ran(queued) == ["refresh_seller", "attempt_transfers_of", "attempt_transfer"]
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

    def test_find_what_was_paid_at_the_last_minute(self, queued):
        """The provider has the money, its webhook was lost, and the order expired before the next look."""
        order = OrderFactory(payment_method="card_review")
        SandboxPayment.objects.update(status="succeeded")
        with time_machine.travel(now() + timedelta(minutes=31)):
            jobs.sweep_orders()
            jobs.sweep_payments()
            assert ran(queued)[:2] == ["expire_order", "reconcile_payment"]
        order.refresh_from_db()
        assert order.status == "paid"

    def test_ask_about_payments_that_people_look_at(self, queued):
        order = OrderFactory(payment_method="card_review")
        apply_payment_state(provider_id=order.payments.get().provider_id, status="review")
        SandboxPayment.objects.update(status="succeeded")
        jobs.sweep_books()
        assert "reconcile_payment" in ran(queued)
        order.refresh_from_db()
        assert order.status == "paid"

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

    def test_try_an_event_again_that_came_before_its_payment(self, queued):
        order = OrderFactory()
        provider_id = order.payments.get().provider_id
        hook = settle(provider_id)
        Payment.objects.update(provider_id="pay_not_yet")
        assert receive_webhook(body=hook.body, signatures=hook.signatures).status == "unmatched"
        Payment.objects.update(provider_id=provider_id)
        queued.clear()
        with time_machine.travel(now() + timedelta(minutes=2)):
            jobs.sweep_webhooks()
            assert ran(queued) == ["apply_webhook"]
        order.refresh_from_db()
        assert (order.status, WebhookEvent.objects.get().status) == ("paid", "processed")

    def test_forget_rows_when_their_time_is_over(self, user):
        claim_key(by=user, route="r", key="k", request={})
        receive_webhook(body=EVENT, signatures={REAL: sign(EVENT, settings.HYPERSWITCH_WEBHOOK_SECRET)})

        def left(**later):
            with time_machine.travel(now() + timedelta(**later)):
                jobs.sweep_old_rows()
            return IdempotencyRecord.objects.count(), WebhookEvent.objects.count()

        assert [left(hours=23), left(hours=25), left(days=29), left(days=31)] == [(1, 1), (0, 1), (0, 1), (0, 0)]

    def test_end_remind_and_open_what_time_brought(self, queued, user, staff):
        tier, (over, soon) = TierFactory(), (UserFactory(), UserFactory())
        for holder, days in ((over, 1 / 24), (soon, 3)):
            end = now() + timedelta(days=days)
            set_subscription(user_id=holder.pk, tier_id=tier.pk, by=staff, end_date=end)
        SandboxMishap.objects.create(call="payment", kind="down")
        with pytest.raises(Unavailable):
            subscribe(tier_id=tier.pk, by=user)
        queued.clear()

        with time_machine.travel(now() + timedelta(hours=2)):
            jobs.sweep_subscriptions()
            assert ran(queued) == ["expire_subscription", "remind_subscriber", "open_lost_payment"]

        assert UserSubscription.objects.get(user=over).status == "expired"
        assert UserSubscription.objects.get(user=soon).reminded_for is not None
        assert Payment.objects.get().status == "processing"

    def test_are_all_on_the_schedule(self):
        names = {task for task, _ in jobs.BEAT.values()}
        assert names == {f"marketplace.jobs.{name}" for name in vars(jobs) if name.startswith("sweep_")}

    def test_say_so_where_the_provider_is_missing(self, settings):
        payment = OrderFactory(payment_method="card_review").payments.get()
        settings.HYPERSWITCH_API_KEY, settings.HYPERSWITCH_API_BASE = "snd_named", "http://127.0.0.1:1"
        jobs.reconcile_payment(str(payment.pk))
        payment.refresh_from_db()
        assert payment.status == "pending"

    def test_read_accounts_again_that_were_not_read_for_long(self, queued, user, settings):
        connect(user)
        queued.clear()
        jobs.sweep_sellers()
        assert queued == []
        SandboxAccount.objects.update(is_active=False)
        with time_machine.travel(now() + timedelta(hours=25)):
            jobs.sweep_sellers()
            assert ran(queued)[0] == "refresh_seller"
        assert SellerAccount.objects.get().transfers_active is False

    def test_leave_an_account_as_it_was_while_the_provider_is_away(self, user, settings, monkeypatch):
        connect(user)
        monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_named", "http://127.0.0.1:1"
        SellerAccount.objects.update(provider_id="acct_1Nv0FGQ9RKHgCVdK")
        jobs.refresh_seller(str(user.pk))
        assert SellerAccount.objects.get().transfers_active is True

    def test_give_back_a_refund_that_the_sandbox_forgot(self, queued):
        payment = paid_order().payments.get()
        payments().refund(
            refund_provider_id="ref_1",
            payment_provider_id=payment.provider_id,
            amount_cents=1,
            currency="EUR",
            reason="r",
        )
        queued.clear()
        with time_machine.travel(now() + timedelta(seconds=6)):
            jobs.sweep_sandbox()
        assert ran(queued) == ["sandbox_settle_refund"]
        assert SandboxRefund.objects.get().status == "succeeded"
