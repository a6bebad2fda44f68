"""dana.txt, "Subscription Endpoints": its ten requests word for word, with real ids put in."""

import pytest

from tests.clients import Caller
from tests.factories.subscriptions import TierFactory, settle, subscribed, three_tiers

pytestmark = pytest.mark.django_db

TIER = {"id", "name", "description", "price", "features", "platforms"}
SUBSCRIPTION = {
    "id", "user_id", "subscription_tier_id", "tier_name", "status", "start_date", "end_date", "created_at", "updated_at",
}  # fmt: skip
NEW_TIER = """{
  "name": "Premium",
  "description": "Premium plan with selected features",
  "price": 49.99,
  "features": [
    "Facebook Integration",
    "Instagram Integration",
    "WhatsApp Integration",
    "Unlimited AI Responses",
    "Knowledge Base (50 files)",
    "Priority Support"
  ],
  "platforms": ["facebook", "instagram", "whatsapp"]
}"""
CHANGED_TIER = """{
  "name": "Updated Name",
  "description": "Updated description",
  "price": 59.99,
  "features": ["Feature 1", "Feature 2", "Feature 3"],
  "platforms": ["facebook", "instagram", "whatsapp"]
}"""
OWN = """{
  "subscription_tier_id": "tier_id_3",
  "status": "active",
  "start_date": "2023-03-15T00:00:00Z",
  "end_date": "2024-03-15T00:00:00Z"
}"""
SOMEBODYS = """{
  "subscription_tier_id": "tier_id_2",
  "status": "active",
  "start_date": "2023-04-01T00:00:00Z",
  "end_date": "2024-04-01T00:00:00Z"
}"""


@pytest.fixture
def admin(staff):
    return Caller.signed_in_as(staff)


@pytest.fixture
def tiers(db):
    return three_tiers()


def send(caller, method, path, body=""):
    return getattr(caller.client, method)(path, body, content_type="application/json")


def answered(answer, status, *names):
    assert answer.status_code == status
    body = answer.json()
    assert body["success"] is True
    assert set(names) <= set(body)
    return body


def test_list_subscription_tiers(caller, tiers):
    body = answered(caller.get("/api/subscription/tiers"), 200, "tiers")
    assert [(tier["name"], tier["price"], tier["platforms"]) for tier in body["tiers"]] == [
        ("Basic", 9.99, ["facebook", "instagram"]),
        ("Professional", 29.99, ["facebook", "instagram", "whatsapp"]),
        ("Enterprise", 99.99, ["facebook", "instagram", "whatsapp"]),
    ]
    assert all(set(tier) >= TIER for tier in body["tiers"])


def test_get_subscription_tier(caller, tiers):
    body = answered(caller.get(f"/api/subscription/tiers/{tiers['Professional'].pk}"), 200, "tier")
    assert (set(body["tier"]) >= TIER, body["tier"]["price"]) == (True, 29.99)


def test_create_subscription_tier(admin):
    body = answered(send(admin, "post", "/api/subscription/tiers", NEW_TIER), 201, "message", "tier")
    assert body["message"] == "Subscription tier created successfully"
    assert (body["tier"]["name"], body["tier"]["price"], len(body["tier"]["features"])) == ("Premium", 49.99, 6)


def test_update_subscription_tier(admin, tiers):
    path = f"/api/subscription/tiers/{tiers['Professional'].pk}"
    body = answered(send(admin, "put", path, CHANGED_TIER), 200, "message", "tier")
    assert body["message"] == "Subscription tier updated successfully"
    assert {name: body["tier"][name] for name in TIER} == {
        "id": str(tiers["Professional"].pk),
        "name": "Updated Name",
        "description": "Updated description",
        "price": 59.99,
        "features": ["Feature 1", "Feature 2", "Feature 3"],
        "platforms": ["facebook", "instagram", "whatsapp"],
    }


def test_delete_subscription_tier(admin):
    answer = send(admin, "delete", f"/api/subscription/tiers/{TierFactory().pk}")
    assert answered(answer, 200) == {"success": True, "message": "Subscription tier deleted successfully"}


def test_get_user_subscription(caller, user, tiers):
    subscribed(user, tiers["Professional"])
    body = answered(caller.get("/api/subscription/user"), 200, "subscription")
    assert set(body["subscription"]) >= SUBSCRIPTION
    assert (body["subscription"]["tier_name"], body["subscription"]["status"]) == ("Professional", "active")


def test_get_specific_user_subscription(admin, user, tiers):
    subscribed(user, tiers["Basic"])
    body = answered(admin.get(f"/api/subscription/user/{user.pk}"), 200, "subscription")
    assert set(body["subscription"]) >= SUBSCRIPTION
    assert body["subscription"]["user_id"] == str(user.pk)


def test_update_user_subscription(caller, user, tiers):
    subscription = subscribed(user, tiers["Basic"])
    asked = OWN.replace("tier_id_3", str(tiers["Enterprise"].pk))
    body = answered(send(caller, "post", "/api/subscription/user", asked), 200, "message", "subscription")
    assert body["message"] == "Subscription updated successfully"
    assert set(body["subscription"]) >= SUBSCRIPTION
    settle(subscription)
    told = caller.get("/api/subscription/user").json()["subscription"]
    assert (told["id"], told["tier_name"], told["status"]) == (str(subscription.pk), "Enterprise", "active")


def test_create_specific_user_subscription(admin, user, tiers):
    asked = SOMEBODYS.replace("tier_id_2", str(tiers["Professional"].pk))
    answer = send(admin, "post", f"/api/subscription/user/{user.pk}", asked)
    body = answered(answer, 201, "message", "subscription")
    assert body["message"] == "Subscription created successfully"
    told = body["subscription"]
    assert (told["tier_name"], told["status"], told["start_date"], told["end_date"]) == (
        "Professional",
        "active",
        "2023-04-01T00:00:00.000Z",
        "2024-04-01T00:00:00.000Z",
    )


def test_cancel_user_subscription(caller, user, tiers):
    subscribed(user, tiers["Enterprise"])
    body = answered(send(caller, "post", f"/api/subscription/user/{user.pk}/cancel"), 200, "message", "subscription")
    assert body["message"] == "Subscription canceled successfully"
    assert (set(body["subscription"]) >= SUBSCRIPTION, body["subscription"]["status"]) == (True, "canceled")


def test_admin_user_detail_names_it(admin, user, tiers):
    subscribed(user, tiers["Professional"])
    told = admin.get(f"/api/admin/users/{user.pk}").json()["user"]["subscription"]
    assert set(told) == {"tier", "status", "start_date", "end_date"}
    assert (told["tier"], told["status"]) == ("professional", "active")
