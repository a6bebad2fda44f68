"""What happens in the store: buyers, sellers and subscribers are told, and the two sides find it in their thread."""

from config.money import Money
from conversations.models import Notification
from conversations.verbs.notifications import notify
from conversations.verbs.sales import note_between
from marketplace.facts import (
    AddressGiven,
    AddressNeeded,
    DisputeChanged,
    LicenseChanged,
    OrderChanged,
    OrderSent,
    RefundSettled,
    ReviewAnswered,
    SaleMade,
    SaleRefunded,
    SellerConnected,
    SellerDisconnected,
    SubscriberTold,
    TransferChanged,
    TransferReversed,
)
from ontology.changes import writes_with

PAYOUTS = "/studio/payouts/"


@writes_with(OrderSent)
def tell_of_the_parcel(fact: OrderSent) -> None:
    notify(
        user_id=fact.buyer_id,
        key=f"sent:{fact.order_id}:{fact.seller_id}",
        title=f"{fact.seller_name} has sent your order {fact.number}",
        text=f"Tracking: {fact.tracking}" if fact.tracking else "",
        url=f"/orders/{fact.order_id}/",
        about_id=fact.seller_id,
    )


@writes_with(ReviewAnswered)
def tell_of_the_answer(fact: ReviewAnswered) -> None:
    """Once; an answer that was taken back takes its notice along."""
    key = f"answered:{fact.review_id}:{fact.seller_id}"
    if fact.what == "removed":
        Notification.objects.filter(user=fact.buyer_id, key=key).delete()
        return
    notify(
        user_id=fact.buyer_id,
        key=key,
        title=f"{fact.seller_name} answered your review",
        text=fact.title,
        url=f"/market/{fact.product_id}/#reviews",
        about_id=fact.seller_id,
    )


@writes_with(AddressNeeded)
def ask_where_it_goes(fact: AddressNeeded) -> None:
    notify(
        user_id=fact.buyer_id,
        key=f"address:{fact.order_id}",
        title=f"Say where your order {fact.number} goes",
        text="Its seller waits for an address.",
        url=f"/orders/{fact.order_id}/shipping/",
    )


@writes_with(AddressGiven)
def tell_where_it_goes(fact: AddressGiven) -> None:
    notify(
        user_id=fact.seller_id,
        key=f"address:{fact.order_id}:{fact.at}:{fact.buyer_id}",
        title=f"The address of order {fact.number} was given",
        text="It is on the page of the sale.",
        url=f"/studio/orders/{fact.order_id}/",
        about_id=fact.buyer_id,
    )


@writes_with(SaleMade)
def tell_of_the_sale(fact: SaleMade) -> None:
    net = str(Money(fact.net_cents, fact.currency))
    notify(
        user_id=fact.seller_id,
        key=f"sold:{fact.order_id}:{fact.seller_id}",
        title="You sold something",
        text=f"{net} of it is yours." if fact.net_cents else "It was given away.",
        url=f"/studio/orders/{fact.order_id}/",
    )


@writes_with(OrderChanged)
def tell_of_the_payment(fact: OrderChanged) -> None:
    """Once: what was paid may be delivered, sent or given back later, which other facts tell."""
    if fact.status in ("paid", "fulfilled"):
        title, place = "Your order is paid", f"/orders/{fact.order_id}/"
        notify(user_id=fact.buyer_id, key=f"paid:{fact.order_id}", title=title, url=place)


@writes_with(LicenseChanged)
def tell_of_the_license(fact: LicenseChanged) -> None:
    if fact.owner_id == fact.by_id:
        return
    said = f"Your licence for {fact.title} was revoked" if fact.what == "revoked" else ""
    notify(
        user_id=fact.owner_id,
        key=f"license:{fact.license_id}:{fact.what}:{fact.by_id}",
        title=said or f"{fact.by_name} gave you {fact.title}",
        text=fact.note,
        url="/library/",
        about_id=fact.by_id,
    )


@writes_with(SubscriberTold)
def tell_the_subscriber(fact: SubscriberTold) -> None:
    place = "/settings/subscription/"
    notify(
        user_id=fact.user_id,
        key=fact.key,
        title=fact.title,
        text=fact.text,
        url=place,
        kind=fact.tone,
        is_system=True,
    )


