"""What somebody subscribes to now, and what it would cost to change it."""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from config.money import Money, vat_within
from marketplace.models import Invoice, Payment, Refund, SubscriptionCharge, SubscriptionTier, UserSubscription
from marketplace.queries.periods import credit_for, days_left, month_end, months_after

Status = UserSubscription.Status
Kind = SubscriptionCharge.Kind
LEAST = {
    "BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500, "ILS": 200, "KRW": 1000, "KWD": 500, "MXN": 1000,
    "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300, "THB": 1000, "TND": 2000, "TRY": 2000, "ZAR": 1000,
}  # fmt: skip
"""Where it is not fifty minor units: Stripe's own minimums, and about as much in currencies for which it names none."""


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
    unused: tuple[int, int] = (0, 0)
    """How many days of how many the credit is for."""

    @property
    def due(self) -> Money:
        return Money(self.due_cents, self.tier.currency)

    @property
    def vat(self) -> Money:
        """What of `due` is VAT."""
        return Money(vat_within(self.due_cents, self.tier.vat_bp), self.tier.currency)

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


def can_go_on(subscription: UserSubscription) -> bool:
    """Whether a cancellation can be taken back. What was given ends on its day, canceled or not: no holder changes that."""
    return subscription.status == Status.CANCELED and not subscription.is_given


def declined_change(subscription: UserSubscription) -> SubscriptionCharge | None:
    """A dearer tier that could not be paid, until something else is asked for."""
    if subscription.status not in (Status.ACTIVE, Status.PAST_DUE):
        return None
    newest = subscription.charges.select_related("tier").order_by("-created_at", "-id").first()
    if newest is None or (newest.kind, newest.status) != (Kind.UPGRADE, SubscriptionCharge.Status.FAILED):
        return None
    last = newest.payments.order_by("-created_at", "-id").first()
    return newest if last and last.status == Payment.Status.FAILED else None


def last_try(subscription: UserSubscription) -> Payment | None:
    """The newest payment of what waits to be paid, or of a change that was declined."""
    charge = open_charge(subscription) or declined_change(subscription)
    return charge.payments.order_by("-created_at", "-id").first() if charge else None


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


def refunds_of(user: Any) -> QuerySet[Refund]:
    """What went back, or goes back, of this person's subscriptions, newest first."""
    rows = Refund.objects.filter(payment__charge__subscription__user=user.pk)
    return rows.select_related("payment__charge__tier", "credit_note").order_by("-created_at", "-id")


def ended_by_refund(subscription: UserSubscription) -> bool:
    """Whether it ended before its paid month did, as that was given back."""
    back = Refund.objects.filter(status=Refund.Status.SUCCEEDED, payment__is_spare=False)
    back = back.filter(payment__charge__subscription=subscription, payment__charge__status="paid")
    is_over = subscription.status == Status.EXPIRED and not subscription.is_given
    return is_over and back.filter(payment__charge__period_end__gt=subscription.end_date).exists()


def plan_for(subscription: UserSubscription | None, tier: SubscriptionTier, *, at: dt.datetime) -> Plan:
    """What choosing `tier` would do at this moment.

    A dearer tier begins at once with a month of its own, less what was not used of the paid one; a cheaper one begins when
    the paid month is over, and so does one for which less would be due than a card is charged for: nobody is asked for
    cents that no bank takes, and nobody gets days for nothing by going to and fro.
    """
    until = months_after(at, 1)
    if subscription is None or subscription.status == Status.INCOMPLETE:
        due = tier.price_cents
        return Plan(move=Move.START, tier=tier, due_cents=due, credit_cents=0, starts_at=at, until=until)
    if subscription.tier_id == tier.pk and (same := _same(subscription, tier)):
        return same
    credit = unused_cents(subscription, tier.currency, at=at)
    due = tier.price_cents - credit
    is_dearer = tier.price_cents >= subscription.tier.price_cents and (due >= least_of(tier.currency) or not credit)
    if is_dearer or subscription.status == Status.PAST_DUE or subscription.is_given:
        plan = Plan(move=Move.UPGRADE, tier=tier, due_cents=due, credit_cents=credit, starts_at=at, until=until)
        return replace(plan, unused=unused_days(subscription, tier.currency, at=at)) if credit else plan
    end = subscription.end_date
    until = month_end(subscription.start_date, end)
    return Plan(move=Move.DOWNGRADE, tier=tier, due_cents=0, credit_cents=0, starts_at=end, until=until)


def least_of(currency: str) -> int:
    """The least that a card is charged for, in minor units: half a euro, or about as much."""
    return LEAST.get(currency, 50)


def _same(subscription: UserSubscription, tier: SubscriptionTier) -> Plan | None:
    """Staying: as it is, taking a cancellation back, or paying what is open. None where another tier is what is open."""
    move, due, until = Move.KEEP, 0, subscription.end_date
    if can_go_on(subscription):
        move = Move.RESUME
    elif subscription.status == Status.PAST_DUE:
        charge = open_charge(subscription)
        if charge is None or charge.tier_id != tier.pk:
            return None
        move, due, until = Move.PAY, charge.amount_cents, charge.period_end
    return Plan(move=move, tier=tier, due_cents=due, credit_cents=0, starts_at=subscription.start_date, until=until)


def unused_cents(subscription: UserSubscription, currency: str, *, at: dt.datetime) -> int:
    """What was paid for the running month, stayed here and is not used yet.

    Nothing for what was given, paid in another currency, or is disputed.
    """
    paid = _paid(subscription, currency, at)
    if paid is None:
        return 0
    payment = paid.payments.filter(status=Payment.Status.SUCCEEDED, is_spare=False).first()
    if payment and payment.dispute == Payment.Dispute.OPEN:
        return 0
    whole = paid.amount_cents + paid.credit_cents - (payment.refunded_cents if payment else 0)
    return credit_for(paid_cents=whole, start=paid.period_start, end=paid.period_end, at=at)


def unused_days(subscription: UserSubscription, currency: str, *, at: dt.datetime) -> tuple[int, int]:
    """How many days are left of the paid month, and how many it has."""
    paid = _paid(subscription, currency, at)
    return days_left(paid.period_start, paid.period_end, at) if paid else (0, 0)


def _paid(subscription: UserSubscription, currency: str, at: dt.datetime) -> SubscriptionCharge | None:
    if subscription.is_given or subscription.end_date <= at:
        return None
    paid = SubscriptionCharge.Status.PAID
    rows = SubscriptionCharge.objects.filter(subscription=subscription, status=paid, currency=currency)
    return rows.filter(period_end=subscription.end_date).first()
