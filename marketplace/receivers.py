"""When this happened, do that: facts become jobs."""

from django.contrib.auth import user_logged_in
from django.dispatch import receiver

from accounts.facts import AccountLeaving
from accounts.verbs.audit import keep_change
from marketplace import jobs
from marketplace.facts import (
    DisputeChanged,
    LicenseChanged,
    OrderChanged,
    PaymentOpened,
    RefundRequested,
    RefundSettled,
    SaleMade,
    SaleRefunded,
    SellerAccountChanged,
    SellerConnected,
    SubscriptionChanged,
    TransferChanged,
    TransferReversed,
)
from marketplace.models import Cart
from marketplace.verbs.cancellations import end_for_departure
from marketplace.verbs.carts import merge_carts
from marketplace.verbs.departures import call_off_orders
from marketplace.verbs.licenses import forget_giver
from marketplace.verbs.product_files import drop_unsold_files
from marketplace.verbs.products import let_go_of_track
from marketplace.verbs.review_answers import forget_answers
from ontology.changes import receives, writes_with
from ontology.facts import Fact, TrackDeleted


@receiver(user_logged_in)
def bring_the_cart_along(request, user, **_):
    """What a visitor chose is theirs after signing in; the cart says on its next showing what did not fit."""
    token = request.get_signed_cookie(Cart.COOKIE, default=None, salt=Cart.COOKIE, max_age=Cart.FORGOTTEN_AFTER)
    merged = merge_carts(token=token, by=user) if token else None
    if merged and (merged.capped or merged.left_out):
        request.session["cart_merged"] = {"capped": merged.capped, "left_out": merged.left_out}


@receives(PaymentOpened)
def let_the_sandbox_decide(fact: PaymentOpened) -> None:
    jobs.sandbox_settle.delay(fact.provider_id)


@receives(SaleMade)
def pay_the_seller(fact: SaleMade) -> None:
    jobs.attempt_transfers_of.delay(str(fact.seller_id))


@receives(SellerConnected)
def pay_what_waited(fact: SellerConnected) -> None:
    jobs.attempt_transfers_of.delay(str(fact.seller_id))


@writes_with(TrackDeleted)
def sell_it_no_more(fact: TrackDeleted) -> None:
    let_go_of_track(track_id=fact.track_id)


@writes_with(AccountLeaving)
def charge_them_no_more(fact: AccountLeaving) -> None:
    end_for_departure(user_id=fact.user_id)


@writes_with(AccountLeaving)
def want_nothing_more(fact: AccountLeaving) -> None:
    call_off_orders(user_id=fact.user_id)


@writes_with(AccountLeaving)
def leave_buyers_what_they_have(fact: AccountLeaving) -> None:
    drop_unsold_files(user_id=fact.user_id)
    forget_giver(user_id=fact.user_id)
    forget_answers(user_id=fact.user_id)


@receives(RefundRequested)
def tell_the_provider(fact: RefundRequested) -> None:
    jobs.attempt_refund.delay(str(fact.refund_id))


@receives(SaleRefunded)
def take_the_share_back(fact: SaleRefunded) -> None:
    """And what was held for the refund is sent now, less what went back."""
    jobs.attempt_reversals_of.delay(str(fact.refund_id))
    jobs.attempt_transfers_of.delay(str(fact.seller_id))


@receives(SellerAccountChanged)
def read_the_account(fact: SellerAccountChanged) -> None:
    jobs.refresh_seller.delay(str(fact.seller_id))


AUDITED: dict[type[Fact], tuple[str, str]] = {
    OrderChanged: ("order {fact.status}", "order_id"),
    TransferChanged: ("transfer {fact.status}", "transfer_id"),
    RefundSettled: ("refund {fact.status}", "refund_id"),
    TransferReversed: ("reversal {fact.status}", "reversal_id"),
    DisputeChanged: ("dispute {fact.status}", "payment_id"),
    LicenseChanged: ("licence {fact.what}", "license_id"),
    SubscriptionChanged: ("subscription {fact.what}: {fact.status}", "subscription_id"),
}
"""What the audit log says of a change, and which field names the row it is about."""


@writes_with(*AUDITED)
def keep_in_the_audit(fact: Fact) -> None:
    words, field = AUDITED[type(fact)]
    keep_change(action=words.format(fact=fact), resource=getattr(fact, field))
