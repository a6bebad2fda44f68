import pytest
from django.utils.timezone import now

from marketplace.models import Payment, SandboxMishap, UserSubscription
from marketplace.verbs.cancellations import set_subscription
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, settle, subscribed, three_tiers

pytestmark = pytest.mark.django_db

PATH = "/api/subscription/user"
DATES = {"start_date": "2023-03-15T00:00:00Z", "end_date": "2024-03-15T00:00:00Z"}


@pytest.fixture
def admin(staff):
    return Caller.signed_in_as(staff)


@pytest.fixture
def tiers(db):
    return three_tiers()


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


def wanted(tier, **more):
    return {"subscription_tier_id": str(tier.pk), "status": "active", **DATES, **more}


class TestReading:
    def test_ones_own(self, caller, user, tiers):
        subscription = subscribed(user, tiers["Basic"])
        answer = caller.get(PATH).json()
        assert set(answer) == {"success", "subscription"}
        assert answer["subscription"]["id"] == str(subscription.pk)
        assert answer["subscription"]["start_date"].endswith("Z")

    def test_none(self, caller, anonymous):
        assert problem(caller.get(PATH)) == (404, "resource_not_found")
        assert problem(anonymous.get(PATH)) == (401, "auth_required")

    def test_anybodys_is_for_administrators(self, caller, admin, user, tiers):
        subscribed(user, tiers["Basic"])
        assert admin.get(f"{PATH}/{user.pk}").json()["subscription"]["tier_name"] == "Basic"
        support = Caller.signed_in_as(UserFactory(role="support", is_staff=True))
        for by in (caller, support):
            assert problem(by.get(f"{PATH}/{user.pk}")) == (403, "permission_denied")
        for key in ("x", "0190a1b2-0000-7000-8000-000000000000"):
            assert problem(admin.get(f"{PATH}/{key}")) == (404, "resource_not_found")


class TestAsking:
    def test_a_member_does_not_get_a_priced_tier_unpaid(self, caller, tiers):
        answer = caller.post(PATH, wanted(tiers["Enterprise"]))

        body = answer.json()
        assert (answer.status_code, body["subscription"]["status"]) == (201, "incomplete")
        assert body["subscription"]["start_date"][:10] == f"{now():%Y-%m-%d}"
        assert body["payment"]["amount_cents"] == 9999

        settle(UserSubscription.objects.get())
        subscription = caller.get(PATH).json()["subscription"]
        assert (subscription["status"], subscription["tier_name"]) == ("active", "Enterprise")
        assert subscription["start_date"][:10] == f"{now():%Y-%m-%d}"

    def test_a_member_cannot_set_anybody_elses(self, caller, stranger, tiers):
        assert problem(caller.post(f"{PATH}/{stranger.pk}", wanted(tiers["Basic"]))) == (403, "permission_denied")
        assert not UserSubscription.objects.exists()

    def test_a_member_cannot_set_a_state(self, caller, tiers):
        answer = caller.post(PATH, wanted(tiers["Basic"], status="canceled"))
        assert problem(answer) == (403, "permission_denied")

    def test_a_second_call_changes_the_one_there_is(self, caller, user, tiers):
        subscription = subscribed(user, tiers["Basic"])
        answer = caller.post(PATH, wanted(tiers["Professional"]))
        assert (answer.status_code, answer.json()["message"]) == (200, "Subscription updated successfully")
        assert answer.json()["subscription"]["id"] == str(subscription.pk)
        settle(subscription)
        assert caller.get(PATH).json()["subscription"]["tier_name"] == "Professional"

    def test_a_free_tier_is_active_in_the_answer(self, caller):
        answer = caller.post(PATH, {"subscription_tier_id": str(TierFactory(price_cents=0).pk)}).json()
        assert answer["subscription"]["status"] == "active"
        assert "payment" not in answer

    def test_a_provider_that_is_away_is_503_and_can_be_asked_again(self, caller, tiers):
        SandboxMishap.objects.create(call="payment", kind="down")
        answer = caller.post(PATH, wanted(tiers["Basic"]))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert caller.post(PATH, wanted(tiers["Basic"])).status_code == 200
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [{"subscription_tier_id": 3}, {"subscription_tier_id": None}, {"status": "gold"}, {"start_date": "soon"},
         {"end_date": 5}, {"payment_method": "gold"}],
    )  # fmt: skip
    def test_bad_fields_are_named(self, caller, tiers, wrong):
        answer = caller.post(PATH, {**wanted(tiers["Basic"]), **wrong})
        assert problem(answer) == (400, "validation_error")
        assert set(answer.json()["error"]["details"]) == set(wrong)

    def test_an_unknown_tier(self, caller):
        assert problem(caller.post(PATH, {"subscription_tier_id": "x"})) == (404, "resource_not_found")
        assert problem(caller.post(PATH, {})) == (400, "validation_error")

    def test_not_without_signing_in(self, anonymous, tiers):
        assert problem(anonymous.post(PATH, wanted(tiers["Basic"]))) == (401, "auth_required")


