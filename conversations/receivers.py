"""When this happened, do that; in the transaction that says so, as it may not be missed, or as a job with a sweep."""

from accounts.facts import AccountErased, AccountLeaving, ExportFinished
from config.money import Money
from conversations import jobs
from conversations.models import Notification
from conversations.verbs.departures import hand_over_rooms
from conversations.verbs.notifications import forget_what_was_told_of, notify
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
from ontology.changes import receives, writes_with
from ontology.facts import (
    Commented,
    Followed,
    GraphTransferEnded,
    Liked,
    PostRemoved,
    StreamChanged,
    StreamWentLive,
    TrackChanged,
    TrackDeleted,
    TrackUploaded,
)
from ontology.models import GraphTransfer
from ontology.verbs.comments import remove_all_comments
from ontology.verbs.likes import take_back_all_likes
from ontology.verbs.search_index import forget_deleted_words
from ontology.verbs.tracks import too_long

PLACE = "/settings/privacy/"
PAYOUTS = "/studio/payouts/"
READY = ("Your copy of your data is ready", "It can be downloaded for seven days.", Notification.Kind.INFO)
FAILED = (
    "The copy of your data could not be made",
    "Nothing of yours is lost. Please ask for it again.",
    Notification.Kind.ERROR,
)


@writes_with(ExportFinished)
def tell_of_the_copy(fact: ExportFinished) -> None:
    title, text, kind = READY if fact.status == "ready" else FAILED
    notify(user_id=fact.user_id, key=f"export:{fact.export_id}", title=title, text=text, url=PLACE, kind=kind)


@writes_with(GraphTransferEnded)
def tell_of_the_transfer(fact: GraphTransferEnded) -> None:
    transfer = GraphTransfer.objects.get(pk=fact.transfer_id)
    is_done, is_export = fact.status == GraphTransfer.Status.DONE, fact.kind == GraphTransfer.Kind.EXPORT
    if is_done:
        title = "Your export of the graph is ready" if is_export else "Your import is in the graph"
        text = f"{transfer.done_lines:,} lines." + (" It can be downloaded for seven days." if is_export else "")
    else:
        title = "Your export of the graph failed" if is_export else "Your import into the graph failed"
        where = f"Line {transfer.failed_line:,}: " if transfer.failed_line else ""
        text = f"{where}{transfer.error} Nothing was {'written' if is_export else 'imported'}."
    notify(
        user_id=fact.user_id,
        key=f"graph_transfer:{fact.transfer_id}",
        title=title,
        text=text,
        url="/graph/transfers/",
        kind=Notification.Kind.INFO if is_done else Notification.Kind.ERROR,
    )


@writes_with(AccountLeaving)
def leave_the_rooms(fact: AccountLeaving) -> None:
    hand_over_rooms(user_id=fact.user_id)


@writes_with(AccountLeaving)
def take_back_what_was_counted(fact: AccountLeaving) -> None:
    take_back_all_likes(user_id=fact.user_id)
    remove_all_comments(user_id=fact.user_id)
    forget_what_was_told_of(user_id=fact.user_id)


@writes_with(AccountErased)
def leave_no_words_behind(fact: AccountErased) -> None:
    forget_deleted_words()


PLACES = {"social_post": "/posts/{id}/", "media_asset": "/tracks/{id}/", "livestream": "/live/{id}/"}
WORDS = {"social_post": "your post", "media_asset": "your track", "livestream": "your stream"}


@writes_with(Liked)
def tell_of_the_like(fact: Liked) -> None:
    if fact.owner_id and fact.owner_id != fact.user_id:
        title = f"{fact.user_name} likes {WORDS.get(fact.type, 'something of yours')}"
        key = f"like:{fact.entity_id}:{fact.user_id}"
        notify(user_id=fact.owner_id, key=key, title=title, text=fact.name, url=place_of(fact), about_id=fact.user_id)


@writes_with(Commented)
def tell_of_the_comment(fact: Commented) -> None:
    if fact.owner_id and fact.owner_id != fact.author_id:
        title = f"{fact.author_name} commented on {WORDS.get(fact.type, 'something of yours')}"
        notify(
            user_id=fact.owner_id,
            key=f"comment:{fact.comment_id}:{fact.author_id}",
            title=title,
            text=fact.text,
            url=place_of(fact),
            about_id=fact.author_id,
        )


@writes_with(Followed)
def tell_of_the_follower(fact: Followed) -> None:
    title = f"{fact.follower_name} follows you"
    place = f"/people/{fact.follower_id}/"
    notify(
        user_id=fact.followed_id,
        key=f"follow:{fact.follower_id}",
        title=title,
        url=place,
        about_id=fact.follower_id,
    )


@writes_with(PostRemoved, TrackDeleted, StreamChanged)
def tell_no_more(fact: PostRemoved | TrackDeleted | StreamChanged) -> None:
    """What is deleted is gone from every read, also from what was told of it."""
    if isinstance(fact, PostRemoved):
        place = f"/posts/{fact.post_id}/"
    elif isinstance(fact, TrackDeleted):
        place = f"/tracks/{fact.track_id}/"
    elif fact.what == "deleted":
        place = f"/live/{fact.entity_id}/"
    else:
        return
    Notification.objects.filter(url=place).delete()


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
    notify(user_id=fact.user_id, key=fact.key, title=fact.title, text=fact.text, url=place, kind=fact.tone)


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
    )


@receives(StreamWentLive)
def tell_the_followers(fact: StreamWentLive) -> None:
    """Followers may be many, so a job tells them; while the stream is on air a sweep goes on where one was lost."""
    jobs.tell_followers.delay(stream_id=str(fact.entity_id))


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
        notify(user_id=fact.seller_id, key=key, title=title, text=text, url="/studio/payouts/")


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


@receives(TrackUploaded, TrackChanged)
def tell_of_the_track(fact: TrackUploaded | TrackChanged) -> None:
    """As of a stream: once it can be heard by all, a job tells the followers, and a sweep goes on where one was lost."""
    if "published" in (getattr(fact, "status", ""), getattr(fact, "what", "")):
        jobs.tell_of_track.delay(track_id=str(fact.track_id))


@writes_with(TrackChanged)
def tell_of_the_withdrawal(fact: TrackChanged) -> None:
    """Its followers find it no more, and its owner learns why."""
    if fact.what != "withdrawn":
        return
    Notification.objects.filter(key=f"track:{fact.track_id}:{fact.owner_id}").delete()
    notify(
        user_id=fact.owner_id,
        key=f"withdrawn:{fact.track_id}",
        title=f"{fact.title[:80]} is a draft again",
        text=f"{too_long()} Nobody but you hears it.",
        url=f"/tracks/{fact.track_id}/",
        kind=Notification.Kind.WARNING,
    )


def place_of(fact: Liked | Commented) -> str:
    return PLACES.get(fact.type, "/graph/{id}/").format(id=fact.entity_id)
