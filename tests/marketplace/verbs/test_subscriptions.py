import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError
from django.utils.timezone import now

from accounts.models import Mail
from config.errors import Conflict, Invalid, NotFound
from conversations.models import Notification
from marketplace.gateways.sandbox_payments import SandboxPayments
from marketplace.models import (
    Invoice,
    LedgerEntry,
    Payment,
    Refund,
    SandboxMishap,
    SandboxPayment,
    UserSubscription,
)
from marketplace.queries.ledger import imbalance
from marketplace.queries.periods import months_after
from marketplace.queries.subscriptions import Move, plan_for
from marketplace.verbs import subscriptions
from marketplace.verbs.cancellations import cancel_subscription
from marketplace.verbs.sandbox import decide_sandbox_payment
from marketplace.verbs.subscriptions import pay_open_charge, subscribe
from marketplace.verbs.tiers import remove_tier, update_tier
from ontology.models import Connection, Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, settle, subscribed, three_tiers

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC)


@pytest.fixture
def tiers():
    return three_tiers()


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


def balances():
    sums = {}
    for account, amount in LedgerEntry.objects.values_list("account", "amount_cents"):
        sums[account] = sums.get(account, 0) + amount
    return sums


class TestStarting:
    def test_a_paid_tier_waits_for_its_payment(self, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user)

        charge = subscription.charges.get()
        assert (subscription.status, subscription.next_charge_at) == ("incomplete", None)
        assert (charge.kind, charge.amount_cents, charge.currency, charge.status) == ("start", 999, "EUR", "open")
        assert Payment.objects.get(charge=charge).status == "processing"
        assert balances() == {}

    def test_is_active_for_a_month_once_it_is_paid(self, clock, user, tiers):
        subscription = subscribed(user, tiers["Basic"])

        end = dt.datetime(2026, 2, 28, 10, tzinfo=dt.UTC)
        assert (subscription.status, subscription.start_date, subscription.end_date) == ("active", START, end)
        assert subscription.next_charge_at == end
        assert subscription.saved_method == "pm_sandbox_card"
        assert subscription.charges.get().status == "paid"
        assert balances() == {"psp_clearing": 999, "subscription_income": -999}
        assert imbalance() == {}
        assert Invoice.objects.get(charge=subscription.charges.get()).snapshot["total_cents"] == 999

    def test_the_graph_a_notification_and_a_mail_tell_of_it(self, user, tiers):
        subscription = subscribed(user, tiers["Basic"])

        entity = Entity.objects.get(pk=subscription.pk)
        assert (entity.type, entity.is_private, entity.properties["status"]) == ("subscription", True, "active")
        links = Connection.objects.filter(from_entity=user.pk, deleted_at=None)
        kinds = set(links.values_list("relationship_type", "to_entity"))
        assert {("owns", subscription.pk), ("member_of", tiers["Basic"].pk)} <= kinds
        told = Event.objects.filter(type="subscription_updated", target=subscription.pk).order_by("pk")
        assert [event.metadata["what"] for event in told] == ["asked", "started"]
        assert Notification.objects.filter(user=user, title="You are on Basic").count() == 1
        mail = Mail.objects.get(template="subscription/news")
        assert (mail.to, mail.context["title"]) == (user.email, "You are on Basic")

    def test_the_graph_follows_its_payment(self, user, tiers):
        SandboxMishap.objects.create(call="payment", kind="down")
        with pytest.raises(Exception, match="does not answer"):
            subscribe(tier_id=tiers["Basic"].pk, by=user)
        payment = Payment.objects.get()

        def shown():
            entity = Entity.objects.get(pk=payment.pk)
            told = Event.objects.filter(type="payment_processed", target=payment.pk).count()
            return entity.type, entity.owner_id, entity.is_private, entity.properties["payment_status"], told

        assert shown() == ("payment", user.pk, True, "created", 0)
        subscribed(user, tiers["Basic"])
        assert shown() == ("payment", user.pk, True, "succeeded", 1)

    def test_a_free_tier_is_active_at_once(self, user):
        subscription = subscribe(tier_id=TierFactory(name="Free", price_cents=0).pk, by=user)

        assert subscription.status == "active"
        assert not Payment.objects.filter(charge__subscription=subscription).exists()
        assert not Invoice.objects.exists()

    def test_asked_twice_it_is_one_subscription_and_one_payment(self, user, tiers):
        first = subscribe(tier_id=tiers["Basic"].pk, by=user)
        second = subscribe(tier_id=tiers["Basic"].pk, by=user)

        assert first.pk == second.pk
        assert Payment.objects.filter(charge__subscription=first).count() == 1

    def test_a_declined_card_leaves_it_open_and_can_be_tried_again(self, user, tiers):
        subscription = subscribed(user, tiers["Basic"], "card_declined")

        charge = subscription.charges.get()
        assert (subscription.status, charge.status) == ("incomplete", "open")
        assert charge.reason == "The card was declined. No money was taken."
        assert Notification.objects.get(user=user).title == "Basic could not be paid"

        paid = settle(pay_open_charge(by=user, payment_method="card"))
        assert (paid.pk, paid.status) == (subscription.pk, "active")
        assert subscription.charges.count() == 1

    def test_another_tier_can_be_chosen_after_a_decline(self, user, tiers):
        subscription = subscribed(user, tiers["Basic"], "card_declined")

        again = subscribed(user, tiers["Professional"])

        assert (again.pk, again.tier, again.status) == (subscription.pk, tiers["Professional"], "active")
        assert sorted(again.charges.values_list("amount_cents", "status")) == [(999, "failed"), (2999, "paid")]

    def test_another_tier_waits_while_a_payment_is_on_its_way(self, user, tiers):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")

        with pytest.raises(Conflict, match="still being paid") as refused:
            subscribe(tier_id=tiers["Professional"].pk, by=user)
        assert refused.value.code == "payment_open"

    def test_what_a_person_approves_is_active(self, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        payment = Payment.objects.get(charge__subscription=subscription)

        decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=user)

        subscription.refresh_from_db()
        assert subscription.status == "active"

    def test_a_provider_that_is_away_is_gone_on_with(self, user, tiers):
        SandboxMishap.objects.create(call="payment", kind="down")
        with pytest.raises(Exception, match="does not answer"):
            subscribe(tier_id=tiers["Basic"].pk, by=user)
        assert UserSubscription.objects.get().status == "incomplete"

        subscription = subscribed(user, tiers["Basic"])

        assert subscription.status == "active"
        assert Payment.objects.count() == 1

    def test_what_the_provider_never_heard_of_is_never_charged_once_another_tier_is_chosen(self, user, tiers):
        SandboxMishap.objects.create(call="payment", kind="down")
        with pytest.raises(Exception, match="does not answer"):
            subscribe(tier_id=tiers["Basic"].pk, by=user)

        subscription = subscribed(user, tiers["Professional"])

        assert subscription.tier == tiers["Professional"]
        assert sorted(Payment.objects.values_list("amount_cents", "status")) == [(999, "canceled"), (2999, "succeeded")]
        assert balances() == {"psp_clearing": 2999, "subscription_income": -2999}

    def test_what_is_being_opened_is_not_dropped_for_another_tier(self, user, tiers, monkeypatch):
        """The second choice comes while the first one's payment is on its way to the provider."""
        answers = []

        def meanwhile(**asked):
            with pytest.raises(Conflict) as refused:
                subscribe(tier_id=tiers["Professional"].pk, by=user)
            answers.append(refused.value.code)
            monkeypatch.undo()
            return SandboxPayments().create(**asked)

        monkeypatch.setattr(SandboxPayments, "create", staticmethod(meanwhile))
        subscription = settle(subscribe(tier_id=tiers["Basic"].pk, by=user))

        assert (answers, subscription.tier, subscription.status) == (["payment_open"], tiers["Basic"], "active")
        assert SandboxPayment.objects.count() == 1

    @pytest.mark.parametrize(("lost", "outcome"), [(4, "incomplete"), (5, "in_progress")])
    def test_what_others_change_at_once_is_looked_at_again(self, user, tiers, monkeypatch, lost, outcome):
        choose, rounds = subscriptions._choose, iter(range(lost))

        def beaten(*asked):
            if next(rounds, None) is not None:
                raise IntegrityError("subscription_live_once")
            return choose(*asked)

        monkeypatch.setattr(subscriptions, "_choose", beaten)
        try:
            came = subscribe(tier_id=tiers["Basic"].pk, by=user).status
        except Conflict as refused:
            came = refused.code
        assert came == outcome

    def test_an_amount_that_was_not_shown_is_not_charged(self, user, tiers):
        with pytest.raises(Conflict) as refused:
            subscribe(tier_id=tiers["Basic"].pk, by=user, expected_cents=998)
        assert refused.value.code == "amount_changed"
        assert not UserSubscription.objects.exists()

    @pytest.mark.parametrize("tier_id", ["", "nonsense", "0190a1b2-0000-7000-8000-000000000000", "\0"])
    def test_an_unknown_tier_is_not_found(self, user, tier_id):
        with pytest.raises(NotFound):
            subscribe(tier_id=tier_id, by=user)

    def test_an_archived_tier_is_not_sold(self, user, staff, tiers):
        subscribed(UserFactory(), tiers["Basic"])
        remove_tier(tier_id=tiers["Basic"].pk, by=staff)
        with pytest.raises(NotFound):
            subscribe(tier_id=tiers["Basic"].pk, by=user)

    def test_an_archived_tier_is_not_sold_to_who_still_sees_it(self, staff, tiers):
        subscribed(UserFactory(), tiers["Basic"])
        remove_tier(tier_id=tiers["Basic"].pk, by=staff)
        with pytest.raises(Conflict) as refused:
            subscribe(tier_id=tiers["Basic"].pk, by=staff)
        assert (refused.value.code, Payment.objects.filter(charge__subscription__user=staff).count()) == (
            "tier_archived",
            0,
        )

    def test_an_unknown_card_is_refused(self, user, tiers):
        with pytest.raises(Invalid):
            subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="gold")


