import json

import pytest

from marketplace.models import SubscriptionTier
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, subscribed, three_tiers

pytestmark = pytest.mark.django_db

PATH = "/api/subscription/tiers"
PREMIUM = {
    "name": "Premium",
    "description": "Premium plan with selected features",
    "price": 49.99,
    "features": ["Facebook Integration", "Priority Support"],
    "platforms": ["facebook", "instagram", "whatsapp"],
}


@pytest.fixture
def admin(staff):
    return Caller.signed_in_as(staff)


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestReading:
    def test_lists_what_is_on_offer_in_order(self, caller):
        three_tiers()
        TierFactory(name="Gone", is_active=False)
        answer = caller.get(PATH).json()
        assert set(answer) == {"success", "tiers"}
        assert [(tier["name"], tier["price"]) for tier in answer["tiers"]] == [
            ("Basic", 9.99),
            ("Professional", 29.99),
            ("Enterprise", 99.99),
        ]

    def test_shows_administrators_the_archived_ones_too_where_they_ask(self, caller, admin):
        TierFactory(name="Gone", is_active=False)
        TierFactory(name="Basic")
        path = f"{PATH}?archived=true"
        told = [[tier["name"] for tier in by.get(path).json()["tiers"]] for by in (caller, admin)]
        assert told == [["Basic"], ["Basic", "Gone"]]
        assert [tier["name"] for tier in admin.get(PATH).json()["tiers"]] == ["Basic"]
        assert problem(admin.get(f"{PATH}?archived=maybe")) == (400, "validation_error")

    @pytest.mark.parametrize("count", [1, 3])
    def test_in_as_many_queries_however_many(self, caller, django_assert_max_num_queries, count):
        for _ in range(count):
            TierFactory()
        with django_assert_max_num_queries(6):
            assert len(caller.get(PATH).json()["tiers"]) == count

    def test_one(self, caller):
        tier = TierFactory(name="Basic", ai_answers_a_day=5, knowledge_files=0)
        assert caller.get(f"{PATH}/{tier.pk}").json()["tier"] == {
            "id": str(tier.pk),
            "name": "Basic",
            "description": "",
            "price": 29.99,
            "features": [],
            "platforms": [],
            "currency": "EUR",
            "ai_answers_a_day": 5,
            "knowledge_files": 0,
            "is_active": True,
        }

    @pytest.mark.parametrize("key", ["x", "0190a1b2-0000-7000-8000-000000000000", "%00", "%F0%9F%8E%B5"])
    def test_an_unknown_one(self, caller, key):
        assert problem(caller.get(f"{PATH}/{key}")) == (404, "resource_not_found")

    def test_not_without_signing_in(self, anonymous):
        for path in (PATH, f"{PATH}/{TierFactory().pk}"):
            assert problem(anonymous.get(path)) == (401, "auth_required")


