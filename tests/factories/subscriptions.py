"""Tiers and subscriptions, made through the verbs; `settle` stands for what the provider does a moment later."""

import factory

from marketplace.models import Payment, SubscriptionTier, UserSubscription
from marketplace.verbs.sandbox import settle_sandbox_payment
from marketplace.verbs.subscriptions import subscribe
from marketplace.verbs.tiers import create_tier
from tests.factories.accounts import UserFactory


class TierFactory(factory.Factory):
    """On offer, 29.99 EUR a month, without limits."""

    class Meta:
        model = SubscriptionTier

    name = factory.Sequence(lambda n: f"Tier {n}")
    price_cents = 2999

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return create_tier(by=UserFactory(role="admin", is_staff=True), **fields)


def three_tiers():
    """Those of the document, by name."""
    return {
        name: TierFactory(name=name, price_cents=cents, **limits)
        for name, cents, limits in (
            ("Basic", 999, {"platforms": ["facebook", "instagram"], "ai_answers_a_day": 5, "knowledge_files": 0}),
            ("Professional", 2999, {"platforms": ["facebook", "instagram", "whatsapp"], "knowledge_files": 10}),
            ("Enterprise", 9999, {"platforms": ["facebook", "instagram", "whatsapp"], "knowledge_files": 100}),
        )
    }


def settle(subscription: UserSubscription) -> UserSubscription:
    """Let the sandbox decide about every payment of the subscription that is on its way."""
    waiting = Payment.objects.filter(charge__subscription=subscription, status__in=Payment.LIVE)
    for provider_id in waiting.values_list("provider_id", flat=True):
        settle_sandbox_payment(provider_id=provider_id)
    return UserSubscription.objects.select_related("tier", "next_tier", "user").get(pk=subscription.pk)


def subscribed(user, tier, payment_method="card") -> UserSubscription:
    """Asked for and paid."""
    return settle(subscribe(tier_id=tier.pk, by=user, payment_method=payment_method))
