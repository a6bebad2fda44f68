from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text, Whole
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.paging import window
from marketplace.api.veza.shapes import REVIEW, PageIn, ReviewOut, ReviewsOut, review_out, review_row
from marketplace.models import Review
from marketplace.verbs.review_answers import LONGEST_ANSWER, answer_review, remove_answer
from marketplace.verbs.reviews import LONGEST, change_review, product_seen, remove_review, review_product


class ReviewIn(serializers.Serializer):
    rating = Whole(min_value=1, max_value=5)
    comment = Text(max_length=LONGEST, allow_blank=True, allow_null=True, default="")


class AnswerIn(serializers.Serializer):
    answer = Text(max_length=LONGEST_ANSWER)


class RemovedReviewOut(serializers.Serializer):
    message = serializers.CharField()


class Reviews(VezaViewSet):
    """Document veza.txt, "Reviews"; what a seller answers is ours."""

    def get_permissions(self):
        return [AllowAny()] if self.action == "list" else [IsAuthenticated()]

    @documented(query=PageIn, gives=ReviewsOut)
    def list(self, request, product_id):
        asked = window(request.query_params)
        product = product_seen(product_id=product_id, by=request.user)
        rows = Review.objects.shown().filter(product=product).order_by("-created_at", "-id")
        found = rows.values(*REVIEW)[asked.offset : asked.offset + asked.limit]
        return Response({"reviews": [review_out(row) for row in found], "total": product.rating_count})

    @documented(takes=ReviewIn, gives=ReviewOut)
    def update(self, request, product_id):
        """Other words and stars for the caller's own review."""
        review = change_review(product_id=product_id, by=request.user, **self.given(ReviewIn))
        return Response(review_out(review_row(review)))

    @documented(gives=RemovedReviewOut)
    def remove(self, request, product_id):
        """Take the caller's own review back."""
        remove_review(product_id=product_id, by=request.user)
        return Response({"message": "Review removed"})

    @documented(takes=ReviewIn, gives=ReviewOut, status=201)
    def create(self, request, product_id):
        review = review_product(product_id=product_id, by=request.user, **self.given(ReviewIn))
        return Response(review_out(review_row(review)), status=201)

    @documented(takes=AnswerIn, gives=ReviewOut)
    def answer(self, request, product_id, review_id):
        """The seller's answer, shown with the review; other words take its place."""
        given = self.given(AnswerIn)
        review = answer_review(product_id=product_id, review_id=review_id, by=request.user, **given)
        return Response(review_out(review_row(review)))

    @documented(gives=RemovedReviewOut)
    def remove_answer(self, request, product_id, review_id):
        """The seller takes the answer back."""
        remove_answer(product_id=product_id, review_id=review_id, by=request.user)
        return Response({"message": "Answer removed"})
