"""What it does when the money of a subscription's payment is back with its holder: as `refund_outcomes`, for a charge."""

import datetime as dt

from django.db.models import Sum
from django.utils.timezone import now

from accounts.verbs.mails import queue_mail
from marketplace.facts import RefundSettled
from marketplace.models import Payment, Refund, SubscriptionCharge, UserSubscription
from marketplace.verbs.charges import INCOME, drop_open_charges, end_subscription
from marketplace.verbs.invoices import issue_credit_note
from marketplace.verbs.ledger import CLEARING, REFUND_DUE, book
from marketplace.verbs.remembering_refunds import remember_refund_end
from marketplace.verbs.remembering_subscriptions import know_charge_payment
from marketplace.verbs.subscriber_news import PLACE, note_change, tell_canceled
from ontology.changes import publish

Status = UserSubscription.Status
SHORTEST = dt.timedelta(seconds=1)
"""A subscription ends later than it began."""
GIVEN_BACK = "Its payment was given back."
WORDS = {
    Refund.Status.SUCCEEDED: (
        "{amount} is on its way back to you",
        "It was paid for your subscription. Banks take a few days to show it.",
    ),
    Refund.Status.FAILED: ("A refund did not go through", "{amount} of your subscription could not be sent back yet."),
}


def charge_given_back(refund: Refund, payment: Payment) -> None:
    """Called by `refund_outcomes.succeed` under the payment's lock; the refund is open.

    A charge that is wholly given back while what it paid for runs ends the subscription. Where a bank took back any of
    its payments, the card is not charged again.
    """
    subscription = UserSubscription.objects.select_for_update(of=("self",)).get(charges__payments=payment.pk)
    charge = SubscriptionCharge.objects.select_for_update(of=("self",)).get(payments=payment.pk)
    refund.status, refund.settled_at, refund.last_error = Refund.Status.SUCCEEDED, now(), ""
    refund.lease_until = refund.next_try_at = None
    refund.save()
    _book(refund, payment)
    if payment.is_spare:
        Payment.objects.filter(pk=payment.pk).update(refund_due=not is_all_back(payment), updated_at=now())
    else:
        issue_credit_note(refund=refund)
        if is_all_back(payment) and _is_running(charge, subscription):
            subscription.end_date = max(now(), subscription.start_date + SHORTEST)
            _end(subscription)
        elif payment.disputes.filter(status=Payment.Dispute.LOST).exists():
            # Another one may be open beside it, which is what the payment itself then says.
            _renew_no_more(subscription)
    tell_of_charge_refund(refund)


def _book(refund: Refund, payment: Payment) -> None:
    account = REFUND_DUE if payment.is_spare else INCOME
    amount, currency = refund.amount_cents, refund.currency
    book(
        source_key=f"refund:{refund.pk}:succeeded",
        kind="refund_succeeded",
        entries=[(CLEARING, -amount, currency), (account, amount, currency)],
        is_sandbox=payment.is_sandbox,
    )


def is_all_back(payment: Payment) -> bool:
    done = payment.refunds.filter(status=Refund.Status.SUCCEEDED)
    return done.aggregate(total=Sum("amount_cents"))["total"] == payment.captured_cents


def _is_running(charge: SubscriptionCharge, subscription: UserSubscription) -> bool:
    is_live = subscription.status in (Status.ACTIVE, Status.PAST_DUE, Status.CANCELED)
    return is_live and charge.period_end == subscription.end_date and subscription.end_date > now()


def _end(subscription: UserSubscription) -> None:
    subscription.canceled_at = now()  # money that still comes does not begin it anew
    end_subscription(subscription, GIVEN_BACK)


def _renew_no_more(subscription: UserSubscription) -> None:
    """What was paid for since runs to its end; a month that is behind is not asked for again."""
    if subscription.status == Status.PAST_DUE:
        _end(subscription)
    elif subscription.status == Status.ACTIVE and not subscription.is_given:
        subscription.status, subscription.canceled_at = Status.CANCELED, now()
        subscription.next_charge_at = subscription.next_tier = None
        subscription.save()
        drop_open_charges(subscription, GIVEN_BACK)
        note_change(subscription, "canceled")
        tell_canceled(subscription, subscription.canceled_at)


def tell_of_charge_refund(refund: Refund) -> None:
    payment = Payment.objects.select_related("charge__subscription__user").get(pk=refund.payment_id)
    if payment.charge is None:
        raise ValueError("This refund is of an order")
    subscription = payment.charge.subscription
    know_charge_payment(payment, subscription)
    remember_refund_end(refund, subscription.user_id)
    publish(
        RefundSettled(
            refund_id=refund.pk,
            order_id=None,
            number="",
            buyer_id=subscription.user_id,
            status=refund.status,
            amount_cents=refund.amount_cents,
            currency=refund.currency,
        )
    )
    words = WORDS.get(Refund.Status(refund.status))
    if words and subscription.user.is_active:
        title, text = (part.format(amount=refund.amount) for part in words)
        queue_mail(
            template="subscription/news",
            to=subscription.user.email,
            user=subscription.user,
            title=title,
            words=text,
            place=PLACE,
        )
