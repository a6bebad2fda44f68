"""What the holder of a subscription is told: one sentence for the notification and the mail alike."""

import datetime as dt

from accounts.verbs.mails import queue_mail
from marketplace.facts import SubscriberTold, SubscriptionChanged
from marketplace.models import SubscriptionCharge, UserSubscription
from marketplace.verbs.remembering_subscriptions import remember_subscription
from ontology.changes import publish

PLACE = "/settings/subscription/"


def note_change(subscription: UserSubscription, what: str) -> None:
    """The graph and the listeners learn of a change; called in its transaction."""
    remember_subscription(subscription, what)
    publish(
        SubscriptionChanged(
            subscription_id=subscription.pk,
            user_id=subscription.user_id,
            tier_id=subscription.tier_id,
            status=subscription.status,
            what=what,
        )
    )


def tell(subscription: UserSubscription, *, key: str, title: str, text: str, tone: str = "info") -> None:
    """A notification and a mail, in the caller's transaction; `key` names the occasion."""
    publish(SubscriberTold(user_id=subscription.user_id, key=f"subscription:{key}", title=title, text=text, tone=tone))
    holder = subscription.user
    if holder.is_active:
        queue_mail(template="subscription/news", to=holder.email, user=holder, title=title, words=text, place=PLACE)


def day(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%-d %B %Y}"


def tell_paid(subscription: UserSubscription, charge: SubscriptionCharge) -> None:
    title = {
        SubscriptionCharge.Kind.START: f"You are on {subscription.tier.name}",
        SubscriptionCharge.Kind.RENEWAL: f"{subscription.tier.name} was renewed",
        SubscriptionCharge.Kind.UPGRADE: f"You are on {subscription.tier.name} now",
    }[SubscriptionCharge.Kind(charge.kind)]
    paid = f"{charge.total} was paid. " if charge.amount_cents else ""
    text = f"{paid}It runs until {day(subscription.end_date)} and is renewed then unless you cancel."
    tell(subscription, key=f"paid:{charge.pk}", title=title, text=text)


def tell_declined(subscription: UserSubscription, charge: SubscriptionCharge) -> None:
    """A start or a change that was not paid: nothing has changed."""
    text = f"{charge.reason} {charge.tier.name} was not started. You can try again with another card."
    title = f"{charge.tier.name} could not be paid"
    tell(subscription, key=f"declined:{charge.pk}:{charge.attempts}", title=title, text=text, tone="warning")


def tell_past_due(subscription: UserSubscription, charge: SubscriptionCharge) -> None:
    again = subscription.next_charge_at
    later = f"We try again on {day(again)}." if again else ""
    text = (
        f"{charge.reason} {charge.total} for {charge.tier.name} is open; everything works as before meanwhile. {later}"
    )
    title = f"{charge.tier.name} could not be renewed"
    key = f"past_due:{charge.pk}:{charge.attempts}"
    tell(subscription, key=key, title=title, text=f"{text} You can pay it now with another card.", tone="warning")


def tell_given(subscription: UserSubscription) -> None:
    text = f"An administrator set it: {subscription.status}, until {day(subscription.end_date)}. You are not charged for it."
    key = f"given:{subscription.pk}:{subscription.updated_at.isoformat()}"
    tell(subscription, key=key, title=f"Your subscription is {subscription.tier.name}", text=text)


def tell_canceled(subscription: UserSubscription, moment: dt.datetime) -> None:
    runs = subscription.end_date > moment
    text = f"It runs until {day(subscription.end_date)} and is not renewed." if runs else "It has ended."
    key = f"canceled:{subscription.pk}:{moment.isoformat()}"
    tell(subscription, key=key, title=f"{subscription.tier.name} is canceled", text=text)


def tell_resumed(subscription: UserSubscription, moment: dt.datetime) -> None:
    text = f"It is renewed on {day(subscription.end_date)}."
    key = f"resumed:{subscription.pk}:{moment.isoformat()}"
    tell(subscription, key=key, title=f"{subscription.tier.name} goes on", text=text)


def tell_planned(subscription: UserSubscription, moment: dt.datetime) -> None:
    if subscription.next_tier is not None:
        name = subscription.next_tier.name
        text = f"{subscription.tier.name} runs until {day(subscription.end_date)}; from then on it is {name}."
        tell(
            subscription, key=f"planned:{subscription.pk}:{moment.isoformat()}", title=f"{name} from then on", text=text
        )


def tell_ending(subscription: UserSubscription, moment: dt.datetime) -> None:
    days = max(1, -((moment - subscription.end_date) // dt.timedelta(days=1)))
    title = f"Your subscription will expire in {days} day{'' if days == 1 else 's'}"
    then = "Choose a tier to go on." if subscription.is_given else "You can let it go on."
    text = f"{subscription.tier.name} runs until {day(subscription.end_date)} and is not renewed. {then}"
    key = f"ending:{subscription.pk}:{subscription.end_date.isoformat()}"
    tell(subscription, key=key, title=title, text=text, tone="warning")


def tell_expired(subscription: UserSubscription, why: str) -> None:
    text = f"{why} What everybody may do for free still works, and you can subscribe again at any time."
    key = f"expired:{subscription.pk}:{subscription.end_date.isoformat()}"
    tell(subscription, key=key, title=f"{subscription.tier.name} has ended", text=text, tone="warning")
