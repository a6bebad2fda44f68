"""How tiers and subscriptions appear in the graph; called in the transaction that changed them."""

from config.money import Money
from marketplace.models import Payment, SubscriptionTier, UserSubscription
from ontology.models import Connection, ConnectionType, EntityType, EventType, Status
from ontology.verbs.memory import know, link, log, unlink

OVER = (UserSubscription.Status.EXPIRED, UserSubscription.Status.INCOMPLETE)


def remember_tier(tier: SubscriptionTier) -> None:
    know(
        id=tier.pk,
        type=EntityType.MEMBERSHIP,
        name=tier.name,
        owner_id=None,
        status=Status.ACTIVE if tier.is_active else Status.ARCHIVED,
        properties={
            "description": tier.description,
            "price_cents": tier.price_cents,
            "currency": tier.currency,
            "features": tier.features,
            "platforms": tier.platforms,
            "ai_answers_a_day": tier.ai_answers_a_day,
            "knowledge_files": tier.knowledge_files,
        },
    )


def remember_subscription(subscription: UserSubscription, what: str) -> None:
    """A subscription is known to its holder and to staff alone; its holder is a member of the tier while it runs."""
    holder = subscription.user_id
    know(
        id=subscription.pk,
        type=EntityType.SUBSCRIPTION,
        name=f"Subscription to {subscription.tier.name}",
        owner_id=holder,
        is_private=True,
        status=Status.INACTIVE if subscription.status in OVER else Status.ACTIVE,
        properties={
            "tier_id": str(subscription.tier_id),
            "status": subscription.status,
            "start_date": subscription.start_date.isoformat(),
            "end_date": subscription.end_date.isoformat(),
        },
    )
    link(from_id=holder, to_id=subscription.pk, type=ConnectionType.OWNS, is_private=True)
    _remember_membership(subscription)
    log(
        type=EventType.SUBSCRIPTION_UPDATED,
        actor_id=holder,
        target_id=subscription.pk,
        metadata={"what": what, "tier_id": str(subscription.tier_id), "status": subscription.status},
        is_private=True,
    )


def _remember_membership(subscription: UserSubscription) -> None:
    tier = None if subscription.status in OVER else subscription.tier_id
    member = ConnectionType.MEMBER_OF
    held = Connection.objects.filter(
        from_entity=subscription.user_id,
        to_entity__type=EntityType.MEMBERSHIP,
        relationship_type=member,
        deleted_at=None,
        is_kept=True,
    )
    for other in held.exclude(to_entity=tier).values_list("to_entity", flat=True):
        unlink(from_id=subscription.user_id, to_id=other, type=member)
    if tier:
        link(from_id=subscription.user_id, to_id=tier, type=member, is_private=True)


def know_charge_payment(payment: Payment, subscription: UserSubscription) -> None:
    """The payment of a charge as it is now."""
    know(
        id=payment.pk,
        type=EntityType.PAYMENT,
        name=f"Payment of {Money(payment.amount_cents, payment.currency)}",
        owner_id=subscription.user_id,
        is_private=True,
        properties={
            "subscription_id": str(subscription.pk),
            "payment_status": payment.status,
            "amount_cents": payment.amount_cents,
            "refunded_cents": payment.refunded_cents,
            "dispute": payment.dispute or None,
            "currency": payment.currency,
        },
    )
    link(from_id=subscription.user_id, to_id=payment.pk, type=ConnectionType.TRANSACTED, is_private=True)


def remember_charge_payment(payment: Payment, subscription: UserSubscription) -> None:
    """The payment of a charge, and that it was made."""
    know_charge_payment(payment, subscription)
    if payment.status == Payment.Status.SUCCEEDED:
        log(
            type=EventType.PAYMENT_PROCESSED,
            actor_id=subscription.user_id,
            target_id=payment.pk,
            metadata={
                "subscription_id": str(subscription.pk),
                "amount_cents": payment.amount_cents,
                "currency": payment.currency,
            },
            is_private=True,
        )
