"""What somebody subscribes to now, and what it would cost to change it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from config.money import Money
from marketplace.models import Invoice, Payment, SubscriptionCharge, SubscriptionTier, UserSubscription
from marketplace.queries.periods import credit_for, month_end, months_after

Status = UserSubscription.Status


class Move(StrEnum):
    START = "start"
    KEEP = "keep"
    PAY = "pay"
    RESUME = "resume"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What choosing a tier means: minor units, UTC. `due_cents` is asked for now, `price_cents` each month after `until`."""

    move: Move
    tier: SubscriptionTier
    due_cents: int
    credit_cents: int
    starts_at: dt.datetime
    until: dt.datetime

    @property
    def due(self) -> Money:
        return Money(self.due_cents, self.tier.currency)

    @property
    def credit(self) -> Money:
        return Money(self.credit_cents, self.tier.currency)


def current_subscription(user_id: UUID, *, at: dt.datetime | None = None) -> UserSubscription | None:
    """The live one, or else a canceled one that still runs."""
    rows = (
        UserSubscription.objects.filter(user=user_id).select_related("tier", "next_tier").order_by("-created_at", "-id")
    )
    running = rows.filter(status=Status.CANCELED, end_date__gt=at or now())
    return rows.live().first() or running.first()


def latest_subscription(user_id: UUID) -> UserSubscription | None:
    """The current one, or else the one that ended last."""
    rows = UserSubscription.objects.filter(user=user_id).select_related("tier", "next_tier")
    return current_subscription(user_id) or rows.order_by("-created_at", "-id").first()


def open_charge(subscription: UserSubscription) -> SubscriptionCharge | None:
    """What waits to be paid: the start, a renewal or an upgrade."""
    rows = SubscriptionCharge.objects.filter(subscription=subscription, status=SubscriptionCharge.Status.OPEN)
    return rows.select_related("tier").order_by("-created_at", "-id").first()


def live_payment(charge: SubscriptionCharge) -> Payment | None:
    """The payment that is on its way, if any."""
    return Payment.objects.filter(charge=charge, status__in=(*Payment.LIVE, Payment.Status.REVIEW)).first()


def invoices_of(user: Any) -> QuerySet[Invoice]:
    """The invoices of this person's subscriptions, newest first."""
    rows = Invoice.objects.visible_to(user).filter(charge__subscription__user=user.pk)
    return rows.select_related("charge__tier").order_by("-issued_at", "-id")


def plan_for(subscription: UserSubscription | None, tier: SubscriptionTier, *, at: dt.datetime) -> Plan:
    """What choosing `tier` would do at this moment.

    A dearer tier begins at once with a month of its own, less what was not used of the paid one; a cheaper one begins when
    the paid month is over.
    """
    until = months_after(at, 1)
    if subscription is None or subscription.status == Status.INCOMPLETE:
        due = tier.price_cents
        return Plan(move=Move.START, tier=tier, due_cents=due, credit_cents=0, starts_at=at, until=until)
    if subscription.tier_id == tier.pk and (same := _same(subscription, tier)):
        return same
    if (
        tier.price_cents >= subscription.tier.price_cents
        or subscription.status == Status.PAST_DUE
        or subscription.is_given
    ):
        credit = min(unused_cents(subscription, tier.currency, at=at), tier.price_cents)
        due = tier.price_cents - credit
        return Plan(move=Move.UPGRADE, tier=tier, due_cents=due, credit_cents=credit, starts_at=at, until=until)
    end = subscription.end_date
    until = month_end(subscription.start_date, end)
    return Plan(move=Move.DOWNGRADE, tier=tier, due_cents=0, credit_cents=0, starts_at=end, until=until)


def _same(subscription: UserSubscription, tier: SubscriptionTier) -> Plan | None:
    """Staying: as it is, taking a cancellation back, or paying what is open. None where another tier is what is open."""
    move, due, until = Move.KEEP, 0, subscription.end_date
    if subscription.status == Status.CANCELED:
        move = Move.RESUME
    elif subscription.status == Status.PAST_DUE:
        charge = open_charge(subscription)
        if charge is None or charge.tier_id != tier.pk:
            return None
        move, due, until = Move.PAY, charge.amount_cents, charge.period_end
    return Plan(move=move, tier=tier, due_cents=due, credit_cents=0, starts_at=subscription.start_date, until=until)


def unused_cents(subscription: UserSubscription, currency: str, *, at: dt.datetime) -> int:
    """What was paid for the running month and is not used yet. Nothing for what was given, or paid in another currency."""
    if subscription.is_given or subscription.end_date <= at:
        return 0
    paid = SubscriptionCharge.objects.filter(
        subscription=subscription,
        status=SubscriptionCharge.Status.PAID,
        period_end=subscription.end_date,
        currency=currency,
    ).first()
    if paid is None:
        return 0
    whole = paid.amount_cents + paid.credit_cents
    return credit_for(paid_cents=whole, start=paid.period_start, end=paid.period_end, at=at)
