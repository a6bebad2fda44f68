"""The three tiers of the document, and somebody who has one."""

import datetime as dt
from typing import Any

from accounts.models import User
from council.management.demo.world import age, at, days
from marketplace.models import Payment, SubscriptionCharge, SubscriptionTier, UserSubscription
from marketplace.queries.periods import months_after
from marketplace.verbs.sandbox import settle_sandbox_payment
from marketplace.verbs.subscriptions import subscribe
from marketplace.verbs.tiers import create_tier

TWO, ALL = ["facebook", "instagram"], ["facebook", "instagram", "whatsapp"]
TIERS: tuple[dict[str, Any], ...] = (
    {
        "name": "Basic",
        "description": "Basic plan with essential features",
        "price_cents": 999,
        "features": ["Facebook Integration", "Instagram Integration", "5 AI Responses/day"],
        "platforms": TWO,
        "ai_answers_a_day": 5,
        "knowledge_files": 0,
    },
    {
        "name": "Professional",
        "description": "Professional plan with advanced features",
        "price_cents": 2999,
        "features": [
            "Facebook Integration",
            "Instagram Integration",
            "WhatsApp Integration",
            "Unlimited AI Responses",
            "Knowledge Base (10 files)",
        ],
        "platforms": ALL,
        "ai_answers_a_day": None,
        "knowledge_files": 10,
    },
    {
        "name": "Enterprise",
        "description": "Enterprise plan with all features",
        "price_cents": 9999,
        "features": [
            "All Integrations",
            "Unlimited AI Responses",
            "Knowledge Base (100 files)",
            "Priority Support",
            "Custom Workflows",
        ],
        "platforms": ALL,
        "ai_answers_a_day": None,
        "knowledge_files": 100,
    },
)


def offer_tiers(*, by: User, subscriber: User) -> None:
    """`by` is an administrator; `subscriber` has been on the first tier for some days."""
    with at(days(38)):
        tiers = [create_tier(by=by, position=place, currency="EUR", **tier) for place, tier in enumerate(TIERS)]
    age(SubscriptionTier.objects.all(), created_at=days(38))
    join(subscriber, tiers[0], days(12))


def join(user: User, tier: SubscriptionTier, moment: dt.datetime) -> None:
    with at(moment):
        subscription = subscribe(tier_id=tier.pk, by=user)
        settle_sandbox_payment(provider_id=Payment.objects.get(charge__subscription=subscription).provider_id)
    end = months_after(moment, 1)
    age(
        SubscriptionCharge.objects.filter(subscription=subscription),
        period_start=moment,
        period_end=end,
        created_at=moment,
    )
    mine = UserSubscription.objects.filter(pk=subscription.pk)
    age(mine, start_date=moment, end_date=end, next_charge_at=end, created_at=moment)
