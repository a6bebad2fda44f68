"""The subscriptions' rules marked R in payments-design.md §6: held by real threads, on SQLite and on PostgreSQL alike."""

import datetime as dt
from collections import Counter

import pytest
import time_machine

from config.errors import Forbidden
from marketplace.gateways.sandbox_payments import settle
from marketplace.models import (
    Invoice,
    LedgerEntry,
    Payment,
    SandboxPayment,
    SubscriptionCharge,
    UsageCount,
    UserSubscription,
)
from marketplace.queries.ledger import imbalance
from marketplace.verbs.cancellations import cancel_subscription
from marketplace.verbs.limits import take_ai_answer
from marketplace.verbs.renewals import expire_subscription, remind_subscriber, renew_subscription
from marketplace.verbs.sandbox import settle_sandbox_payment
from marketplace.verbs.subscriptions import subscribe
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.subscriptions import TierFactory, subscribed
from tests.marketplace.verbs.test_at_once import at_once, outcome

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)


class TestAtOnce:
    def test_two_subscribes_are_one_live_row_and_one_payment(self, user):
        tier = TierFactory()
        results = at_once(*(lambda: subscribe(tier_id=tier.pk, by=user) for _ in range(6)))

        assert Counter(map(outcome, results)) == {"UserSubscription": 6}
        assert UserSubscription.objects.filter(user=user).live().count() == 1
        assert (SubscriptionCharge.objects.count(), Payment.objects.count(), SandboxPayment.objects.count()) == (
            1,
            1,
            1,
        )

    def test_two_tiers_are_one_of_them(self, user):
        first, second = TierFactory(), TierFactory()
        results = at_once(*(lambda key=key: subscribe(tier_id=key, by=user) for key in (first.pk, second.pk) * 3))
        assert set(map(outcome, results)) <= {"UserSubscription", "payment_open"}
        assert UserSubscription.objects.filter(user=user).live().count() == 1
        assert SubscriptionCharge.objects.filter(status="open").count() == 1

    def test_an_upgrade_is_charged_once(self, user):
        subscribed(user, TierFactory(price_cents=100))
        dear = TierFactory(price_cents=500)
        results = at_once(*(lambda: subscribe(tier_id=dear.pk, by=user) for _ in range(6)))
        assert Counter(map(outcome, results)) == {"UserSubscription": 6}
        assert SubscriptionCharge.objects.filter(kind="upgrade").count() == 1
        assert Payment.objects.count() == 2

    def test_a_renewal_charges_once(self, user):
        subscription = subscribed(user, TierFactory())
        with time_machine.travel(subscription.end_date, tick=True):
            results = at_once(*(lambda: renew_subscription(subscription_id=subscription.pk) for _ in range(6)))

        assert Counter(map(repr, results)) == {"True": 1, "False": 5}
        assert SubscriptionCharge.objects.filter(kind="renewal", status="paid").count() == 1
        assert (Payment.objects.count(), Invoice.objects.count()) == (2, 2)
        assert LedgerEntry.objects.filter(account="subscription_income").count() == 2

    def test_one_webhook_ten_times_starts_it_once(self, user):
        subscription = subscribe(tier_id=TierFactory().pk, by=user)
        webhook = settle(Payment.objects.get().provider_id)
        results = at_once(
            *(lambda: receive_webhook(body=webhook.body, signatures=webhook.signatures) for _ in range(10))
        )
        assert Counter(map(outcome, results)) == {"WebhookEvent": 10}
        subscription.refresh_from_db()
        assert (subscription.status, Invoice.objects.count()) == ("active", 1)
        assert imbalance() == {}

    def test_paying_and_canceling_is_one_or_the_other(self, user):
        subscription = subscribe(tier_id=TierFactory().pk, by=user)
        payment = Payment.objects.get()
        at_once(
            lambda: settle_sandbox_payment(provider_id=payment.provider_id),
            lambda: cancel_subscription(user_id=user.pk, by=user),
        )
        subscription.refresh_from_db()
        payment.refresh_from_db()
        was_kept = SubscriptionCharge.objects.get().status == "paid"
        # Whichever came first: the money is for a month that runs, or it is owed back.
        assert (subscription.status, payment.status, payment.refund_due) == ("canceled", "succeeded", not was_kept)
        assert imbalance() == {}

    def test_choosing_and_canceling_never_fails(self, user):
        tier = TierFactory()

        def choose():
            return subscribe(tier_id=tier.pk, by=user)

        def cancel():
            return cancel_subscription(user_id=user.pk, by=user)

        results = at_once(*((choose, cancel) * 8))
        allowed = {"UserSubscription", "subscription_expired", "in_progress", "NotFound"}
        assert set(map(outcome, results)) <= allowed
        assert UserSubscription.objects.live().count() <= 1
        assert imbalance() == {}

    def test_an_end_and_a_reminder_are_told_once(self, user):
        subscription = subscribed(user, TierFactory())
        cancel_subscription(user_id=user.pk, by=user)
        with time_machine.travel(subscription.end_date - DAY, tick=True):
            told = at_once(*(lambda: remind_subscriber(subscription_id=subscription.pk) for _ in range(4)))
        with time_machine.travel(subscription.end_date, tick=True):
            ended = at_once(*(lambda: expire_subscription(subscription_id=subscription.pk) for _ in range(4)))
        assert [sorted(map(repr, results)) for results in (told, ended)] == [["False"] * 3 + ["True"]] * 2

    def test_the_last_ai_answer_goes_to_one(self, user):
        results = at_once(*(lambda: take_ai_answer(user) for _ in range(8)))
        refused = [result for result in results if isinstance(result, Forbidden)]
        assert (len(refused), UsageCount.objects.get().count) == (5, 3)
