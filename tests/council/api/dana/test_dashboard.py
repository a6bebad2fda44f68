"""Document dana.txt, "Get Admin Dashboard"."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from accounts.models import Session, User
from accounts.verbs.api_keys import create_key
from conversations.models import Conversation, Message
from conversations.verbs.client_threads import start_thread
from conversations.verbs.messages import append_message, send_message
from marketplace.models import SubscriptionTier, UserSubscription
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db
PLACE = "/api/admin/dashboard"
NOTHING = {
    "conversations": {"total": 0, "active": 0, "by_platform": {"facebook": 0, "instagram": 0, "whatsapp": 0}},
    "messages": {"total": 0, "last_7_days": 0, "by_sender_type": {"client": 0, "ai": 0, "user": 0}},
    "subscriptions": {"by_tier": {"free": 1}, "active": 0, "expired": 0, "canceled": 0},
}


@pytest.fixture
def office(staff):
    return Caller.signed_in_as(staff)


def metrics(office):
    answer = office.get(PLACE)
    assert answer.status_code == 200
    body = answer.json()
    assert (body.keys(), body["success"]) == ({"success", "metrics"}, True)
    return body["metrics"]


def ago(days):
    return now() - dt.timedelta(days=days)


def thread(owner, platform, *said, status="active"):
    """`said`: (role, days ago)."""
    conversation = start_thread(platform=platform, owner=owner).conversation
    for role, days in said:
        message = append_message(conversation=conversation, role=role, content="x")
        Message.objects.filter(pk=message.pk).update(sent_at=ago(days))
    Conversation.objects.filter(pk=conversation.pk).update(status=status)
    return conversation


class TestRetrieve:
    def test_counts_nothing_where_nothing_is(self, office):
        assert metrics(office) == {
            "users": {"total": 1, "active_last_7_days": 1, "new_last_30_days": 1},
            **NOTHING,
        }

    def test_counts_people(self, office):
        for created, signed_in, seen in ((40, 40, None), (40, 6, None), (40, 40, 6), (40, None, 8), (29, None, None)):
            user = UserFactory()
            for _ in range(2):
                Caller.signed_in_as(user)
            Session.objects.filter(user=user).update(last_seen_at=ago(100 if seen is None else seen))
            User.objects.filter(pk=user.pk).update(
                created_at=ago(created), last_login=None if signed_in is None else ago(signed_in)
            )
        # With the member of staff who asks.
        assert metrics(office)["users"] == {"total": 6, "active_last_7_days": 3, "new_last_30_days": 2}

    def test_counts_conversations_with_clients(self, office, user, stranger):
        thread(user, "facebook")
        thread(user, "facebook", status="closed")
        thread(stranger, "instagram", status="pending")
        thread(None, "whatsapp")
        gone = thread(user, "whatsapp")
        Conversation.objects.filter(pk=gone.pk).update(deleted_at=now())
        room(user, stranger)
        Conversation.objects.create(kind="client", status="closed")  # by hand, on no platform
        assert metrics(office)["conversations"] == {
            "total": 5,
            "active": 2,
            "by_platform": {"facebook": 2, "instagram": 1, "whatsapp": 1},
        }

    def test_counts_what_was_said_there(self, office, user, stranger):
        thread(user, "facebook", ("client", 8), ("client", 6), ("ai", 6), ("user", 1), ("system", 1))
        thread(stranger, "whatsapp", ("client", 0), ("ai", 9))
        gone = thread(user, "whatsapp", ("client", 0))
        Conversation.objects.filter(pk=gone.pk).update(deleted_at=now())
        send_message(conversation_id=room(user, stranger).pk, content="x", by=user)
        assert metrics(office)["messages"] == {
            "total": 6,
            "last_7_days": 4,
            "by_sender_type": {"client": 3, "ai": 2, "user": 1},
        }

    def test_counts_subscriptions(self, office):
        tiers = [TierFactory(name=name) for name in ("Basic", "Professional", "Free", "Old", "Forgotten")]
        for tier, status in (
            (tiers[0], "active"),
            (tiers[0], "past_due"),
            (tiers[0], "expired"),
            (tiers[1], "canceled"),
            (tiers[1], "incomplete"),
            (tiers[3], "expired"),
        ):
            row = subscribed(UserFactory(), tier)
            UserSubscription.objects.filter(pk=row.pk).update(status=status)
        SubscriptionTier.objects.filter(pk__in=[tiers[3].pk, tiers[4].pk]).update(is_active=False)
        assert metrics(office)["subscriptions"] == {
            # Free: who asks, who made the tiers, and who never paid.
            "by_tier": {"basic": 3, "professional": 1, "free": 7, "old": 1},
            "active": 2,
            "expired": 2,
            "canceled": 1,
        }

    def test_asks_as_often_for_three_as_for_one(self, office, user):
        def more():
            thread(user, "facebook", ("client", 1), ("ai", 0))
            subscribed(UserFactory(), TierFactory())

        def asked():
            with CaptureQueriesContext(connection) as queries:
                metrics(office)
            return len(queries)

        more()
        metrics(office)
        once = asked()
        more()
        more()
        assert asked() == once


class TestWhoMay:
    def test_staff_alone(self, anonymous, caller, office):
        support = Caller.signed_in_as(UserFactory(role="support", is_staff=True))
        assert [who.get(PLACE).status_code for who in (anonymous, caller, support, office)] == [401, 403, 200, 200]
        assert anonymous.get(PLACE).json()["error"]["code"] == "auth_required"
        assert caller.get(PLACE).json() == {
            "success": False,
            "error": {
                "code": "permission_denied",
                "message": "You do not have permission to do this",
                "details": {},
            },
        }

    @pytest.mark.parametrize(("scopes", "status"), [(["read", "write"], 403), (["admin"], 200)])
    def test_keys_with_the_scope(self, staff, scopes, status):
        _, key = create_key(user=staff, name="k", scopes=scopes)
        assert Caller(X_API_Key=key).get(PLACE).status_code == status

    def test_nothing_but_reading(self, office):
        assert [getattr(office, method)(PLACE, {}).status_code for method in ("post", "put", "delete")] == [405] * 3