class TestChanging:
    @pytest.mark.parametrize("role", ["", "support"])
    def test_is_for_administrators(self, role):
        tier, caller = TierFactory(), Caller.signed_in_as(UserFactory(role=role, is_staff=bool(role)))
        answers = (
            caller.post(PATH, PREMIUM),
            caller.put(f"{PATH}/{tier.pk}", PREMIUM),
            caller.delete(f"{PATH}/{tier.pk}"),
        )
        assert [problem(answer) for answer in answers] == [(403, "permission_denied")] * 3
        assert SubscriptionTier.objects.get().name == tier.name

    @pytest.mark.parametrize("role", ["admin", "super_admin"])
    def test_both_kinds_may(self, role):
        caller = Caller.signed_in_as(UserFactory(role=role, is_staff=True))
        assert caller.post(PATH, PREMIUM).status_code == 201

    def test_not_without_signing_in(self, anonymous):
        assert problem(anonymous.post(PATH, PREMIUM)) == (401, "auth_required")

    @pytest.mark.parametrize(
        ("price", "cents"),
        [
            ("9.99", 999),
            ("9.9", 990),
            ("10", 1000),
            ("0", 0),
            ("9.990", 999),
            ("1e2", 10000),
            ("0.29", 29),
            ("1.005e1", 1005),
        ],
    )
    def test_a_price_is_the_decimal_that_was_written(self, admin, price, cents):
        body = f'{{"name": "Basic", "price": {price}}}'
        answer = admin.client.post(PATH, body, content_type="application/json")
        assert answer.status_code == 201
        assert SubscriptionTier.objects.get().price_cents == cents
        assert json.loads(answer.content)["tier"]["price"] == cents / 100

    def test_9_99_stays_9_99_on_the_wire(self, admin):
        answer = admin.client.post(PATH, '{"name": "Basic", "price": 9.99}', content_type="application/json")
        assert b'"price":9.99,' in answer.content

    @pytest.mark.parametrize(
        "price",
        ["9.999", "-1", "-0.01", '"9.99"', "true", "null", "NaN", "Infinity", "1e400", "1e999999999", "1" + "0" * 5000, "[9]",
         "1e-9", "100000000001", "1e-9999999999999999", "1e-99999999999999999999"],
    )  # fmt: skip
    def test_what_is_no_price_is_refused(self, admin, price):
        body = f'{{"name": "Basic", "price": {price}}}'
        answer = admin.client.post(PATH, body, content_type="application/json")
        assert problem(answer) == (400, "validation_error")
        assert not SubscriptionTier.objects.exists()

    def test_a_currency_without_decimals_has_none(self, admin):
        assert problem(admin.post(PATH, {**PREMIUM, "currency": "JPY", "price": 500.5})) == (400, "validation_error")
        made = admin.post(PATH, {**PREMIUM, "currency": "JPY", "price": 500}).json()["tier"]
        assert (made["price"], SubscriptionTier.objects.get().price_cents) == (500, 500)

    @pytest.mark.parametrize(
        "wrong",
        [{"name": ""}, {"name": 3}, {"name": None}, {"features": "all"}, {"platforms": ["myspace"]}, {"features": [1]},
         {"ai_answers_a_day": -1}, {"knowledge_files": "3"}, {"description": "x" * 1001}, {"currency": "eur"}],
    )  # fmt: skip
    def test_bad_fields_are_named(self, admin, wrong):
        answer = admin.post(PATH, {**PREMIUM, **wrong})
        assert problem(answer) == (400, "validation_error")
        assert set(answer.json()["error"]["details"]) == set(wrong)

    def test_a_fault_within_a_list_is_told_by_the_lists_name(self, admin):
        answer = admin.post(PATH, {**PREMIUM, "features": ["Inbox", 1.5]})
        assert answer.json()["error"]["message"] == "features: Not a valid string."

    def test_limits_can_be_given_beside_the_features(self, admin):
        made = admin.post(PATH, {**PREMIUM, "ai_answers_a_day": 5, "knowledge_files": 50}).json()["tier"]
        assert (made["ai_answers_a_day"], made["knowledge_files"]) == (5, 50)

    def test_a_name_that_is_taken(self, admin):
        admin.post(PATH, PREMIUM)
        assert problem(admin.post(PATH, PREMIUM)) == (400, "validation_error")

    def test_what_is_given_changes_and_the_rest_stays(self, admin):
        tier = TierFactory(description="Words")
        changed = admin.put(f"{PATH}/{tier.pk}", {"price": 5.5}).json()["tier"]
        assert (changed["price"], changed["description"], changed["name"]) == (5.5, "Words", tier.name)

    def test_unknown_ones(self, admin):
        for call in (admin.put, admin.delete):
            assert problem(call(f"{PATH}/x", {"name": "y"})) == (404, "resource_not_found")

    def test_one_in_use_is_archived(self, admin, user, caller):
        tier = TierFactory()
        subscribed(user, tier)
        assert admin.delete(f"{PATH}/{tier.pk}").status_code == 200
        assert caller.get(PATH).json()["tiers"] == []
        assert caller.get(f"{PATH}/{tier.pk}").json()["tier"]["is_active"] is False
