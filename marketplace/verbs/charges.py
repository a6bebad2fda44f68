"""What a payment's news does to a subscription. The moves that ask for money are in `subscriptions` and `renewals`.

Locks are taken in one order everywhere: the payments of a subscription, the subscription, its charges.
"""

import datetime as dt
import logging
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from config.ids import new_id
from marketplace.models import Payment, SubscriptionCharge, UserSubscription
from marketplace.models.payments import provider_id_of
from marketplace.queries.periods import months_after
from marketplace.queries.subscriptions import current_subscription
from marketplace.verbs.invoices import issue_invoice
from marketplace.verbs.ledger import CLEARING, REFUND_DUE, book
from marketplace.verbs.remembering_subscriptions import remember_charge_payment
from marketplace.verbs.subscriber_news import note_change, tell_declined, tell_expired, tell_paid, tell_past_due

logger = logging.getLogger(__name__)

INCOME = "subscription_income"
TRIES = tuple(dt.timedelta(days=days) for days in (1, 3, 7, 8))
"""After the first refusal of a renewal: when it is tried again, and with the last of these that it is over."""
MOST_TRIES = len(TRIES)

ChargeStatus = SubscriptionCharge.Status
Status = UserSubscription.Status


def settle_charge(*, payment: Payment) -> None:
    """Called in the payment's own transaction, under its lock, whenever a charge's payment has a new status."""
    subscription = UserSubscription.objects.select_for_update(of=("self",)).get(charges__payments=payment.pk)
    charge = SubscriptionCharge.objects.select_for_update(of=("self",)).get(payments=payment.pk)
    charge.subscription = subscription
    if payment.status == Payment.Status.SUCCEEDED:
        _keep_or_owe(payment, charge)
    elif payment.status in (Payment.Status.FAILED, Payment.Status.CANCELED) and charge.status == ChargeStatus.OPEN:
        charge.reason = payment.reason or "The payment did not go through."
        refuse_charge(charge)
    remember_charge_payment(payment, subscription)


def _keep_or_owe(payment: Payment, charge: SubscriptionCharge) -> None:
    """The money is here. It pays what it was asked for, also late; otherwise it is owed back."""
    subscription = charge.subscription
    if charge.status == ChargeStatus.OPEN or _can_be_revived(charge):
        subscription.payment_method = payment.method
        subscription.saved_method = payment.saved_method or subscription.saved_method
        _book(payment, INCOME, "subscription_captured")
        take_charge(charge)
        return
    payment.refund_due = payment.is_spare = True
    logger.warning("Payment %s came for a charge that is settled; it is owed back", payment.provider_id)
    _book(payment, REFUND_DUE, "payment_owed_back")


def _can_be_revived(charge: SubscriptionCharge) -> bool:
    """The last charge of a subscription that time alone ended, whose holder has taken no other meanwhile."""
    subscription = charge.subscription
    was_given_up = charge.status == ChargeStatus.FAILED and subscription.status == Status.EXPIRED
    if not was_given_up or subscription.canceled_at or subscription.is_given or not subscription.user.is_active:
        return False
    is_last = not subscription.charges.filter(created_at__gt=charge.created_at).exists()
    return is_last and current_subscription(subscription.user_id) is None


def _book(payment: Payment, account: str, kind: str) -> None:
    amount, currency = payment.amount_cents, payment.currency
    entries = [(CLEARING, amount, currency), (account, -amount, currency)]
    book(source_key=f"payment:{payment.pk}:captured", kind=kind, entries=entries, is_sandbox=payment.is_sandbox)


def take_charge(charge: SubscriptionCharge) -> None:
    """What is paid for begins, or goes on. Under the subscription's lock."""
    subscription, moment = charge.subscription, now()
    is_renewed = charge.kind == SubscriptionCharge.Kind.RENEWAL and subscription.status in UserSubscription.LIVE
    what = "changed" if charge.kind == SubscriptionCharge.Kind.UPGRADE else "renewed" if is_renewed else "started"
    if not is_renewed or charge.period_end <= moment:
        # Also a month that was over before it was charged, as this house stood still: one is paid, from now.
        charge.period_start, charge.period_end = moment, months_after(moment, 1)
        subscription.start_date = moment
    charge.status, charge.reason = ChargeStatus.PAID, ""
    charge.save()
    subscription.tier, subscription.next_tier = charge.tier, None
    subscription.end_date = subscription.next_charge_at = charge.period_end
    subscription.status, subscription.is_given = Status.ACTIVE, False
    subscription.past_due_since = subscription.canceled_at = None
    subscription.save()
    drop_open_charges(subscription, "Something else was paid instead.")
    if charge.amount_cents:
        issue_invoice(charge=charge)
    note_change(subscription, what)
    if charge.amount_cents or what != "renewed":
        tell_paid(subscription, charge)


