from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

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
    if type(rating) is not int or not 1 <= rating <= 5:
        raise Invalid("rating: Must be a whole number from 1 to 5.", details={"rating": ["Must be from 1 to 5."]})
    if not isinstance(comment, str) or len(comment) > LONGEST or "\0" in comment:
        raise Invalid(details={"comment": [f"Must be a text of at most {LONGEST} characters."]})
    order_id = order_that_allows(product, by)
    if order_id is None:
        raise Forbidden("Only people who bought this can review it", code="not_purchased")
    try:
        with transaction.atomic():
            review = Review.objects.create(
                product=product, buyer=by, order_id=order_id, rating=rating, comment=comment.strip()
            )
            _count(product, rating)
            log(type=EventType.UGC_CREATED, actor_id=by.pk, target_id=product.pk, metadata={"rating": rating})
            publish(ProductChanged(product_id=product.pk, seller_id=product.seller_id, what="reviewed"))
    except IntegrityError:
        raise Conflict("You reviewed this already", code="already_reviewed") from None
    return review


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


def _count(product: Product, rating: int) -> None:
    total, count = F("rating_sum") + rating, F("rating_count") + 1
    Product.objects.filter(pk=product.pk).update(rating_sum=total, rating_count=count, rating_score=total * 100 / count)
