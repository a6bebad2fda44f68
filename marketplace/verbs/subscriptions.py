"""Choosing a tier, for oneself: starting, moving up at once, moving down at the month's end, paying what is open.

One live subscription a person, by a partial unique constraint. What costs money is a charge with a payment, committed
before the provider hears of it; the payment's news (`charges.settle_charge`) then starts or changes the subscription.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, DomainError, Invalid, NotFound
from marketplace.models import Payment, SubscriptionCharge, SubscriptionTier, UserSubscription
from marketplace.queries.subscriptions import (
    Move,
    Plan,
    can_go_on,
    current_subscription,
    live_payment,
    open_charge,
    plan_for,
)
from marketplace.queries.tiers import find_tier
from marketplace.verbs.charges import drop_open_charges, lock_subscription, new_payment, take_charge
from marketplace.verbs.payment_calls import open_payment
from marketplace.verbs.renewals import LOST
from marketplace.verbs.subscriber_news import note_change, tell_planned, tell_resumed
from marketplace.verbs.trying import one_transaction

Status = UserSubscription.Status
Kind = SubscriptionCharge.Kind
ROUNDS = 5
NO_ANSWER = "The payment provider did not answer."


def subscribe(
    *, tier_id: UUID | str, by: User, payment_method: str = "card", expected_cents: int | None = None
) -> UserSubscription:
    """Put `by` on this tier, as `plan_for` says: the answer is their subscription as it then is.

    A free tier and a cheaper one need no payment; a paid one is `incomplete`, or the old tier still, until its payment
    succeeds. Called twice it is one subscription and one charge. `expected_cents`: what the person was shown; Conflict
    `amount_changed` where it is another amount now. Unavailable while the provider is away: the same call goes on with it.
    """
    _check_method(payment_method)
    tier = find_tier(tier_id, by=by)
    if not tier.is_active and not UserSubscription.objects.filter(user=by, tier=tier).live().exists():
        raise Conflict("This tier is not offered any more", code="tier_archived")
    for _ in range(ROUNDS):
        try:
            subscription_id = _choose(tier, by, payment_method, expected_cents)
        except IntegrityError:
            # Another request of the same person made the one live row first; the next try finds it, or that it is gone.
            continue
        return _open(subscription_id)
    raise Conflict("Other requests change your subscription just now. Look at it, and try again.", code="in_progress")


def pay_open_charge(*, by: User, payment_method: str) -> UserSubscription:
    """Try once more, with any card, what waits to be paid: a start that was declined or a renewal that is behind."""
    _check_method(payment_method)
    with transaction.atomic():
        subscription = _locked_current(by)
        charge = open_charge(subscription) if subscription else None
        if subscription is None or charge is None:
            raise NotFound("There is nothing to pay")
        _ask(charge, subscription, payment_method)
    return _open(subscription.pk)


def _check_method(payment_method: str) -> None:
    if payment_method not in Payment.METHODS:
        sentence = f"Must be one of {', '.join(Payment.METHODS)}."
        raise Invalid(f"payment_method: {sentence}", details={"payment_method": [sentence]})


def _open(subscription_id: UUID) -> UserSubscription:
    """Outside any transaction: the payment that nobody has opened yet is made known to the provider."""
    asked = SubscriptionCharge.objects.filter(subscription=subscription_id, status=SubscriptionCharge.Status.OPEN)
    waiting = Payment.objects.filter(charge__in=asked, status=Payment.Status.CREATED)
    for payment_id in list(waiting.values_list("pk", flat=True)):
        waiting.filter(pk=payment_id).update(reason="")
        try:
            open_payment(payment_id=payment_id)
        except DomainError:
            # Nobody is telling the provider any more: until it is tried again, another choice may take its place.
            waiting.filter(pk=payment_id).update(reason=NO_ANSWER)
            raise
    return UserSubscription.objects.select_related("tier", "next_tier").get(pk=subscription_id)


def _locked_current(by: User) -> UserSubscription | None:
    found = current_subscription(by.pk)
    if found is None:
        return None
    locked = lock_subscription(found.pk)
    is_over = locked.status == Status.EXPIRED or (locked.status == Status.CANCELED and locked.end_date <= now())
    return None if is_over else locked


@one_transaction
def _choose(tier: SubscriptionTier, by: User, method: str, expected_cents: int | None) -> UUID:
    current = _locked_current(by)
    plan = plan_for(current, tier, at=now())
    if expected_cents is not None and expected_cents != plan.due_cents:
        raise Conflict(f"The amount has changed: it is {plan.due} now. Nothing was charged.", code="amount_changed")
    if plan.credit_cents == 0 and current is not None and plan.move == Move.UPGRADE:
        _refuse_other_money(current, tier)
    if current is None or plan.move in (Move.START, Move.UPGRADE):
        return _start(plan, current, by, method)
    charge = open_charge(current) if plan.move == Move.PAY else None
    if charge is not None:
        _ask(charge, current, method)
    else:
        _stay_or_plan(current, tier if plan.move == Move.DOWNGRADE else None)
    return current.pk


def _refuse_other_money(current: UserSubscription, tier: SubscriptionTier) -> None:
    """Nobody's unused month is lost without a word because the new tier is sold in another currency."""
    is_paid = current.tier.price_cents and not current.is_given and current.status != Status.PAST_DUE
    if is_paid and current.tier.currency != tier.currency and current.end_date > now():
        raise Conflict("This tier is sold in another currency. Cancel first and choose it when your month is over.",
                       code="mixed_currency")  # fmt: skip