class TestMovingUp:
    def test_what_is_not_used_is_taken_off(self, clock, user, tiers):
        subscribed(user, tiers["Basic"])
        clock.move_to(START + dt.timedelta(days=14))  # 14 of 28 days are left

        subscription = subscribe(tier_id=tiers["Professional"].pk, by=user, expected_cents=2499)
        assert (subscription.tier, subscription.status) == (tiers["Basic"], "active")
        subscription = settle(subscription)

        moment = START + dt.timedelta(days=14)
        assert (subscription.tier, subscription.start_date) == (tiers["Professional"], moment)
        assert subscription.end_date == dt.datetime(2026, 3, 14, 10, tzinfo=dt.UTC)
        charge = subscription.charges.get(kind="upgrade")
        assert (charge.amount_cents, charge.credit_cents, charge.status) == (2499, 500, "paid")
        assert balances() == {"psp_clearing": 3498, "subscription_income": -3498}

    def test_nothing_is_used_on_the_first_day_also_by_a_clock_that_runs(self, user, tiers):
        with time_machine.travel(START, tick=True):
            subscription = subscribed(user, tiers["Basic"])
            plan = plan_for(subscription, tiers["Professional"], at=now())
        assert (plan.credit_cents, plan.due_cents) == (999, 2000)
        assert months_after(subscription.start_date, 1) == subscription.end_date

    def test_a_second_upgrade_credits_the_whole_price_of_the_month(self, clock, user, tiers):
        subscribed(user, tiers["Basic"])
        clock.move_to(START + dt.timedelta(days=14))
        subscribed(user, tiers["Professional"])

        plan = plan_for(UserSubscription.objects.get(), tiers["Enterprise"], at=START + dt.timedelta(days=14))

        assert (plan.move, plan.credit_cents, plan.due_cents) == (Move.UPGRADE, 2999, 7000)

    def test_a_decline_leaves_the_old_tier(self, user, tiers):
        subscribed(user, tiers["Basic"])

        subscription = subscribed(user, tiers["Professional"], "card_declined")

        assert (subscription.tier, subscription.status) == (tiers["Basic"], "active")
        assert subscription.charges.get(kind="upgrade").status == "failed"

    def test_asked_twice_it_is_one_charge(self, user, tiers):
        subscribed(user, tiers["Basic"])
        subscribe(tier_id=tiers["Professional"].pk, by=user)
        subscription = subscribed(user, tiers["Professional"])
        assert subscription.charges.filter(kind="upgrade").count() == 1
        assert Payment.objects.count() == 2

    def test_from_a_free_tier_nothing_is_credited(self, user, tiers):
        subscribe(tier_id=TierFactory(price_cents=0).pk, by=user)
        subscription = subscribed(user, tiers["Basic"])
        assert (subscription.tier, subscription.charges.get(kind="upgrade").amount_cents) == (tiers["Basic"], 999)

    def test_another_currency_waits_for_the_months_end(self, user, tiers):
        subscribed(user, tiers["Basic"])
        with pytest.raises(Conflict) as refused:
            subscribe(tier_id=TierFactory(price_cents=5000, currency="USD").pk, by=user)
        assert refused.value.code == "mixed_currency"

    @pytest.mark.parametrize(
        ("price", "days", "move"),
        [
            (999, 0, Move.DOWNGRADE),  # nothing would be due, and the month would begin anew each day
            (999, 1, Move.DOWNGRADE),
            (999, 2, Move.UPGRADE),
            (1048, 0, Move.DOWNGRADE),
            (1049, 0, Move.UPGRADE),
        ],
    )
    def test_for_less_than_a_card_is_charged_it_begins_with_the_next_month(self, clock, user, tiers, price, days, move):
        subscription = subscribed(user, tiers["Basic"])
        plan = plan_for(subscription, TierFactory(price_cents=price), at=START + dt.timedelta(days=days))
        assert plan.move == move
        assert plan.due_cents == 0 if move == Move.DOWNGRADE else plan.due_cents >= 50

    def test_what_is_left_of_a_dearer_month_is_not_lost_where_prices_fell(self, clock, user, staff, tiers):
        subscribed(user, tiers["Professional"])
        for name, cents in (("Professional", 100), ("Basic", 200)):
            update_tier(tier_id=tiers[name].pk, by=staff, price_cents=cents)

        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user)

        assert (subscription.tier, subscription.next_tier) == (tiers["Professional"], tiers["Basic"])
        assert subscription.charges.count() == 1

    def test_money_for_what_was_canceled_meanwhile_is_owed_back(self, user, tiers):
        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        payment = Payment.objects.get()
        cancel_subscription(user_id=user.pk, by=user)

        decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=user)

        subscription.refresh_from_db()
        payment.refresh_from_db()
        assert (subscription.status, payment.status, payment.refund_due) == ("canceled", "succeeded", True)
        assert balances() == {"psp_clearing": 999, "refund_due": -999}
        refund = Refund.objects.get()
        assert (refund.payment, refund.order_id, refund.amount_cents, refund.requested_by) == (payment, None, 999, None)
        assert not Invoice.objects.exists()


class TestMovingDown:
    def test_begins_when_the_paid_month_is_over(self, user, tiers):
        subscribed(user, tiers["Professional"])

        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user)

        assert (subscription.tier, subscription.next_tier) == (tiers["Professional"], tiers["Basic"])
        assert subscription.charges.count() == 1
        assert Notification.objects.filter(user=user, title="Basic from then on").exists()

    def test_can_be_taken_back(self, user, tiers):
        subscribed(user, tiers["Professional"])
        subscribe(tier_id=tiers["Basic"].pk, by=user)

        subscription = subscribe(tier_id=tiers["Professional"].pk, by=user)

        assert (subscription.tier, subscription.next_tier) == (tiers["Professional"], None)

    def test_takes_a_cancellation_back(self, user, tiers):
        subscribed(user, tiers["Professional"])
        cancel_subscription(user_id=user.pk, by=user)

        subscription = subscribe(tier_id=tiers["Basic"].pk, by=user)

        assert (subscription.status, subscription.next_tier) == ("active", tiers["Basic"])
        assert subscription.next_charge_at == subscription.end_date
        assert Notification.objects.filter(user=user, title="Professional goes on").count() == 1
