import pytest

from config.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.models import Order, OrderLine, Product, Review
from marketplace.verbs.reviews import change_review, product_reviewed, remove_review, review_product
from ontology.models import Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order

pytestmark = pytest.mark.django_db


class TestReviewProduct:
    def test_keeps_the_review_and_counts_it(self, user):
        product = ProductFactory()
        order = paid_order(by=user, product=product)
        review = review_product(product_id=product.pk, rating=4, comment=" Good ", by=user)
        other = UserFactory()
        paid_order(by=other, product=product)
        review_product(product_id=product.pk, rating=5, by=other)

        product.refresh_from_db()
        assert (review.order_id, review.rating, review.comment) == (order.pk, 4, "Good")
        assert (product.rating_sum, product.rating_count, product.rating_score, product.rating_average) == (
            9,
            2,
            450,
            4.5,
        )

    def test_needs_a_paid_purchase(self, user):
        product = ProductFactory()
        OrderFactory(by=user, product=product, payment_method="card_review")
        with pytest.raises(Forbidden) as refused:
            review_product(product_id=product.pk, rating=5, by=user)
        assert refused.value.code == "not_purchased"

    def test_is_not_for_what_was_refunded_in_full(self, user):
        product = ProductFactory()
        order = paid_order(by=user, product=product)
        OrderLine.objects.update(refunded_cents=2999)
        Order.objects.filter(pk=order.pk).update(status="partially_refunded")
        with pytest.raises(Forbidden):
            review_product(product_id=product.pk, rating=5, by=user)

    def test_is_not_for_a_refunded_order_but_for_a_free_product(self, user):
        order = paid_order(by=user, product=ProductFactory())
        Order.objects.filter(pk=order.pk).update(status="refunded")
        with pytest.raises(Forbidden):
            review_product(product_id=order.lines.get().product_id, rating=5, by=user)
        free = ProductFactory(price_cents=0)
        OrderFactory(by=user, product=free)
        assert review_product(product_id=free.pk, rating=5, by=user).rating == 5

    def test_is_not_for_the_seller(self, user):
        product = ProductFactory(by=user)
        paid_order(by=user, product=product)
        with pytest.raises(Forbidden):
            review_product(product_id=product.pk, rating=5, by=user)

    def test_is_given_once(self, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        review_product(product_id=product.pk, rating=5, by=user)
        with pytest.raises(Conflict):
            review_product(product_id=product.pk, rating=1, by=user)
        assert (Review.objects.count(), Product.objects.get(pk=product.pk).rating_count) == (1, 1)

    @pytest.mark.parametrize("rating", [0, 6, "5", 4.5, True, None])
    def test_refuses_a_wrong_rating(self, user, rating):
        product = ProductFactory()
        paid_order(by=user, product=product)
        with pytest.raises(Invalid):
            review_product(product_id=product.pk, rating=rating, by=user)

    def test_is_remembered_with_what_became_of_it(self, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        review_product(product_id=product.pk, rating=4, by=user)
        change_review(product_id=product.pk, rating=2, by=user)
        remove_review(product_id=product.pk, by=user)
        told = Event.objects.filter(actor=user.pk, target=product.pk, metadata__has_key="rating").order_by("pk")
        assert [(event.type, event.metadata) for event in told] == [
            ("ugc_created", {"what": "reviewed", "rating": 4}),
            ("content_changed", {"what": "review_changed", "rating": 2}),
            ("content_changed", {"what": "review_removed", "rating": 2}),
        ]


class TestProductReviewed:
    def test_hides_drafts_and_what_left_the_market(self, user, stranger):
        product = ProductFactory()
        paid_order(by=user, product=product)
        Product.objects.update(status="archived")
        assert product_reviewed(product_id=product.pk, by=user) == product
        with pytest.raises(NotFound):
            product_reviewed(product_id=product.pk, by=stranger)
        Product.objects.update(status="draft")
        with pytest.raises(NotFound):
            product_reviewed(product_id=product.pk, by=user)


class TestChangeReview:
    @pytest.fixture
    def product(self, user):
        product = ProductFactory()
        for buyer, rating in ((user, 4), (UserFactory(), 5)):
            paid_order(by=buyer, product=product)
            review_product(product_id=product.pk, rating=rating, comment="Good", by=buyer)
        return product

    def sums(self, product):
        product.refresh_from_db()
        return product.rating_sum, product.rating_count, product.rating_score

    def test_counts_the_new_stars_for_the_old(self, user, product):
        review = change_review(product_id=str(product.pk), rating=1, comment=" Worse ", by=user)
        review.refresh_from_db()
        assert (review.rating, review.comment, review.edited_at is not None) == (1, "Worse", True)
        assert self.sums(product) == (6, 2, 300)

    def test_removes_and_may_be_written_again(self, user, product):
        remove_review(product_id=product.pk, by=user)
        assert self.sums(product) == (5, 1, 500)
        review_product(product_id=product.pk, rating=2, by=user)
        assert self.sums(product) == (7, 2, 350)

    def test_of_the_last_one_leaves_no_rating(self, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        review_product(product_id=product.pk, rating=4, by=user)
        remove_review(product_id=product.pk, by=user)
        assert (self.sums(product), product.rating_average) == ((0, 0, 0), None)

    def test_is_ones_own(self, product):
        someone = UserFactory()
        paid_order(by=someone, product=product)
        for attempt in (
            lambda: change_review(product_id=product.pk, rating=1, by=someone),
            lambda: remove_review(product_id=product.pk, by=someone),
            lambda: change_review(product_id="nothing", rating=1, by=someone),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert self.sums(product) == (9, 2, 450)

    @pytest.mark.parametrize("rating", [0, 6, "5", 4.5, None, True])
    def test_refuses_a_wrong_rating(self, user, product, rating):
        with pytest.raises(Invalid):
            change_review(product_id=product.pk, rating=rating, by=user)
        assert self.sums(product) == (9, 2, 450)

    def test_may_be_taken_back_but_not_reworded_after_a_refund(self, user, product):
        Order.objects.filter(buyer=user).update(status="refunded")
        with pytest.raises(Forbidden):
            change_review(product_id=product.pk, rating=1, by=user)
        remove_review(product_id=product.pk, by=user)
        assert self.sums(product) == (5, 1, 500)
