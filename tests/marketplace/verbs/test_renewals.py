import datetime as dt

import pytest
import time_machine

from accounts.models import Mail
from accounts.verbs.departures import cancel_departure, request_departure
from conversations.models import Notification
from marketplace import jobs
from marketplace.models import (
    Invoice,
    LedgerEntry,
    Payment,
    SandboxMishap,
    SandboxPayment,
    SubscriptionCharge,
    UserSubscription,
)
from marketplace.queries.ledger import imbalance
from marketplace.verbs.cancellations import cancel_subscription, resume_subscription, set_subscription
from marketplace.verbs.limits import limits_of
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.renewals import (
    expire_subscription,
    open_lost_payment,
    payments_to_open,
    remind_subscriber,
    renew_subscription,
    subscriptions_to_expire,
    subscriptions_to_remind,
    subscriptions_to_renew,
)
from marketplace.verbs.sandbox import settle_sandbox_payment
from marketplace.verbs.subscriptions import pay_open_charge, subscribe
from ontology.models import Connection, Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, settle, subscribed, three_tiers

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC)
END = dt.datetime(2026, 2, 28, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


@pytest.fixture
def tiers():
    return three_tiers()


@pytest.fixture
def basic(clock, user, tiers):
    """Basic, paid for until END."""
    return subscribed(user, tiers["Basic"])


def renewed(subscription):
    """The job as it runs, and the row after it."""
    for key in subscriptions_to_renew():
        renew_subscription(subscription_id=key)
    return UserSubscription.objects.get(pk=subscription.pk)


def with_a_bad_card(subscription):
    UserSubscription.objects.filter(pk=subscription.pk).update(saved_method="pm_sandbox_card_declined")
    return subscription


def came_late(payment):
    """As a late webhook tells it."""
    return apply_payment_state(
        provider_id=payment.provider_id, status="succeeded", amount_cents=payment.amount_cents, currency="EUR"
    )


def swept():
    """One round of the job that looks for what is due."""
    for key in subscriptions_to_renew():
        renew_subscription(subscription_id=key)
    for key in subscriptions_to_expire():
        expire_subscription(subscription_id=key)


def titles(user):
    return list(Notification.objects.filter(user=user).order_by("created_at", "pk").values_list("title", flat=True))


class TestRenewal:
    def test_is_not_due_a_second_before_its_end(self, clock, basic):
        clock.move_to(END - dt.timedelta(seconds=1))
        assert subscriptions_to_renew() == []
        assert renew_subscription(subscription_id=basic.pk) is False

    def test_charges_the_kept_card_for_the_next_month(self, clock, basic):
        clock.move_to(END)

        subscription = renewed(basic)

        assert subscription.status == "active"
        assert subscription.start_date == START
        assert subscription.end_date == dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)  # the 31st again
        charge = subscription.charges.get(kind="renewal")
        assert (charge.amount_cents, charge.status, charge.period_start) == (999, "paid", END)
        payment = Payment.objects.get(charge=charge)
        assert (payment.saved_method, payment.status) == ("pm_sandbox_card", "succeeded")
        assert Invoice.objects.count() == 2
        assert imbalance() == {}

    def test_twice_it_charges_once(self, clock, basic):
        clock.move_to(END)
        first = renew_subscription(subscription_id=basic.pk)
        second = renew_subscription(subscription_id=basic.pk)
        assert (first, second) == (True, False)
        assert Payment.objects.filter(charge__kind="renewal").count() == 1

    def test_months_in_which_this_house_stood_still_are_not_charged_at_once(self, clock, basic):
        clock.move_to(START + 70 * DAY)
        for _ in range(3):
            swept()
            clock.shift(dt.timedelta(minutes=1))

        basic.refresh_from_db()
        back, end = START + 70 * DAY, dt.datetime(2026, 5, 11, 10, tzinfo=dt.UTC)
        charge = basic.charges.get(kind="renewal")
        assert (charge.period_start, charge.period_end, charge.status) == (back, end, "paid")
        assert (basic.start_date, basic.end_date, basic.next_charge_at) == (back, end, end)
        assert Invoice.objects.get(charge=charge).snapshot["lines"][0]["title"] == "Basic, 2026-04-11 to 2026-05-11"

    def test_a_month_that_was_behind_while_this_house_stood_still_begins_when_it_is_paid(self, clock, basic):
        with_a_bad_card(basic)
        clock.move_to(END)
        swept()
        UserSubscription.objects.update(saved_method="pm_sandbox_card")
        clock.move_to(END + 60 * DAY)
        swept()
        swept()
        assert basic.charges.get(kind="renewal").period_start == END + 60 * DAY

    def test_waits_for_a_dearer_tier_that_is_being_paid(self, clock, user, basic, tiers):
        clock.move_to(END - dt.timedelta(minutes=10))
        subscribe(tier_id=tiers["Professional"].pk, by=user, payment_method="card_review")
        clock.move_to(END + dt.timedelta(minutes=59))
        swept()
        came_late(Payment.objects.get(charge__kind="upgrade"))

        basic.refresh_from_db()
        assert (basic.tier, basic.start_date) == (tiers["Professional"], END + dt.timedelta(minutes=59))
        paid = basic.charges.filter(status="paid").order_by("created_at").values_list("kind", "amount_cents")
        assert list(paid) == [("start", 999), ("upgrade", 2999 - 36)]

    def test_goes_before_a_dearer_tier_that_is_not_paid_for_an_hour(self, clock, user, basic, tiers):
        clock.move_to(END - dt.timedelta(minutes=10))
        subscribe(tier_id=tiers["Professional"].pk, by=user, payment_method="card_review")
        clock.move_to(END + dt.timedelta(hours=1))
        swept()
        payment = Payment.objects.get(charge__kind="upgrade")
        came_late(payment)

        basic.refresh_from_db()
        payment.refresh_from_db()
        assert (basic.tier, basic.end_date) == (tiers["Basic"], dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC))
        assert (payment.refund_due, payment.is_spare) == (True, True)
        assert {"Basic was renewed", "Professional could not be paid"} <= set(titles(user))
        assert imbalance() == {}

    def test_is_not_for_who_has_asked_to_be_erased_until_they_stay(self, clock, user, basic):
        clock.move_to(END - 5 * DAY)
        request_departure(user=user, by=user)
        clock.move_to(END + DAY)
        assert (subscriptions_to_renew(), renew_subscription(subscription_id=basic.pk)) == ([], False)
        assert not basic.charges.filter(kind="renewal").exists()

        cancel_departure(user=user)

        assert renewed(basic).end_date == dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)

    def test_a_repeated_webhook_extends_once(self, clock, basic):
        clock.move_to(END)
        subscription = renewed(basic)
        for payment in Payment.objects.all():
            settle_sandbox_payment(provider_id=payment.provider_id)
        assert UserSubscription.objects.get().end_date == subscription.end_date
        assert LedgerEntry.objects.filter(account="subscription_income").count() == 2

    def test_a_planned_cheaper_tier_begins_with_it(self, clock, user, tiers):
        subscription = subscribed(user, tiers["Professional"])
        subscribe(tier_id=tiers["Basic"].pk, by=user)
        clock.move_to(END)

        subscription = renewed(subscription)

        assert (subscription.tier, subscription.next_tier) == (tiers["Basic"], None)
        assert subscription.charges.get(kind="renewal").amount_cents == 999

    def test_a_free_tier_goes_on_without_a_payment_or_a_mail(self, clock, user):
        subscription = subscribe(tier_id=TierFactory(price_cents=0).pk, by=user)
        mails = Mail.objects.count()
        clock.move_to(END)

        subscription = renewed(subscription)

        assert subscription.end_date == dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)
        assert (Payment.objects.count(), Mail.objects.count()) == (0, mails)

    def test_whoever_is_switched_off_is_not_charged(self, clock, user, basic):
        user.is_active = False
        user.save()
        clock.move_to(END)
        assert renewed(basic).status == "expired"
        assert not Payment.objects.filter(charge__kind="renewal").exists()

    def test_a_provider_that_is_away_is_asked_again(self, clock, basic):
        SandboxMishap.objects.create(call="payment", kind="down")
        clock.move_to(END)
        jobs.renew_subscription(str(basic.pk))
        payment = Payment.objects.get(charge__kind="renewal")
        assert payment.status == "created"
        assert payments_to_open() == []

        clock.move_to(END + dt.timedelta(minutes=2))
        assert payments_to_open() == [payment.pk]
        open_lost_payment(payment_id=payment.pk)

        basic.refresh_from_db()
        assert (basic.status, Payment.objects.filter(charge__kind="renewal").count()) == ("active", 1)
        assert basic.end_date > END

    def test_a_month_that_was_given_up_is_not_asked_for_again(self, clock, basic):
        SandboxMishap.objects.create(call="payment", kind="down")
        clock.move_to(END)
        jobs.renew_subscription(str(basic.pk))
        SubscriptionCharge.objects.filter(kind="renewal").update(status="failed", reason="Given up.")
        UserSubscription.objects.update(next_charge_at=END)
        asked = SandboxPayment.objects.count()

        assert renewed(basic).status == "expired"
        open_lost_payment(payment_id=Payment.objects.get(charge__kind="renewal").pk)
        assert SandboxPayment.objects.count() == asked

    def test_the_sweep_hands_over_what_is_due(self, clock, basic, queued):
        clock.move_to(END)
        queued.clear()
        jobs.sweep_subscriptions()
        assert queued == [("marketplace.jobs.renew_subscription", (str(basic.pk),), {})]