@writes_with(SellerConnected)
def tell_that_payouts_go_out(fact: SellerConnected) -> None:
    """Each time anew: an account may be held and set free again."""
    Notification.objects.filter(user=fact.seller_id, key="payouts:held").delete()
    notify(
        user_id=fact.seller_id,
        key="payouts:connected",
        title="You can be paid now",
        text="The payout provider has connected your account. What waited is on its way to you.",
        url=PAYOUTS,
    )


@writes_with(SellerDisconnected)
def tell_that_payouts_are_held(fact: SellerDisconnected) -> None:
    Notification.objects.filter(user=fact.seller_id, key="payouts:connected").delete()
    notify(
        user_id=fact.seller_id,
        key="payouts:held",
        title="You cannot be paid at the moment",
        text="The payout provider asks you for something. What you earn is kept until then.",
        url=PAYOUTS,
        kind=Notification.Kind.WARNING,
        is_system=True,
    )


REFUND_WORDS = {
    "succeeded": ("{amount} is on its way back to you", "For your {what}. Banks take a few days to show it."),
    "failed": ("Your refund did not go through", "Your {what} is as it was. You can ask again."),
    "review": ("Your refund is looked at by a person", "For your {what}. You do not need to do anything."),
}


@writes_with(RefundSettled)
def tell_of_the_refund(fact: RefundSettled) -> None:
    title, text = REFUND_WORDS[fact.status]
    what = f"order {fact.number}" if fact.order_id else "subscription"
    about = {"amount": Money(fact.amount_cents, fact.currency), "what": what}
    notify(
        user_id=fact.buyer_id,
        key=f"refund:{fact.refund_id}:{fact.status}",
        title=title.format(**about),
        text=text.format(**about),
        url=f"/orders/{fact.order_id}/" if fact.order_id else "/settings/subscription/",
    )


@writes_with(SaleRefunded)
def tell_of_the_sale_given_back(fact: SaleRefunded) -> None:
    """The seller hears of it, and the two find it in their thread."""
    amount, share = Money(fact.amount_cents, fact.currency), Money(fact.share_cents, fact.currency)
    notify(
        user_id=fact.seller_id,
        key=f"sale_refund:{fact.refund_id}:{fact.buyer_id}",
        title=f"{amount} of order {fact.number} went back to the buyer",
        text=f"Your share of it is {share}.",
        url="/studio/orders/",
        about_id=fact.buyer_id,
    )
    note_between(one_id=fact.seller_id, other_id=fact.buyer_id, text=f"{amount} of order {fact.number} was refunded.")


@writes_with(TransferChanged)
def tell_of_the_held_transfer(fact: TransferChanged) -> None:
    """What waits for the seller, or for staff; what is merely tried again is not worth a word."""
    if fact.status == "blocked":
        title = "A payout waits for you"
        text = "Connect your payout account, and it is sent."
        key = f"transfer:{fact.transfer_id}:blocked"
        notify(user_id=fact.seller_id, key=key, title=title, text=text, url="/studio/payouts/", is_system=True)


@writes_with(TransferReversed)
def tell_of_the_reversal(fact: TransferReversed) -> None:
    titles = {
        "completed": "Your share of a refund was taken back from a payout",
        "owed": "Your share of a refund is kept back from your next payouts",
    }
    key = f"reversal:{fact.reversal_id}"
    notify(user_id=fact.seller_id, key=key, title=titles[fact.status], url="/studio/payouts/")


@writes_with(DisputeChanged)
def tell_of_the_dispute(fact: DisputeChanged) -> None:
    titles = {
        "open": "Your bank asks for a payment back",
        "won": "Your bank has closed its question about a payment",
        "lost": "Your bank has taken a payment back",
    }
    key = f"dispute:{fact.payment_id}:{fact.status}"
    place = f"/orders/{fact.order_id}/" if fact.order_id else "/settings/subscription/"
    notify(user_id=fact.buyer_id, key=key, title=titles[fact.status], url=place)