class TestGiving:
    def test_an_administrator_sets_all_fields(self, admin, user, tiers):
        answer = admin.post(f"{PATH}/{user.pk}", wanted(tiers["Professional"]))
        body = answer.json()
        assert (answer.status_code, body["message"]) == (201, "Subscription created successfully")
        subscription = body["subscription"]
        assert (subscription["user_id"], subscription["status"]) == (str(user.pk), "active")
        assert subscription["start_date"] == "2023-03-15T00:00:00.000Z"
        assert not Payment.objects.exists()

    def test_and_their_own(self, admin, staff, tiers):
        answer = admin.post(PATH, wanted(tiers["Professional"]))
        assert answer.json()["subscription"]["end_date"] == "2024-03-15T00:00:00.000Z"

    def test_dates_the_wrong_way_round(self, admin, user, tiers):
        wrong = wanted(tiers["Basic"], start_date=DATES["end_date"], end_date=DATES["start_date"])
        assert problem(admin.post(f"{PATH}/{user.pk}", wrong)) == (400, "validation_error")

    def test_unknown_people(self, admin, tiers):
        assert problem(admin.post(f"{PATH}/x", wanted(tiers["Basic"]))) == (404, "resource_not_found")


class TestCanceling:
    def test_ones_own(self, caller, user, tiers):
        before = subscribed(user, tiers["Basic"])
        answer = caller.post(f"{PATH}/{user.pk}/cancel").json()
        assert answer["message"] == "Subscription canceled successfully"
        assert answer["subscription"]["status"] == "canceled"
        before.refresh_from_db()
        assert before.status == "canceled"

    def test_an_administrator_anybodys(self, admin, user, tiers):
        subscribed(user, tiers["Basic"])
        assert admin.post(f"{PATH}/{user.pk}/cancel").status_code == 200

    def test_a_strangers(self, caller, stranger, tiers):
        subscribed(stranger, tiers["Basic"])
        assert problem(caller.post(f"{PATH}/{stranger.pk}/cancel")) == (403, "permission_denied")

    def test_nothing_and_what_has_ended(self, caller, admin, user, staff, tiers):
        assert problem(caller.post(f"{PATH}/{user.pk}/cancel")) == (404, "resource_not_found")
        assert problem(admin.post(f"{PATH}/x/cancel")) == (404, "resource_not_found")
        set_subscription(user_id=user.pk, tier_id=tiers["Basic"].pk, by=staff, status="expired")
        assert problem(caller.post(f"{PATH}/{user.pk}/cancel")) == (409, "validation_error")

    def test_not_without_signing_in(self, anonymous, user):
        assert problem(anonymous.post(f"{PATH}/{user.pk}/cancel")) == (401, "auth_required")