class TestDunning:
    def test_tries_after_one_three_and_seven_days_and_then_ends_it(self, clock, user, basic):
        with_a_bad_card(basic)
        tries = []
        for moment in (END, END + DAY, END + 3 * DAY, END + 7 * DAY):
            clock.move_to(moment - dt.timedelta(seconds=1))
            assert subscriptions_to_renew() == []
            clock.move_to(moment)
            subscription = renewed(basic)
            tries.append((subscription.status, subscription.next_charge_at))

        assert tries == [
            ("past_due", END + DAY),
            ("past_due", END + 3 * DAY),
            ("past_due", END + 7 * DAY),
            ("expired", None),
        ]
        charge = basic.charges.get(kind="renewal")
        assert (charge.status, charge.attempts) == ("failed", 4)
        assert Payment.objects.filter(charge=charge, status="failed").count() == 4
        assert titles(user) == ["You are on Basic", *["Basic could not be renewed"] * 3, "Basic has ended"]
        subjects = (
            Mail.objects.filter(template="subscription/news").order_by("pk").values_list("context__title", flat=True)
        )
        assert list(subjects) == titles(user)
        assert limits_of(user).tier is None
        assert imbalance() == {}

    def test_everything_works_in_the_days_of_grace(self, clock, user, basic):
        with_a_bad_card(basic)
        clock.move_to(END)
        renewed(basic)
        assert limits_of(user).tier == "Basic"

    def test_another_card_ends_it_and_is_kept(self, clock, user, basic):
        with_a_bad_card(basic)
        clock.move_to(END)
        renewed(basic)
        clock.move_to(END + 2 * DAY)

        subscription = settle(pay_open_charge(by=user, payment_method="card"))

        assert (subscription.status, subscription.past_due_since) == ("active", None)
        assert subscription.end_date == dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)
        assert subscription.saved_method == "pm_sandbox_card"
        assert subscription.next_charge_at == subscription.end_date
        assert subscription.charges.filter(kind="renewal").count() == 1

    def test_a_declined_try_for_another_tier_leaves_the_month_open(self, clock, user, basic, tiers):
        with_a_bad_card(basic)
        clock.move_to(END)
        renewed(basic)

        subscription = subscribed(user, tiers["Professional"], "card_declined")

        assert (subscription.status, subscription.next_charge_at) == ("past_due", END + DAY)
        assert subscription.charges.get(kind="renewal").status == "open"
        paid = settle(pay_open_charge(by=user, payment_method="card"))
        assert (paid.status, paid.tier) == ("active", tiers["Basic"])

    def test_another_tier_that_is_paid_ends_it(self, clock, user, basic, tiers):
        with_a_bad_card(basic)
        clock.move_to(END + DAY)
        renewed(basic)

        subscription = subscribed(user, tiers["Professional"])

        assert (subscription.status, subscription.start_date) == ("active", END + DAY)
        assert subscription.charges.get(kind="renewal").status == "failed"
        assert subscription.charges.get(kind="upgrade").amount_cents == 2999

    def test_a_payment_that_says_nothing_counts_as_unpaid_and_is_not_made_twice(self, clock, user, basic):
        UserSubscription.objects.filter(pk=basic.pk).update(saved_method="", payment_method="card_review")
        for moment in (END, END + DAY, END + 2 * DAY, END + 4 * DAY, END + 8 * DAY, END + 9 * DAY):
            clock.move_to(moment)
            subscription = renewed(basic)
        assert Payment.objects.filter(charge__kind="renewal").count() == 1
        assert subscription.status == "expired"

    def test_money_that_comes_after_the_end_begins_a_new_month(self, clock, user, basic):
        with_a_bad_card(basic)
        for moment in (END, END + DAY, END + 3 * DAY):
            clock.move_to(moment)
            renewed(basic)
        UserSubscription.objects.filter(pk=basic.pk).update(saved_method="", payment_method="card_review")
        clock.move_to(END + 7 * DAY)
        renewed(basic)
        clock.move_to(END + 8 * DAY)
        renewed(basic)
        payment = Payment.objects.get(charge__kind="renewal", status__in=Payment.LIVE)
        assert UserSubscription.objects.get().status == "expired"

        came_late(payment)

        subscription = UserSubscription.objects.get()
        assert (subscription.status, subscription.start_date) == ("active", END + 8 * DAY)
        assert imbalance() == {}

    def test_money_that_comes_after_another_was_taken_is_owed_back(self, clock, user, tiers):
        first = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        payment = Payment.objects.get()
        clock.move_to(START + 2 * DAY)
        assert expire_subscription(subscription_id=first.pk) is True
        second = subscribed(user, tiers["Professional"])

        came_late(payment)

        payment.refresh_from_db()
        first.refresh_from_db()
        assert (payment.refund_due, first.status, second.status) == (True, "expired", "active")
        assert imbalance() == {}

    def test_money_that_comes_for_who_is_switched_off_is_owed_back(self, clock, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        payment = Payment.objects.get()
        clock.move_to(START + 2 * DAY)
        assert expire_subscription(subscription_id=subscription.pk) is True
        user.is_active = False
        user.save()

        from marketplace.verbs.payments import apply_payment_state  # noqa: PLC0415 -- as a late webhook would

        apply_payment_state(provider_id=payment.provider_id, status="succeeded", amount_cents=999, currency="EUR")

        payment.refresh_from_db()
        subscription.refresh_from_db()
        assert (payment.refund_due, subscription.status) == (True, "expired")
        assert imbalance() == {}


class TestMoneyThatComesTooLate:
    """Time may end a subscription before its money is here; a person who ended it is not charged for it again."""

    def ended(self, subscription, payment):
        swept()
        came_late(payment)
        subscription.refresh_from_db()
        payment.refresh_from_db()
        return subscription.status, subscription.next_charge_at, payment.refund_due, payment.is_spare

    def test_after_its_holder_canceled_the_start_is_owed_back(self, clock, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        cancel_subscription(user_id=user.pk, by=user)
        clock.shift(dt.timedelta(minutes=1))
        assert self.ended(subscription, Payment.objects.get()) == ("expired", None, True, True)

    def test_after_its_holder_canceled_the_month_is_owed_back(self, clock, user, basic):
        UserSubscription.objects.update(saved_method="", payment_method="card_review")
        clock.move_to(END)
        swept()
        cancel_subscription(user_id=user.pk, by=user)
        clock.shift(DAY)
        assert self.ended(basic, Payment.objects.get(charge__kind="renewal")) == ("expired", None, True, True)

    @pytest.mark.parametrize("status", ["expired", "canceled", "active"])
    def test_after_an_administrator_set_it_is_owed_back(self, clock, user, staff, tiers, status):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        set_subscription(user_id=user.pk, tier_id=tiers["Basic"].pk, by=staff, status=status, end_date=END)
        clock.move_to(END)
        assert self.ended(subscription, Payment.objects.get()) == ("expired", None, True, True)

    def test_for_what_was_not_chosen_in_the_end_it_is_owed_back(self, clock, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_declined")
        first = settle(subscription).charges.get().payments.get()
        clock.shift(DAY / 2)
        subscribe(tier_id=tiers["Professional"].pk, by=user, payment_method="card_review")
        clock.move_to(START + 2 * DAY)
        assert self.ended(subscription, first) == ("expired", None, True, True)


class TestTheEnd:
    def test_a_canceled_one_runs_until_then(self, clock, user, basic):
        cancel_subscription(user_id=user.pk, by=user)
        clock.move_to(END - dt.timedelta(seconds=1))
        assert (subscriptions_to_expire(), limits_of(user).tier) == ([], "Basic")
        assert expire_subscription(subscription_id=basic.pk) is False

        clock.move_to(END)
        assert limits_of(user).tier is None
        assert subscriptions_to_expire() == [basic.pk]
        assert expire_subscription(subscription_id=basic.pk) is True
        assert expire_subscription(subscription_id=basic.pk) is False
        assert titles(user)[-1] == "Basic has ended"
        assert not Payment.objects.filter(charge__kind="renewal").exists()

    def test_what_was_resumed_is_renewed(self, clock, user, basic):
        cancel_subscription(user_id=user.pk, by=user)
        resume_subscription(by=user)
        clock.move_to(END)
        assert subscriptions_to_expire() == []
        assert renewed(basic).end_date > END

    def test_what_was_given_is_not_renewed(self, clock, user, staff, tiers):
        given, _ = set_subscription(user_id=user.pk, tier_id=tiers["Enterprise"].pk, by=staff, end_date=END)
        clock.move_to(END)
        assert (subscriptions_to_renew(), subscriptions_to_expire()) == ([], [given.pk])
        expire_subscription(subscription_id=given.pk)
        assert UserSubscription.objects.get().status == "expired"
        assert not Payment.objects.exists()

    def test_what_was_never_paid_is_closed_after_a_day(self, clock, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        clock.move_to(START + DAY)
        assert subscriptions_to_expire() == [subscription.pk]
        expire_subscription(subscription_id=subscription.pk)
        assert (subscription.charges.get().status, Payment.objects.get().status) == ("failed", "canceled")
        assert titles(user) == []

    def test_leaves_the_tier_in_the_graph_too(self, clock, user, basic, tiers):
        cancel_subscription(user_id=user.pk, by=user)
        clock.move_to(END)
        expire_subscription(subscription_id=basic.pk)
        entity = Entity.objects.get(pk=basic.pk)
        member = Connection.objects.filter(from_entity=user.pk, relationship_type="member_of", deleted_at=None)
        assert (entity.status, entity.properties["status"], list(member)) == ("inactive", "expired", [])
        told = Event.objects.filter(type="subscription_updated", target=basic.pk).order_by("pk")
        assert [event.metadata["what"] for event in told][-2:] == ["canceled", "expired"]


class TestTheReminder:
    def test_comes_once_a_week_before(self, clock, user, basic):
        cancel_subscription(user_id=user.pk, by=user)
        clock.move_to(END - 7 * DAY - dt.timedelta(seconds=1))
        assert subscriptions_to_remind() == []

        clock.move_to(END - 7 * DAY)
        assert subscriptions_to_remind() == [basic.pk]
        told = [remind_subscriber(subscription_id=basic.pk) for _ in range(2)]

        assert told == [True, False]
        assert titles(user)[-1] == "Your subscription will expire in 7 days"
        assert Mail.objects.filter(context__title="Your subscription will expire in 7 days").count() == 1
        assert subscriptions_to_remind() == []

    def test_is_not_for_what_is_renewed(self, clock, basic):
        clock.move_to(END - DAY)
        assert subscriptions_to_remind() == []
        assert remind_subscriber(subscription_id=basic.pk) is False

    def test_is_for_what_was_given(self, clock, user, staff, tiers):
        given, _ = set_subscription(user_id=user.pk, tier_id=tiers["Basic"].pk, by=staff, end_date=END)
        clock.move_to(END - DAY)
        assert subscriptions_to_remind() == [given.pk]
        remind_subscriber(subscription_id=given.pk)
        text = Notification.objects.get(user=user, title="Your subscription will expire in 1 day").text
        assert text == "Basic runs until 28 February 2026 and is not renewed. Choose a tier to go on."

    def test_is_not_for_who_has_just_canceled(self, clock, user, basic):
        clock.move_to(END - DAY)
        cancel_subscription(user_id=user.pk, by=user)
        assert subscriptions_to_remind() == []

    def test_counts_the_others_alone(self, clock, user, basic, tiers):
        other = subscribed(UserFactory(), tiers["Basic"])
        cancel_subscription(user_id=other.user_id, by=other.user)
        clock.move_to(END - DAY)
        assert subscriptions_to_remind() == [other.pk]
