import pytest
from django.utils.timezone import now

from marketplace.models import Payment, SandboxMishap, UserSubscription
from marketplace.verbs.cancellations import set_subscription
from marketplace.verbs.subscriptions import subscribe
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

    def test_a_cheaper_tier_is_told_as_what_comes_next(self, caller, user, tiers):
        subscribed(user, tiers["Professional"])
        answer = caller.post(PATH, wanted(tiers["Basic"])).json()
        for told in (answer, caller.get(PATH).json()):
            names = ("tier_name", "next_tier_id", "next_tier_name")
            assert [told["subscription"][name] for name in names] == ["Professional", str(tiers["Basic"].pk), "Basic"]

    @pytest.mark.parametrize("name", ["Basic", "Professional"])
    def test_what_was_declined_says_why(self, caller, admin, user, tiers, name):
        if name == "Professional":
            subscribed(user, tiers["Basic"])
        subscription = subscribed(user, tiers[name], "card_declined")
        payment = Payment.objects.filter(charge__tier=tiers[name]).get()
        answers = [caller.get(PATH).json(), admin.get(f"{PATH}/{user.pk}").json()]
        assert [answer["payment"] for answer in answers] == [
            {
                "id": payment.provider_id,
                "status": "failed",
                "reason": "The card was declined. No money was taken.",
                "amount_cents": payment.amount_cents,
                "currency": "EUR",
                "client_secret": "",
            }
        ] * 2
        settle(subscribe(tier_id=tiers[name].pk, by=user))
        assert subscription.pk == UserSubscription.objects.get().pk
        assert set(caller.get(PATH).json()) == {"success", "subscription"}

    def test_only_the_holder_can_go_on_with_a_payment(self, caller, admin, user, tiers):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        secret = Payment.objects.get().client_secret
        answers = [caller.get(PATH), admin.get(f"{PATH}/{user.pk}")]
        assert [answer.json()["payment"]["client_secret"] for answer in answers] == [secret, ""]

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

    @pytest.mark.parametrize("start", ["9999-12-20T00:00:00Z", "0001-01-01T00:00:00Z"])
    def test_dates_that_no_calendar_has(self, admin, user, tiers, start):
        answer = admin.post(f"{PATH}/{user.pk}", {"subscription_tier_id": str(tiers["Basic"].pk), "start_date": start})
        assert problem(answer) == (400, "validation_error")

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
