"""Ending a subscription and taking that back; and what only administrators may do: setting one by hand."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import parse_id
from marketplace.models import SubscriptionTier, UserSubscription
from marketplace.queries.periods import months_after
from marketplace.queries.subscriptions import can_go_on, current_subscription, latest_subscription
from marketplace.verbs.charges import call_off_payments, drop_open_charges, lock_subscription
from marketplace.verbs.renewals import REMINDED
from marketplace.verbs.subscriber_news import note_change, tell_canceled, tell_given, tell_resumed

Status = UserSubscription.Status
EARLIEST, LATEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
"""Between these every calendar, zone and database can reckon with a date and the month after it."""
SETTABLE = (Status.ACTIVE, Status.CANCELED, Status.EXPIRED)


def cancel_subscription(*, user_id: UUID | str, by: User) -> UserSubscription:
    """It is not renewed and runs until its end; by its holder or an administrator. Canceled twice is canceled.

    What was never paid ends at once, and so does what is behind with its payment.
    """
    key = parse_id(user_id)
    if key != by.pk and not by.is_admin:
        raise Forbidden("Only an administrator may cancel somebody else's subscription")
    with transaction.atomic():
        found = latest_subscription(key) if key else None
        if found is None:
            raise NotFound("There is no subscription to cancel")
        subscription = lock_subscription(found.pk)
        if subscription.status == Status.EXPIRED:
            raise Conflict("This subscription has ended already", code="subscription_expired")
        if subscription.status != Status.CANCELED:
            _cancel(subscription)
    return _whole(subscription.pk)


def _cancel(subscription: UserSubscription) -> None:
    moment = now()
    if subscription.status == Status.INCOMPLETE:
        # It entitles to nothing, so its days end here; a row's end is later than its start.
        subscription.start_date = min(subscription.start_date, moment - dt.timedelta(seconds=1))
        subscription.end_date = moment
    subscription.status, subscription.canceled_at = Status.CANCELED, moment
    subscription.next_charge_at, subscription.next_tier, subscription.past_due_since = None, None, None
    if subscription.end_date <= moment + REMINDED:
        subscription.reminded_for = subscription.end_date  # they know: they have just said it
    subscription.save()
    call_off_payments(subscription, "The subscription was canceled.")
    drop_open_charges(subscription, "The subscription was canceled.")
    note_change(subscription, "canceled")
    tell_canceled(subscription, moment)


def resume_subscription(*, by: User) -> UserSubscription:
    """Take a cancellation back while it still runs: it is renewed again at its end."""
    found = current_subscription(by.pk)
    if found is None:
        raise NotFound("There is no subscription to take up again")
    with transaction.atomic():
        subscription = lock_subscription(found.pk)
        if subscription.status != Status.CANCELED:
            return _whole(subscription.pk)
        if subscription.end_date <= now():
            raise Conflict("This subscription has ended. Choose a tier to begin anew.", code="subscription_expired")
        if not can_go_on(subscription):
            raise Conflict("What was given to you ends on its day.", code="subscription_given")
        subscription.status, subscription.canceled_at = Status.ACTIVE, None
        subscription.next_charge_at = subscription.end_date
        subscription.save()
        note_change(subscription, "resumed")
        tell_resumed(subscription, now())
    return _whole(subscription.pk)


def set_subscription(
    *,
    user_id: UUID | str,
    tier_id: UUID | str,
    by: User,
    status: str = Status.ACTIVE,
    start_date: dt.datetime | None = None,
    end_date: dt.datetime | None = None,
) -> tuple[UserSubscription, bool]:
    """An administrator gives a tier: any state and dates, nothing is charged, nothing is renewed. Whether it is a new one.

    What was open to be paid is called off. Without dates: from now, or as it was, for a month.
    """
    if not by.is_admin:
        raise Forbidden("Only administrators may set a subscription")
    for name, moment in (("start_date", start_date), ("end_date", end_date)):
        if moment is not None and not EARLIEST <= moment < LATEST:
            raise _fault(name, f"Must be from {EARLIEST.year} to {LATEST.year - 1}.")
    holder, tier = User.objects.filter(pk=parse_id(user_id)).first(), _tier(tier_id)
    if holder is None:
        raise NotFound("User not found")
    if status not in SETTABLE:
        raise _fault("status", f"Must be one of {', '.join(SETTABLE)}.")
    try:
        return _set(holder, tier, status, start_date, end_date)
    except IntegrityError:
        # Their own request made the one live row meanwhile; it is set now.
        return _set(holder, tier, status, start_date, end_date)


@transaction.atomic
def _set(
    holder: User, tier: SubscriptionTier, status: str, start: dt.datetime | None, end: dt.datetime | None
) -> tuple[UserSubscription, bool]:
    found = current_subscription(holder.pk)
    row = lock_subscription(found.pk) if found else UserSubscription(user=holder)
    row.tier, row.status, row.is_given = tier, status, True
    row.start_date = start or (row.start_date if found else now())
    row.end_date = end or months_after(max(row.start_date, now()), 1)
    if row.end_date <= row.start_date:
        raise _fault("end_date", "Must be later than start_date.")
    row.next_charge_at, row.next_tier, row.past_due_since = None, None, None
    row.canceled_at = None if status == Status.ACTIVE else now()
    row.save()
    if found:
        call_off_payments(row, "An administrator set the subscription.")
        drop_open_charges(row, "An administrator set the subscription.")
    note_change(row, "given")
    tell_given(row)
    return _whole(row.pk), found is None


def end_for_departure(*, user_id: UUID) -> None:
    """Whoever leaves is never charged again; called in the transaction that erases the account."""
    rows = UserSubscription.objects.filter(user=user_id).exclude(status=Status.EXPIRED)
    for key in rows.order_by("pk").values_list("pk", flat=True):
        subscription = lock_subscription(key)
        call_off_payments(subscription, "The account was closed.")
        drop_open_charges(subscription, "The account was closed.")
        subscription.status, subscription.next_charge_at, subscription.next_tier = Status.EXPIRED, None, None
        subscription.canceled_at = subscription.canceled_at or now()
        subscription.save()
        note_change(subscription, "expired")


def _tier(tier_id: UUID | str) -> SubscriptionTier:
    key = parse_id(tier_id)
    tier = SubscriptionTier.objects.filter(pk=key).first() if key else None
    if tier is None:
        raise NotFound("Subscription tier not found")
    return tier


def _fault(name: str, sentence: str) -> Invalid:
    return Invalid(f"{name}: {sentence}", details={name: [sentence]})


def _whole(subscription_id: UUID) -> UserSubscription:
    return UserSubscription.objects.select_related("tier", "next_tier").get(pk=subscription_id)
