import datetime as dt

import pytest
from django.utils.timezone import now

from accounts.facts import AccountLeaving
from config.errors import Conflict, Forbidden, Invalid, NotFound
from conversations.models import Notification
from marketplace.models import Payment, UserSubscription
from marketplace.verbs.cancellations import cancel_subscription, resume_subscription, set_subscription
from marketplace.verbs.limits import limits_of
from marketplace.verbs.renewals import expire_subscription
from marketplace.verbs.subscriptions import subscribe
from ontology.changes import publish
from ontology.models import Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db

FROM, UNTIL = dt.datetime(2030, 1, 1, tzinfo=dt.UTC), dt.datetime(2031, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def tier(db):
    return TierFactory(name="Basic")


class TestCancel:
    def test_runs_until_its_end_and_is_not_renewed(self, user, tier):
        before = subscribed(user, tier)

        subscription = cancel_subscription(user_id=user.pk, by=user)

        assert (subscription.status, subscription.end_date) == ("canceled", before.end_date)
        assert subscription.next_charge_at is None
        assert limits_of(user).tier == "Basic"
        assert Notification.objects.filter(user=user, title="Basic is canceled").count() == 1

    def test_twice_is_once(self, user, tier):
        subscribed(user, tier)
        cancel_subscription(user_id=user.pk, by=user)
        assert cancel_subscription(user_id=user.pk, by=user).status == "canceled"
        assert Notification.objects.filter(user=user, title="Basic is canceled").count() == 1

    def test_what_was_never_paid_brings_nothing(self, user, tier):
        subscribe(tier_id=tier.pk, by=user, payment_method="card_review")

        subscription = cancel_subscription(user_id=user.pk, by=user)

        assert (subscription.status, limits_of(user).tier) == ("canceled", None)
        assert (Payment.objects.get().status, subscription.charges.get().status) == ("canceled", "failed")

    def test_an_administrator_may_for_others_and_nobody_else(self, user, staff, stranger, tier):
        subscribed(user, tier)
        support = UserFactory(role="support", is_staff=True)
        for by in (stranger, support):
            with pytest.raises(Forbidden):
                cancel_subscription(user_id=user.pk, by=by)
        assert cancel_subscription(user_id=str(user.pk), by=staff).status == "canceled"

    def test_nothing_to_cancel_is_not_found(self, user, staff):
        for user_id, by in ((user.pk, user), ("nonsense", staff), (None, staff)):
            with pytest.raises(NotFound):
                cancel_subscription(user_id=user_id, by=by)

    def test_what_has_ended_cannot_be_canceled(self, user, staff, tier):
        set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff, status="expired")
        with pytest.raises(Conflict):
            cancel_subscription(user_id=user.pk, by=user)


class TestResume:
    def test_takes_it_back(self, user, tier):
        subscribed(user, tier)
        cancel_subscription(user_id=user.pk, by=user)

        subscription = resume_subscription(by=user)

        assert (subscription.status, subscription.canceled_at) == ("active", None)
        assert subscription.next_charge_at == subscription.end_date

    def test_what_was_given_ends_on_its_day(self, user, staff, tier):
        set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff, status="canceled", end_date=UNTIL)
        with pytest.raises(Conflict) as refused:
            resume_subscription(by=user)
        subscription = subscribe(tier_id=tier.pk, by=user)
        assert (refused.value.code, subscription.status) == ("subscription_given", "canceled")

    def test_what_runs_stays_as_it_is(self, user, tier):
        assert subscribed(user, tier).updated_at == resume_subscription(by=user).updated_at

    def test_there_must_be_one(self, user):
        with pytest.raises(NotFound):
            resume_subscription(by=user)