def refuse_charge(charge: SubscriptionCharge) -> None:
    """A try that was not paid, its reason on the charge: a renewal is tried again for a week, the others wait for a person."""
    subscription = charge.subscription
    if charge.kind != SubscriptionCharge.Kind.RENEWAL:
        if charge.kind == SubscriptionCharge.Kind.UPGRADE:
            charge.status = ChargeStatus.FAILED
        charge.save()
        note_change(subscription, "declined")
        tell_declined(subscription, charge)
        return
    charge.save()
    fall_behind(charge)


def fall_behind(charge: SubscriptionCharge) -> None:
    """A renewal that is not paid when it is due: grace until the tries are used up. Under the subscription's lock."""
    subscription = charge.subscription
    if charge.attempts >= MOST_TRIES:
        end_subscription(subscription, f"{charge.total} could not be charged in four tries.")
        return
    subscription.status = Status.PAST_DUE
    subscription.past_due_since = subscription.past_due_since or now()
    subscription.next_charge_at = subscription.past_due_since + TRIES[max(charge.attempts, 1) - 1]
    subscription.save()
    note_change(subscription, "past_due")
    tell_past_due(subscription, charge)


def end_subscription(subscription: UserSubscription, why: str) -> None:
    """It is over now, and so is everything that was open for it. Under the subscription's lock."""
    was_incomplete = subscription.status == Status.INCOMPLETE
    subscription.status, subscription.next_charge_at, subscription.next_tier = Status.EXPIRED, None, None
    subscription.save()
    drop_open_charges(subscription, why)
    note_change(subscription, "expired")
    if not was_incomplete:
        tell_expired(subscription, why)


def drop_open_charges(subscription: UserSubscription, why: str, *, keeps_renewal: bool = False) -> None:
    """They are not asked for any more; what the provider has not heard of by now it never will."""
    failed = {"reason": why[:200], "updated_at": now()}
    rows = SubscriptionCharge.objects.filter(subscription=subscription, status=ChargeStatus.OPEN)
    rows = rows.exclude(kind=SubscriptionCharge.Kind.RENEWAL) if keeps_renewal else rows
    # One that somebody opens or settles right now is locked and waits for us: it is left to them, never waited for.
    unsaid = Payment.objects.select_for_update(skip_locked=True).filter(charge__in=rows, status=Payment.Status.CREATED)
    keys = [payment.pk for payment in unsaid]
    Payment.objects.filter(pk__in=keys).update(status=Payment.Status.CANCELED, **failed)
    rows.update(status=ChargeStatus.FAILED, **failed)


def lock_subscription(subscription_id: UUID) -> UserSubscription:
    """The row, locked after its open payments; call it in a transaction, before anything else is locked."""
    rows = Payment.objects.select_for_update(of=("self",)).filter(charge__subscription=subscription_id)
    list(rows.filter(status__in=Payment.LIVE).order_by("pk"))
    return UserSubscription.objects.select_for_update().get(pk=subscription_id)


def live_payments(subscription_id: UUID) -> list[Payment]:
    """Those on their way, locked; one that is being settled right now waits for our subscription and is left to that."""
    rows = Payment.objects.select_for_update(of=("self",), skip_locked=True)
    rows = rows.filter(charge__subscription=subscription_id)
    return list(rows.filter(status__in=Payment.LIVE).order_by("pk"))


def call_off_payments(subscription: UserSubscription, why: str, *, charge: SubscriptionCharge | None = None) -> None:
    """Ours are closed, or those of one charge; where one succeeds at the provider all the same, its money is owed back."""
    for payment in live_payments(subscription.pk):
        if charge is None or payment.charge_id == charge.pk:
            payment.status, payment.reason = Payment.Status.CANCELED, why[:200]
            payment.save(update_fields=["status", "reason", "updated_at"])


def new_payment(charge: SubscriptionCharge, *, method: str, saved_method: str = "") -> UUID:
    """Another try to pay a charge, committed before the provider hears of it; one at a time by constraint."""
    key = new_id()
    with transaction.atomic():
        payment = Payment.objects.create(
            id=key,
            charge=charge,
            provider_id=provider_id_of(key),
            method=method,
            saved_method=saved_method,
            amount_cents=charge.amount_cents,
            currency=charge.currency,
        )
        remember_charge_payment(payment, charge.subscription)
    return key
