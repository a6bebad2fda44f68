from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from config.errors import NotFound
from config.ids import parse_id
from marketplace.models import SubscriptionTier

MOST_TIERS = 100


def offered_tiers() -> QuerySet[SubscriptionTier]:
    """What can be subscribed to now, in the order in which it is shown."""
    return SubscriptionTier.objects.filter(is_active=True)[:MOST_TIERS]


def every_tier() -> QuerySet[SubscriptionTier]:
    """Those on offer and then the archived ones, for administrators."""
    return SubscriptionTier.objects.order_by("-is_active", "position", "price_cents", "id")[:MOST_TIERS]


def find_tier(tier_id: UUID | str, *, by: Any) -> SubscriptionTier:
    """The tier where `by` may see it; NotFound otherwise."""
    key = parse_id(tier_id)
    tier = SubscriptionTier.objects.visible_to(by).filter(pk=key).first() if key else None
    if tier is None:
        raise NotFound("Subscription tier not found")
    return tier
