import pytest

from config.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.models import Order, OrderLine, Product, Review
from marketplace.verbs.reviews import product_reviewed, review_product
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