def _start(plan: Plan, current: UserSubscription | None, by: User, method: str) -> UUID:
    if current is None:
        current = UserSubscription(user=by, tier=plan.tier, payment_method=method)
        _begin(current, plan)
    elif current.status == Status.INCOMPLETE:
        charge = open_charge(current)
        if charge is None or not _is_same(charge, plan):
            _refuse_while_paying(charge)
            current.tier, current.payment_method = plan.tier, method
            _begin(current, plan)
    charge = open_charge(current)
    if charge is None or not _is_same(charge, plan):
        charge = _new_charge(current, plan, charge)
    _ask(charge, current, method)
    return current.pk


def _begin(subscription: UserSubscription, plan: Plan) -> None:
    subscription.status = Status.INCOMPLETE
    subscription.start_date, subscription.end_date = plan.starts_at, plan.until
    subscription.save()
    note_change(subscription, "asked")


def _is_same(charge: SubscriptionCharge, plan: Plan) -> bool:
    kind = Kind.START if plan.move == Move.START else Kind.UPGRADE
    return (charge.kind, charge.tier_id) == (kind, plan.tier.pk) and charge.amount_cents == plan.due_cents


def _refuse_while_paying(charge: SubscriptionCharge | None) -> None:
    payment = live_payment(charge) if charge else None
    if charge is None or payment is None:
        return
    # One that the provider has not heard of can be dropped, unless somebody may be telling it right now.
    unsaid = Payment.objects.select_for_update(skip_locked=True).filter(pk=payment.pk, status=Payment.Status.CREATED)
    if unsaid.filter(Q(reason=NO_ANSWER) | Q(created_at__lte=now() - LOST)).first() is None:
        raise Conflict(
            f"{charge.total} for {charge.tier.name} is still being paid. Wait for it, or cancel it first.",
            code="payment_open",
        )


def _new_charge(subscription: UserSubscription, plan: Plan, other: SubscriptionCharge | None) -> SubscriptionCharge:
    """In the place of any other that waits; its number makes it one, also where two ask at once."""
    _refuse_while_paying(other)
    # A month that is behind stays open until the new tier is really paid.
    drop_open_charges(subscription, "Something else was chosen instead.", keeps_renewal=True)
    kind = Kind.START if plan.move == Move.START else Kind.UPGRADE
    number = SubscriptionCharge.objects.filter(subscription=subscription).count() + 1
    return SubscriptionCharge.objects.create(
        subscription=subscription,
        tier=plan.tier,
        kind=kind,
        key=f"{kind}:{subscription.pk}:{number}",
        period_start=plan.starts_at,
        period_end=plan.until,
        amount_cents=plan.due_cents,
        credit_cents=plan.credit_cents,
        currency=plan.tier.currency,
    )


def _ask(charge: SubscriptionCharge, subscription: UserSubscription, method: str) -> None:
    """Let the charge be paid: at once where it costs nothing, by the payment that is on its way, or by a new one."""
    charge.subscription = subscription
    if charge.amount_cents == 0:
        take_charge(charge)
    elif live_payment(charge) is None:
        if charge.kind != Kind.RENEWAL:
            charge.attempts += 1
            charge.save(update_fields=["attempts", "updated_at"])
        new_payment(charge, method=method)


def _stay_or_plan(subscription: UserSubscription, next_tier: SubscriptionTier | None) -> None:
    """Go on with the tier; with another one from the month's end on where one is given."""
    moment = now()
    if can_go_on(subscription):
        subscription.status, subscription.canceled_at = Status.ACTIVE, None
        subscription.next_charge_at = subscription.end_date
        tell_resumed(subscription, moment)
        what = "resumed"
    elif subscription.next_tier_id == (next_tier.pk if next_tier else None):
        return
    else:
        what = "planned" if next_tier else "kept"
    subscription.next_tier = next_tier
    subscription.save()
    note_change(subscription, what)
    tell_planned(subscription, moment)
