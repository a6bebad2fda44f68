"""What is paid for a subscription and given back: by staff, by the provider as owed, or by the holder's bank."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from accounts.models import Mail
from config.errors import Conflict, Forbidden, Invalid, NotFound
from conversations.models import Notification
from marketplace.models import Invoice, LedgerEntry, Payment, Refund, SandboxPayment, UserSubscription
from marketplace.queries.ledger import imbalance
from marketplace.queries.subscriptions import plan_for
from marketplace.verbs.cancellations import cancel_subscription
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.refunds import refund_charge, refund_owed_again
from marketplace.verbs.renewals import renew_subscription
from marketplace.verbs.sandbox import decide_sandbox_payment
from marketplace.verbs.subscriptions import pay_open_charge, subscribe
from ontology.models import Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import paid_order, settle_refund
from tests.factories.subscriptions import TierFactory, settle, subscribed, three_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def tiers():
    return three_tiers()


@pytest.fixture
def admin():
    return UserFactory(role="admin", is_staff=True)


@pytest.fixture
def basic(user, tiers):
    return subscribed(user, tiers["Basic"])


def balances():
    sums = {}
    for account, amount in LedgerEntry.objects.values_list("account", "amount_cents"):
        sums[account] = sums.get(account, 0) + amount
    return {account: total for account, total in sums.items() if total}


def given_back(admin, **asked):
    return settle_refund(refund_charge(payment_id=Payment.objects.get().pk, reason="Goodwill", by=admin, **asked))


class TestStaff:
    def test_give_all_of_it_back_and_it_ends(self, basic, admin, user):
        refund = given_back(admin)

        basic.refresh_from_db()
        payment = Payment.objects.get()
        assert (refund.status, refund.amount_cents, refund.order_id) == ("succeeded", 999, None)
        assert (payment.refunded_cents, payment.refund_due, basic.status) == (999, False, "expired")
        assert (basic.next_charge_at, basic.charges.get().status) == (None, "paid")
        assert (balances(), imbalance()) == ({}, {})
        note = Invoice.objects.get(kind="credit_note")
        invoice = Invoice.objects.get(kind="invoice")
        assert (note.refund, note.charge, note.order_id) == (refund, basic.charges.get(), None)
        told = {name: note.snapshot[name] for name in ("kind", "total_cents", "reason", "buyer", "charge", "corrects")}
        assert told == {
            "kind": "credit_note",
            "total_cents": 999,
            "reason": "Goodwill",
            "buyer": invoice.snapshot["buyer"],
            "charge": invoice.snapshot["charge"],
            "corrects": {"number": invoice.full_number, "issued_at": invoice.snapshot["issued_at"]},
        }
        properties = Entity.objects.get(pk=payment.pk).properties
        assert (properties["refunded_cents"], properties["payment_status"]) == (999, "succeeded")
        steps = Event.objects.filter(target=payment.pk).values_list("metadata__step", flat=True)
        assert {"refund_requested", "refund_succeeded"} <= set(steps)
        word = Notification.objects.get(user=user, key=f"refund:{refund.pk}:succeeded")
        assert (word.title, word.text, word.url) == (
            "9.99 EUR is on its way back to you",
            "For your subscription. Banks take a few days to show it.",
            "/settings/subscription/",
        )
        titles = set(
            Mail.objects.filter(user=user, template="subscription/news").values_list("context__title", flat=True)
        )
        assert {"9.99 EUR is on its way back to you", "Basic has ended"} <= titles

    def test_give_a_part_back_and_it_runs_on(self, basic, admin):
        first, second = given_back(admin, amount_cents=300), given_back(admin, amount_cents=99)

        basic.refresh_from_db()
        assert (basic.status, Payment.objects.get().refunded_cents) == ("active", 399)
        assert balances() == {"psp_clearing": 600, "subscription_income": -600}
        totals = [refund.credit_note.snapshot["total_cents"] for refund in (first, second)]
        assert (totals, first.credit_note.snapshot["lines"][0]["quantity"]) == ([300, 99], None)

    def test_give_an_earlier_month_back_and_this_one_runs_on(self, basic, admin):
        earlier = Payment.objects.get()
        with time_machine.travel(basic.end_date, tick=False):
            renew_subscription(subscription_id=basic.pk)
            settle(basic)
            settle_refund(refund_charge(payment_id=earlier.pk, reason="Goodwill", by=admin))
        basic.refresh_from_db()
        assert (basic.status, basic.next_charge_at) == ("active", basic.end_date)
        assert balances() == {"psp_clearing": 999, "subscription_income": -999}

    def test_wait_for_the_bank_while_it_decides(self, basic, admin):
        payment = Payment.objects.get()
        apply_dispute(provider_id=payment.provider_id, dispute="open")
        assert Entity.objects.get(pk=payment.pk).properties["dispute"] == "open"
        with pytest.raises(Conflict) as refused:
            refund_charge(payment_id=payment.pk, reason="Goodwill", by=admin)
        assert (refused.value.code, Refund.objects.count()) == ("payment_disputed", 0)

    def test_end_its_days_with_it(self, basic, admin):
        moment = basic.start_date + dt.timedelta(days=3)
        with time_machine.travel(moment, tick=False):
            given_back(admin)
        basic.refresh_from_db()
        assert (basic.status, basic.end_date) == ("expired", moment)

    def test_give_the_vat_of_it_back_to_the_cent(self, user, admin):
        subscribed(user, TierFactory(price_cents=999, vat_bp=1900))
        notes = [given_back(admin, amount_cents=333).credit_note for _ in range(3)]
        assert [note.snapshot["vat_cents"] for note in notes] == [53, 54, 53]
        assert Invoice.objects.get(kind="invoice").snapshot["vat_cents"] == 160

    def test_learn_what_may_not_be(self, basic, admin, user):
        payment = Payment.objects.get()
        of_an_order = paid_order().payments.get()
        cases = (
            (Forbidden, {"by": user}),
            (NotFound, {"payment_id": of_an_order.pk}),
            (Invalid, {"amount_cents": 0}),
            (Invalid, {"reason": ""}),
            (Conflict, {"amount_cents": 1000}),
        )
        for error, changed in cases:
            with pytest.raises(error):
                refund_charge(**{"payment_id": payment.pk, "reason": "Goodwill", "by": admin} | changed)
        assert not Refund.objects.exists()

    def test_get_it_again_where_the_provider_refuses(self, basic, admin, user):
        refund = refund_charge(payment_id=Payment.objects.get().pk, reason="Goodwill", by=admin)
        apply_refund_state(provider_id=refund.provider_id, status="failed", reason="No")

        basic.refresh_from_db()
        refund.refresh_from_db()
        assert (refund.status, Payment.objects.get().refunded_cents, basic.status) == ("failed", 0, "active")
        assert Notification.objects.get(user=user, key=f"refund:{refund.pk}:failed").url == "/settings/subscription/"
        assert given_back(admin).status == "succeeded"


class TestWhatIsOwed:
    def test_goes_back_by_itself(self, user, tiers, admin):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        payment = Payment.objects.get()
        cancel_subscription(user_id=user.pk, by=user)
        decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=user)
        refund = Refund.objects.get()
        with pytest.raises(Conflict):
            refund_owed_again(payment_id=payment.pk, by=admin)

        settle_refund(refund)

        payment.refresh_from_db()
        assert (payment.refund_due, payment.is_spare, payment.refunded_cents) == (False, True, 999)
        assert (balances(), Invoice.objects.count()) == ({}, 0)

    def test_is_sent_once_more_by_staff(self, user, tiers, admin):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        payment = Payment.objects.get()
        cancel_subscription(user_id=user.pk, by=user)
        decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=user)
        apply_refund_state(provider_id=Refund.objects.get().provider_id, status="failed")

        again = settle_refund(refund_owed_again(payment_id=payment.pk, by=admin))

        assert (again.status, again.requested_by, balances()) == ("succeeded", None, {})

    def test_is_what_is_paid_twice(self, user, tiers):
        subscription = subscribed(user, tiers["Basic"], "card_declined")
        declined = Payment.objects.get()
        settle(pay_open_charge(by=user, payment_method="card"))
        apply_payment_state(provider_id=declined.provider_id, status="succeeded", amount_cents=999, currency="EUR")
        SandboxPayment.objects.filter(pk=declined.provider_id).update(status="succeeded")

        settle_refund(Refund.objects.get())

        subscription.refresh_from_db()
        rows = Payment.objects.order_by("created_at").values_list("status", "is_spare", "refund_due", "refunded_cents")
        assert list(rows) == [("succeeded", True, False, 999), ("succeeded", False, False, 0)]
        assert (subscription.status, Invoice.objects.count()) == ("active", 1)
        assert balances() == {"psp_clearing": 999, "subscription_income": -999}


class TestTheBank:
    def test_takes_it_back_and_the_subscription_ends(self, basic, user):
        apply_dispute(provider_id=Payment.objects.get().provider_id, dispute="open")
        apply_dispute(provider_id=Payment.objects.get().provider_id, dispute="lost")

        basic.refresh_from_db()
        assert (basic.status, basic.next_charge_at) == ("expired", None)
        assert (balances(), Invoice.objects.filter(kind="credit_note").count()) == ({}, 1)
        keys = Notification.objects.filter(user=user, key__startswith="dispute:").values_list("url", flat=True)
        assert set(keys) == {"/settings/subscription/"}

    def lost(self, payment):
        apply_dispute(provider_id=payment.provider_id, dispute="lost")

    def test_takes_an_older_months_money_back_and_no_further_one_is_charged(self, basic, tiers):
        first = Payment.objects.get()
        with time_machine.travel(basic.end_date, tick=False):
            renew_subscription(subscription_id=basic.pk)
            end = settle(basic).end_date
            self.lost(first)

            basic.refresh_from_db()
            assert (basic.status, basic.end_date, basic.next_charge_at) == ("canceled", end, None)
            assert Notification.objects.filter(user=basic.user, title="Basic is canceled").count() == 1

    def test_takes_a_part_and_asks_for_another_and_no_further_one_is_charged(self, basic):
        payment = Payment.objects.get()
        for name, state in (("dp_1", "open"), ("dp_2", "lost")):
            apply_dispute(provider_id=payment.provider_id, dispute=state, dispute_id=name, amount_cents=100)

        basic.refresh_from_db()
        payment.refresh_from_db()
        assert (basic.status, basic.next_charge_at) == ("canceled", None)
        assert (payment.dispute, payment.refunded_cents) == ("open", 100)

    def test_takes_it_back_while_the_next_month_is_behind(self, basic):
        first = Payment.objects.get()
        UserSubscription.objects.update(saved_method="pm_sandbox_card_declined")
        with time_machine.travel(basic.end_date, tick=False):
            renew_subscription(subscription_id=basic.pk)
            settle(basic)
            self.lost(first)

        basic.refresh_from_db()
        assert (basic.status, basic.next_charge_at, basic.charges.get(kind="renewal").status) == (
            "expired",
            None,
            "failed",
        )


class TestCreditForADearerTier:
    def due(self, basic, tiers):
        basic.refresh_from_db()
        return plan_for(basic, tiers["Professional"], at=now()).due_cents

    def test_is_without_what_was_given_back(self, basic, admin, tiers):
        assert self.due(basic, tiers) == 2000
        given_back(admin, amount_cents=300)
        assert self.due(basic, tiers) == 2300

    def test_is_none_while_a_bank_disputes_the_payment(self, basic, tiers):
        apply_dispute(provider_id=Payment.objects.get().provider_id, dispute="open")
        assert self.due(basic, tiers) == 2999
        apply_dispute(provider_id=Payment.objects.get().provider_id, dispute="won")
        assert self.due(basic, tiers) == 2000

    def test_is_none_for_what_a_bank_took(self, basic, tiers):
        apply_dispute(provider_id=Payment.objects.get().provider_id, dispute="lost")
        assert self.due(basic, tiers) == 2999
