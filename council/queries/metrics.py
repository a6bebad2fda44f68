"""The numbers of dana.txt, "Get Admin Dashboard", counted when asked for in seven queries.

With 100,000 accounts and 300,000 messages PostgreSQL takes a third of a second: nothing is kept, so nothing is stale.
"""

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import Count, F, Q
from django.utils.timezone import now

from accounts.models import Session, User
from config.errors import Forbidden
from conversations.models import Conversation, Message, Platform
from marketplace.models import SubscriptionTier, UserSubscription

FREE = "free"
WEEK, MONTH = dt.timedelta(days=7), dt.timedelta(days=30)
SENDERS = (Message.Role.CLIENT, Message.Role.AI, Message.Role.USER)
Status = UserSubscription.Status
STATES: dict[str, str] = {
    Status.ACTIVE: "active",
    Status.PAST_DUE: "active",  # it still counts, within its grace
    Status.EXPIRED: "expired",
    Status.CANCELED: "canceled",
}
"""As the document calls them. What was never paid for is not a subscription yet."""


def metrics(*, by: Any) -> dict[str, dict[str, Any]]:
    """Support may read them, as it reads the accounts they are about."""
    if not by.is_staff:
        raise Forbidden
    return {
        "users": _users(by),
        "conversations": _conversations(),
        "messages": _messages(),
        "subscriptions": _subscriptions(by),
    }


def _users(by: Any) -> dict[str, int]:
    """Active is who signed in, or used a session, within the week. All accounts that GET /api/admin/users lists."""
    moment = now()
    seen = Session.objects.filter(last_seen_at__gte=moment - WEEK)
    # Ids from a sub-select, so that the sessions are read once and not once a user.
    is_active = Q(last_login__gte=moment - WEEK) | Q(pk__in=seen.values("user"))
    counts = User.objects.visible_to(by).aggregate(
        total=Count("pk"), new_last_30_days=Count("pk", filter=Q(created_at__gte=moment - MONTH))
    )
    active = User.objects.visible_to(by).filter(is_active).count()
    return {
        "total": counts["total"],
        "active_last_7_days": active,
        "new_last_30_days": counts["new_last_30_days"],
    }


def _conversations() -> dict[str, Any]:
    """Those with clients, which are what Dana calls conversations. One that came through no platform counts in the total."""
    kept = Conversation.objects.filter(kind="client", deleted_at=None).order_by()
    platform = F("client_thread__platform")
    active = Count("pk", filter=Q(status="active"))
    rows = kept.values(platform=platform).annotate(total=Count("pk"), active=active)
    counts = {row["platform"]: row["total"] for row in rows}
    return {
        "total": sum(counts.values()),
        "active": sum(row["active"] for row in rows),
        "by_platform": {name: counts.get(name, 0) for name in Platform.values},
    }


def _messages() -> dict[str, Any]:
    """What was said in those conversations, by clients, the assistant and people of the house."""
    said = Message.objects.filter(conversation__kind="client", conversation__deleted_at=None, role__in=SENDERS)
    week = Count("pk", filter=Q(sent_at__gte=now() - WEEK))
    rows = said.order_by().values("role").annotate(total=Count("pk"), week=week)
    by_sender = {role.value: 0 for role in SENDERS} | {row["role"]: row["total"] for row in rows}
    return {
        "total": sum(by_sender.values()),
        "last_7_days": sum(row["week"] for row in rows),
        "by_sender_type": by_sender,
    }


def _subscriptions(by: Any) -> dict[str, Any]:
    """A tier that is offered stands here also where nobody has it; one that is archived, where somebody has or had it.

    The document's `free` are those who never subscribed; who subscribes to a tier of that name counts there too.
    """
    tiers, states = Counter[str](), Counter[str]()
    kept = UserSubscription.objects.filter(status__in=STATES).order_by()
    for row in kept.values("tier__name", "status").annotate(count=Count("pk")):
        tiers[row["tier__name"].lower()] += row["count"]
        states[STATES[row["status"]]] += row["count"]
    tiers[FREE] += User.objects.visible_to(by).exclude(pk__in=kept.values("user")).count()
    offered = SubscriptionTier.objects.filter(is_active=True).values_list("name", flat=True)
    return {
        "by_tier": {name.lower(): 0 for name in offered} | tiers,
        "active": states["active"],
        "expired": states["expired"],
        "canceled": states["canceled"],
    }
