"""What buyers think of what they bought: published, reworded and taken back; the product's average follows at once.

A review goes with the purchase that it rests on: what was given back in full withdraws it, until its writer buys again and
writes anew. The order's lock comes first and then the product's, as in a refund; a product's lock keeps its reviews.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, IntegerField, Value, When
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import lookup_id
from marketplace.facts import ProductChanged
from marketplace.models import License, Order, OrderLine, Product, Review
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

LONGEST = 2000


@transaction.atomic
def review_product(*, product_id: UUID | str, rating: Any, comment: str = "", by: User) -> Review:
    """A buyer's review. Forbidden without a paid line that was not wholly refunded; Conflict for a second one.

    One that a refund had withdrawn is written over: it begins anew.
    """
    product = product_seen(product_id=product_id, by=by)
    words = _checked(rating, comment)
    order_id = _purchase(product, by)
    _lock_product(product.pk)
    review = Review.objects.filter(product=product, buyer=by).first()
    if review is not None and review.withdrawn_at is None:
        raise Conflict("You reviewed this already", code="already_reviewed")
    review = review or Review(product=product, buyer=by)
    review.order_id, review.rating, review.comment = order_id, rating, words
    review.answer, review.answered_at, review.edited_at, review.withdrawn_at = "", None, None, None
    review.created_at = now()
    review.save()
    _count(product.pk, rating, 1)
    _tell(review, product, EventType.UGC_CREATED, "reviewed")
    return review


@transaction.atomic
def change_review(*, product_id: UUID | str, rating: Any, comment: str = "", by: User) -> Review:
    """Other words and stars for one's own review. NotFound without one; Forbidden once the purchase was given back."""
    review = _own(product_id, by)
    words = _checked(rating, comment)
    if order_that_allows(review.product, by) is None:
        raise Forbidden("Only people who bought this can review it", code="not_purchased")
    if review.withdrawn_at:
        raise NotFound("You have not reviewed this")
    _count(review.product_id, rating - review.rating, 0)
    review.rating, review.comment, review.edited_at = rating, words, now()
    review.save(update_fields=["rating", "comment", "edited_at"])
    _tell(review, review.product, EventType.CONTENT_CHANGED, "review_changed")
    return review


@transaction.atomic
def remove_review(*, product_id: UUID | str, by: User) -> None:
    """Take one's own review back; its stars are not counted any more. Another one may be written later."""
    review = _own(product_id, by)
    review.delete()
    if review.withdrawn_at is None:
        _count(review.product_id, -review.rating, -1)
        _tell(review, review.product, EventType.CONTENT_CHANGED, "review_removed")


def withdraw_reviews(*, buyer_id: UUID, product_ids: Iterable[UUID]) -> None:
    """Of these products, what the buyer wrote about those that they have bought no more is neither shown nor counted.

    Called in the transaction that gives the money back; its products' rows are locked.
    """
    theirs = Review.objects.filter(buyer=buyer_id, product__in=list(product_ids), withdrawn_at=None)
    for review in theirs.select_related("product", "buyer").order_by("product"):
        if order_that_allows(review.product, review.buyer) is None:
            Review.objects.filter(pk=review.pk).update(withdrawn_at=now())
            _count(review.product_id, -review.rating, -1)
            _tell(review, review.product, EventType.CONTENT_CHANGED, "review_withdrawn")


def product_seen(*, product_id: UUID | str, by: Any) -> Product:
    """A product that may be looked at, with its reviews: on the market, or bought, owned or made by the reader."""
    product = Product.objects.select_related("seller").filter(pk=lookup_id(product_id)).first()
    if product is None or not (product.status == Product.Status.ACTIVE or _is_known(product, by)):
        raise NotFound("Product not found")
    return product


def _is_known(product: Product, by: Any) -> bool:
    """Whether it is this reader's affair also off the market."""
    if not by.is_authenticated:
        return False
    is_owned = License.objects.active().filter(product=product, owner=by)
    return bool(by.is_staff or product.seller_id == by.pk or order_that_allows(product, by) or is_owned.exists())


def order_that_allows(product: Product, by: User) -> UUID | None:
    """The latest paid order of `by` with this product that was not refunded in full. One's own product is nobody's purchase."""
    if product.seller_id == by.pk:
        return None
    kept = OrderLine.objects.filter(product=product, order__buyer=by, order__status__in=Order.PAID_STATES)
    kept = kept.exclude(order__status=Order.Status.REFUNDED).exclude(
        refunded_cents__gt=0, refunded_cents=F("gross_cents")
    )
    return kept.order_by("-order__created_at").values_list("order_id", flat=True).first()


def _purchase(product: Product, by: User) -> UUID:
    """The order that allows it, locked: a refund that comes at the same time waits, or was there first."""
    if seen := order_that_allows(product, by):
        list(Order.objects.select_for_update(no_key=True).filter(pk=seen).values_list("pk"))
    order_id = order_that_allows(product, by)
    if order_id is None:
        raise Forbidden("Only people who bought this can review it", code="not_purchased")
    return order_id


def _lock_product(product_id: UUID) -> None:
    list(Product.objects.select_for_update(no_key=True).filter(pk=product_id).values_list("pk"))


def _own(product_id: UUID | str, by: User) -> Review:
    key = lookup_id(product_id)
    _lock_product(key)
    review = Review.objects.select_related("product").filter(product=key, buyer=by).first()
    if review is None:
        raise NotFound("You have not reviewed this")
    return review


def _checked(rating: Any, comment: Any) -> str:
    """The comment as it is kept; Invalid where it or the rating is none."""
    if type(rating) is not int or not 1 <= rating <= 5:
        raise Invalid("rating: Must be a whole number from 1 to 5.", details={"rating": ["Must be from 1 to 5."]})
    if not isinstance(comment, str) or len(comment) > LONGEST or "\0" in comment:
        raise Invalid(details={"comment": [f"Must be a text of at most {LONGEST} characters."]})
    return comment.strip()


def _count(product_id: UUID, stars: int, reviews: int) -> None:
    """Add to the product's sums in the database itself, so that two at once both count."""
    total, count = F("rating_sum") + stars, F("rating_count") + reviews
    score = Case(When(rating_count=-reviews, then=Value(0)), default=total * 100 / count, output_field=IntegerField())
    Product.objects.filter(pk=product_id).update(rating_sum=total, rating_count=count, rating_score=score)


def _tell(review: Review, product: Product, event: EventType, what: str) -> None:
    log(
        type=event,
        actor_id=review.buyer_id,
        target_id=product.pk,
        metadata={"what": what, "rating": review.rating},
        is_private=product.status == Product.Status.DRAFT,
    )
    publish(ProductChanged(product_id=product.pk, seller_id=product.seller_id, what=what))
