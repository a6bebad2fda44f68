"""What the seller of a product says to a review: one answer, shown beneath it, theirs to change and to take back."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Forbidden, Invalid, NotFound
from config.ids import lookup_id
from marketplace.facts import ProductChanged, ReviewAnswered
from marketplace.models import Product, Review
from marketplace.verbs.reviews import product_seen
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

LONGEST_ANSWER = 2000


@transaction.atomic
def answer_review(*, product_id: UUID | str, review_id: UUID | str, answer: Any, by: User) -> Review:
    """Answer a review of one's own product, or put other words for the answer; its writer hears of the first ones.

    NotFound for a review that is not shown; Forbidden for who is not the seller; Invalid for no text or too long a one.
    """
    review = _theirs(product_id, review_id, by)
    if not isinstance(answer, str) or "\0" in answer or not 1 <= len(answer.strip()) <= LONGEST_ANSWER:
        sentence = f"Must be a text of 1 to {LONGEST_ANSWER} characters."
        raise Invalid(f"answer: {sentence}", details={"answer": [sentence]})
    what = "changed" if review.answer else "answered"
    review.answer, review.answered_at = answer.strip(), now()
    review.save(update_fields=["answer", "answered_at"])
    _tell(review, what)
    return review


@transaction.atomic
def remove_answer(*, product_id: UUID | str, review_id: UUID | str, by: User) -> Review:
    """Take the answer back. NotFound where there is none; otherwise as `answer_review`."""
    review = _theirs(product_id, review_id, by)
    if not review.answer:
        raise NotFound("This review has no answer")
    review.answer, review.answered_at = "", None
    review.save(update_fields=["answer", "answered_at"])
    _tell(review, "removed")
    return review


def forget_answers(*, user_id: UUID) -> None:
    """What somebody answered to their buyers goes with them."""
    Review.objects.filter(product__seller=user_id).exclude(answer="").update(answer="", answered_at=None)


def _theirs(product_id: UUID | str, review_id: UUID | str, by: User) -> Review:
    product = product_seen(product_id=product_id, by=by)
    if product.seller_id != by.pk:
        raise Forbidden("Only who sells this can answer its reviews")
    review = (
        Review.objects.shown()
        .select_for_update(of=("self",))
        .select_related("product")
        .filter(product=product, pk=lookup_id(review_id))
        .first()
    )
    if review is None:
        raise NotFound("Review not found")
    return review


def _tell(review: Review, what: str) -> None:
    product = review.product
    log(
        type=EventType.CONTENT_CHANGED,
        actor_id=product.seller_id,
        target_id=product.pk,
        metadata={"what": "review_answered" if what == "answered" else f"answer_{what}", "review_id": str(review.pk)},
        is_private=product.status == Product.Status.DRAFT,
    )
    publish(ProductChanged(product_id=product.pk, seller_id=product.seller_id, what="review_answered"))
    publish(
        ReviewAnswered(
            review_id=review.pk,
            product_id=product.pk,
            title=product.title,
            buyer_id=review.buyer_id,
            seller_id=product.seller_id,
            seller_name=product.seller.display_name,
            what=what,
        )
    )
