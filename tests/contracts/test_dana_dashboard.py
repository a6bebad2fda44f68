"""The example of dana.txt, "Get Admin Dashboard", by its shape: every key of it, and numbers where it has numbers."""

import pytest

from tests.clients import Caller
from tests.factories.subscriptions import TierFactory

pytestmark = pytest.mark.django_db
EXAMPLE = {
    "success": True,
    "metrics": {
        "users": {"total": 100, "active_last_7_days": 75, "new_last_30_days": 15},
        "conversations": {
            "total": 1200,
            "active": 450,
            "by_platform": {"facebook": 500, "instagram": 400, "whatsapp": 300},
        },
        "messages": {
            "total": 7500,
            "last_7_days": 1200,
            "by_sender_type": {"client": 3000, "ai": 4000, "user": 500},
        },
        "subscriptions": {
            "by_tier": {"free": 20, "basic": 40, "professional": 30, "enterprise": 10},
            "active": 90,
            "expired": 5,
            "canceled": 5,
        },
    },
}


def shape(value):
    return {key: shape(inner) for key, inner in value.items()} if isinstance(value, dict) else type(value)


def test_has_the_shape_of_the_example(staff):
    for name in ("Basic", "Professional", "Enterprise"):  # as the house has them; whoever takes none is free
        TierFactory(name=name)
    answer = Caller.signed_in_as(staff).get("/api/admin/dashboard")
    assert (answer.status_code, shape(answer.json())) == (200, shape(EXAMPLE))