class TestSetting:
    def test_an_administrator_may_set_all_of_it(self, user, staff, tier):
        subscription, is_new = set_subscription(
            user_id=user.pk, tier_id=tier.pk, by=staff, start_date=FROM, end_date=UNTIL, status="active"
        )

        assert (subscription.start_date, subscription.end_date, is_new) == (FROM, UNTIL, True)
        assert (subscription.is_given, subscription.next_charge_at) == (True, None)
        assert not Payment.objects.exists()
        assert Notification.objects.get(user=user).title == "Your subscription is Basic"

    def test_the_one_that_is_there_is_changed(self, user, staff, tier):
        before = subscribed(user, TierFactory())
        subscription, is_new = set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff)
        assert (subscription.pk, subscription.tier, is_new) == (before.pk, tier, False)
        assert subscription.next_charge_at is None

    def test_what_was_open_is_called_off(self, user, staff, tier):
        subscribe(tier_id=tier.pk, by=user, payment_method="card_review")
        subscription, _ = set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff)
        assert subscription.charges.get().status == "failed"
        assert Payment.objects.get().status == "canceled"

    @pytest.mark.parametrize("role", ["", "support"])
    def test_nobody_else_may(self, user, tier, role):
        by = UserFactory(role=role, is_staff=bool(role))
        for user_id in (user.pk, by.pk):
            with pytest.raises(Forbidden):
                set_subscription(user_id=user_id, tier_id=tier.pk, by=by)
        assert not UserSubscription.objects.exists()

    def test_refuses_what_makes_no_sense(self, user, staff, tier):
        with pytest.raises(Invalid):
            set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff, start_date=UNTIL, end_date=FROM)
        with pytest.raises(Invalid):
            set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff, status="past_due")
        for year in (1, 1899, 9000, 9999):
            with pytest.raises(Invalid) as refused:
                set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff, start_date=FROM.replace(year=year))
            assert refused.value.details == {"start_date": ["Must be from 1900 to 8999."]}
        for unknown in ({"user_id": "x"}, {"tier_id": "x"}):
            with pytest.raises(NotFound):
                set_subscription(**{"user_id": user.pk, "tier_id": tier.pk, "by": staff, **unknown})

    def test_who_was_given_one_can_begin_to_pay(self, user, staff, tier):
        set_subscription(user_id=user.pk, tier_id=TierFactory(price_cents=1).pk, by=staff)
        subscription = subscribed(user, tier)
        assert (subscription.is_given, subscription.charges.get().amount_cents) == (False, 2999)


class TestLeaving:
    def test_whoever_leaves_is_never_charged_again(self, user, tier):
        subscribed(user, tier)
        publish(AccountLeaving(user_id=user.pk))
        subscription = UserSubscription.objects.get()
        assert (subscription.status, subscription.next_charge_at) == ("expired", None)

    def test_what_is_on_its_way_is_called_off(self, user, tier):
        subscribe(tier_id=tier.pk, by=user, payment_method="card_review")
        publish(AccountLeaving(user_id=user.pk))
        payment = Payment.objects.get()
        assert (payment.status, payment.reason) == ("canceled", "The account was closed.")


class TestTheGraph:
    """Each step by hand is told of: what happened, and what the subscription is now."""

    @pytest.mark.parametrize(
        ("act", "what", "status"),
        [
            (lambda user, staff, tier: cancel_subscription(user_id=user.pk, by=user), "canceled", "canceled"),
            (lambda user, staff, tier: set_subscription(user_id=user.pk, tier_id=tier.pk, by=staff), "given", "active"),
        ],
    )
    def test_follows(self, user, staff, tier, act, what, status):
        subscription = subscribed(user, tier)
        act(user, staff, tier)
        told = Event.objects.filter(type="subscription_updated", target=subscription.pk).order_by("pk").last()
        shown = Entity.objects.get(pk=subscription.pk).properties["status"]
        assert (told.metadata["what"], told.metadata["status"], shown) == (what, status, status)


def test_an_ended_one_makes_room_for_a_new_one(user, staff, tier):
    given, _ = set_subscription(
        user_id=user.pk, tier_id=tier.pk, by=staff, start_date=now() - dt.timedelta(days=9), end_date=now()
    )
    expire_subscription(subscription_id=given.pk)
    assert subscribed(user, tier).pk != given.pk
