"""What time does to subscriptions: renewal, tries after a refusal, reminder, end. Due times live in the rows; jobs ask for them."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import now

from accounts.models import Departure
from accounts.verbs.departures import open_departure
from marketplace.models import Payment, SubscriptionCharge, UserSubscription
from marketplace.queries.periods import month_end
from marketplace.queries.subscriptions import live_payment
from marketplace.verbs.charges import (
    MOST_TRIES,
    TRIES,
    call_off_payments,
    end_subscription,
    fall_behind,
    lock_subscription,
    new_payment,
    refuse_charge,
    take_charge,
)
from marketplace.verbs.payment_calls import open_payment
from marketplace.verbs.subscriber_news import tell_ending
from marketplace.verbs.trying import one_transaction

REMINDED = dt.timedelta(days=7)
"""How long before the end its holder is reminded."""
UNPAID_FOR = dt.timedelta(hours=24)
"""How long a subscription waits for its first payment."""
UPGRADING = dt.timedelta(hours=1)
"""How long a renewal that is due waits for a dearer tier that is being paid."""
LOST = dt.timedelta(minutes=1)
"""A payment that the provider should have heard of by now."""

Status = UserSubscription.Status
ChargeStatus = SubscriptionCharge.Status


def renew_subscription(*, subscription_id: UUID) -> bool:
    """Charge the next month where it is due; whether this call did. Safe twice and at once: one charge a month by its key."""
    payment_id = _renew(subscription_id)
    if payment_id is not None:
        open_payment(payment_id=payment_id)
    return payment_id is not None


@one_transaction
def _renew(subscription_id: UUID) -> UUID | None:
    subscription = lock_subscription(subscription_id)
    due = subscription.next_charge_at
    if subscription.status not in (Status.ACTIVE, Status.PAST_DUE) or due is None or due > now():
        return None
    if not subscription.user.is_active:
        end_subscription(subscription, "The account is switched off.")
        return None
    if open_departure(subscription.user) or _waits_for_upgrade(subscription, due):
        return None
    charge = _charge_of_next_month(subscription)
    if charge.status != ChargeStatus.OPEN:
        # Settled already, one way or the other: a month is never asked for twice.
        end_subscription(subscription, charge.reason or "The next month could not be charged.")
        return None
    if charge.amount_cents == 0:
        take_charge(charge)
        return None
    return _try(subscription, charge)


def _waits_for_upgrade(subscription: UserSubscription, due: dt.datetime) -> bool:
    """Whether a dearer tier is being paid just now: its credit is reckoned without the month that would be charged.

    After an hour it is called off and the month goes first; money that still comes for it is owed back.
    """
    upgrades = subscription.charges.filter(kind=SubscriptionCharge.Kind.UPGRADE, status=ChargeStatus.OPEN)
    charge = upgrades.select_related("tier").first()
    if charge is None:
        return False
    if live_payment(charge) and now() < due + UPGRADING:
        return True
    charge.subscription = subscription
    charge.reason = f"The next month of {subscription.tier.name} began before it was paid."
    call_off_payments(subscription, charge.reason, charge=charge)
    refuse_charge(charge)
    return False


def _charge_of_next_month(subscription: UserSubscription) -> SubscriptionCharge:
    start, tier = subscription.end_date, subscription.next_tier or subscription.tier
    charge, _ = SubscriptionCharge.objects.get_or_create(
        key=f"{SubscriptionCharge.Kind.RENEWAL}:{subscription.pk}:{start.isoformat()}",
        defaults={
            "subscription": subscription,
            "tier": tier,
            "kind": SubscriptionCharge.Kind.RENEWAL,
            "period_start": start,
            "period_end": month_end(subscription.start_date, start),
            "amount_cents": tier.price_cents,
            "currency": tier.currency,
        },
    )
    charge.subscription = subscription
    return charge


def _try(subscription: UserSubscription, charge: SubscriptionCharge) -> UUID | None:
    """One more try, off-session with the kept card. The next time is written down first, whatever comes of this one."""
    is_waiting = live_payment(charge) is not None
    if charge.attempts >= MOST_TRIES:
        charge.reason = charge.reason or "The provider said nothing of the last try."
        fall_behind(charge)
        return None
    charge.attempts += 1
    charge.save(update_fields=["attempts", "updated_at"])
    if is_waiting:
        # A payment that still waits, for its holder's bank for instance, is not paid when it is due.
        charge.reason = "The payment has not come through yet."
        charge.save(update_fields=["reason"])
        fall_behind(charge)
        return None
    subscription.next_charge_at = (subscription.past_due_since or now()) + TRIES[charge.attempts - 1]
    subscription.save(update_fields=["next_charge_at", "updated_at"])
    method = subscription.payment_method or "card"
    return new_payment(charge, method=method, saved_method=subscription.saved_method)


@one_transaction
def expire_subscription(*, subscription_id: UUID) -> bool:
    """End what has run out: a canceled one, one that was given, one that was never paid. Whether it did."""
    subscription = lock_subscription(subscription_id)
    moment = now()
    if subscription.status == Status.INCOMPLETE and subscription.start_date <= moment - UNPAID_FOR:
        call_off_payments(subscription, "It was not paid in time.")
        end_subscription(subscription, "It was not paid in time.")
        return True
    has_run_out = subscription.status == Status.CANCELED or (
        subscription.is_given and subscription.status in UserSubscription.LIVE
    )
    if not has_run_out or subscription.end_date > moment:
        return False
    end_subscription(subscription, f"It ran until {subscription.end_date:%-d %B %Y}.")
    return True


@transaction.atomic
def remind_subscriber(*, subscription_id: UUID) -> bool:
    """Say once, a week before, that it will end; whether this call did."""
    moment = now()
    rows = _ending(moment).filter(pk=subscription_id)
    if not rows.update(reminded_for=F("end_date")):
        return False
    subscription = UserSubscription.objects.select_related("user", "tier").get(pk=subscription_id)
    tell_ending(subscription, moment)
    return True


def open_lost_payment(*, payment_id: UUID) -> None:
    """Go on with a payment whose opening was lost between its commit and the provider; Unavailable while that is away."""
    waiting = Payment.objects.filter(status=Payment.Status.CREATED, charge__status=ChargeStatus.OPEN)
    if waiting.filter(pk=payment_id).exists():
        open_payment(payment_id=payment_id)


# --- what is due -----------------------------------------------------------------------------------------------------


def subscriptions_to_renew(*, limit: int = 200) -> list[UUID]:
    """Who has asked for their erasure is charged for no further month until they take that back."""
    due = UserSubscription.objects.filter(status__in=(Status.ACTIVE, Status.PAST_DUE), next_charge_at__lte=now())
    due = due.exclude(user__in=Departure.objects.open().values("user"), user__is_active=True)
    return list(due.order_by("next_charge_at").values_list("pk", flat=True)[:limit])


def subscriptions_to_expire(*, limit: int = 200) -> list[UUID]:
    moment = now()
    over = Q(status=Status.CANCELED) | Q(is_given=True, status__in=UserSubscription.LIVE)
    unpaid = Q(status=Status.INCOMPLETE, start_date__lte=moment - UNPAID_FOR)
    rows = UserSubscription.objects.exclude(status=Status.EXPIRED).filter((over & Q(end_date__lte=moment)) | unpaid)
    return list(rows.order_by("end_date").values_list("pk", flat=True)[:limit])


def subscriptions_to_remind(*, limit: int = 200) -> list[UUID]:
    return list(_ending(now()).order_by("end_date").values_list("pk", flat=True)[:limit])


def _ending(moment: dt.datetime) -> QuerySet[UserSubscription]:
    ends = Q(status=Status.CANCELED) | Q(is_given=True, status=Status.ACTIVE)
    unsaid = Q(reminded_for=None) | ~Q(reminded_for=F("end_date"))
    return UserSubscription.objects.filter(ends, unsaid, end_date__gt=moment, end_date__lte=moment + REMINDED)


def payments_to_open(*, limit: int = 100) -> list[UUID]:
    rows = Payment.objects.filter(
        charge__status=ChargeStatus.OPEN, status=Payment.Status.CREATED, created_at__lte=now() - LOST
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:limit])
