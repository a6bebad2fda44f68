"""What buyers think of what they bought: published, reworded and taken back; the product's average follows at once."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, IntegerField, Value, When
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import parse_id
from marketplace.facts import ProductChanged
from marketplace.models import Order, OrderLine, Product, Review
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

LONGEST = 2000


def review_product(*, product_id: UUID | str, rating: Any, comment: str = "", by: User) -> Review:
    """A buyer's review. Forbidden without a paid line that was not wholly refunded; Conflict for a second one."""
    product = product_reviewed(product_id=product_id, by=by)
    words = _checked(rating, comment)
    order_id = order_that_allows(product, by)
    if order_id is None:
        raise Forbidden("Only people who bought this can review it", code="not_purchased")
    try:
        with transaction.atomic():
            review = Review.objects.create(product=product, buyer=by, order_id=order_id, rating=rating, comment=words)
            _count(product.pk, rating, 1)
            _tell(review, product, EventType.UGC_CREATED, "reviewed")
    except IntegrityError:
        raise Conflict("You reviewed this already", code="already_reviewed") from None
    return review


@transaction.atomic
def change_review(*, product_id: UUID | str, rating: Any, comment: str = "", by: User) -> Review:
    """Other words and stars for one's own review. NotFound without one; Forbidden once the purchase was given back."""
    review = _own(product_id, by)
    words = _checked(rating, comment)
    if order_that_allows(review.product, by) is None:
        raise Forbidden("Only people who bought this can review it", code="not_purchased")
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
    _count(review.product_id, -review.rating, -1)
    _tell(review, review.product, EventType.CONTENT_CHANGED, "review_removed")


def product_reviewed(*, product_id: UUID | str, by: Any) -> Product:
    """A product whose reviews may be read: on the market, or bought or made by the reader."""
    key = parse_id(product_id)
    product = Product.objects.filter(pk=key).exclude(status=Product.Status.DRAFT).first() if key else None
    if product is None:
        raise NotFound("Product not found")
    is_known = by.is_authenticated and (by.is_staff or product.seller_id == by.pk or order_that_allows(product, by))
    if product.status != Product.Status.ACTIVE and not is_known:
        raise NotFound("Product not found")
    return product


def order_that_allows(product: Product, by: User) -> UUID | None:
    """The latest paid order of `by` with this product that was not refunded in full. One's own product is nobody's purchase."""
    if product.seller_id == by.pk:
        return None
    kept = OrderLine.objects.filter(product=product, order__buyer=by, order__status__in=Order.PAID_STATES)
    kept = kept.exclude(order__status=Order.Status.REFUNDED).exclude(
        refunded_cents__gt=0, refunded_cents=F("gross_cents")
    )
    return kept.order_by("-order__created_at").values_list("order_id", flat=True).first()


def _own(product_id: UUID | str, by: User) -> Review:
    key = parse_id(product_id)
    mine = Review.objects.select_for_update(of=("self",)).select_related("product")
    review = mine.filter(product=key, buyer=by).first() if key else None
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
    log(type=event, actor_id=review.buyer_id, target_id=product.pk, metadata={"what": what, "rating": review.rating})
    publish(ProductChanged(product_id=product.pk, seller_id=product.seller_id, what=what))
