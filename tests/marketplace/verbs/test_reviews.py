import pytest

from config.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.models import Order, OrderLine, Product, Review
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.orders import place_order
from marketplace.verbs.products import update_product
from marketplace.verbs.reviews import change_review, product_seen, remove_review, review_product
from ontology.models import Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, given_back, paid_order, pay

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


class TestProductSeen:
    @pytest.mark.parametrize("status", ["archived", "draft"])
    def test_shows_what_is_off_the_market_to_those_alone_who_know_it(self, user, stranger, status):
        product = ProductFactory()
        paid_order(by=user, product=product)
        Product.objects.update(status=status)
        for who in (user, product.seller):
            assert product_seen(product_id=product.pk, by=who) == product
        with pytest.raises(NotFound):
            product_seen(product_id=product.pk, by=stranger)

    def test_lets_a_buyer_write_though_it_was_made_a_draft(self, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        update_product(product_id=product.pk, status="draft", by=product.seller)
        review_product(product_id=product.pk, rating=1, by=user)
        assert Event.objects.get(metadata__what="reviewed").is_private is True


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


class TestWithdrawReviews:
    @pytest.fixture
    def product(self):
        product = ProductFactory()
        other = UserFactory()
        paid_order(by=other, product=product)
        review_product(product_id=product.pk, rating=5, by=other)
        return product

    def reviewed(self, product, by):
        order = paid_order(by=by, product=product)
        review_product(product_id=product.pk, rating=1, comment="Bad", by=by)
        return order

    def stands(self, product):
        """Stars, how many, and what is shown."""
        product.refresh_from_db()
        shown = Review.objects.shown().filter(product=product).order_by("rating").values_list("rating", flat=True)
        return product.rating_sum, product.rating_count, product.rating_score, list(shown)

    def test_comes_with_the_money_back(self, user, product):
        order = self.reviewed(product, user)
        assert self.stands(product) == (6, 2, 300, [1, 5])

        given_back(order)

        assert self.stands(product) == (5, 1, 500, [5])
        assert Event.objects.get(metadata__what="review_withdrawn").actor_id == user.pk
        with pytest.raises(Forbidden):
            change_review(product_id=product.pk, rating=2, by=user)

    def test_comes_when_the_bank_takes_all(self, user, product):
        order = self.reviewed(product, user)
        apply_dispute(provider_id=order.payments.get().provider_id, dispute="lost")
        assert self.stands(product) == (5, 1, 500, [5])

    def test_waits_for_the_last_cent(self, user, product):
        order = self.reviewed(product, user)
        given_back(order, amount_cents=2998, by=product.seller)
        assert self.stands(product) == (6, 2, 300, [1, 5])
        given_back(order, by=product.seller)
        assert self.stands(product) == (5, 1, 500, [5])

    def test_leaves_who_has_it_from_another_order(self, user, product):
        order = self.reviewed(product, user)
        paid_order(by=user, product=product)
        given_back(order)
        assert self.stands(product) == (6, 2, 300, [1, 5])

    def test_leaves_the_other_things_of_the_order(self, user, product):
        book = ProductFactory(price_cents=500)
        items = [{"product_id": str(one.pk), "quantity": 1} for one in (product, book)]
        order = pay(place_order(items=items, by=user))
        for one in (product, book):
            review_product(product_id=one.pk, rating=1, by=user)
        given_back(order, line_ids=[order.lines.get(product=book).pk])
        assert (self.stands(product), self.stands(book)) == ((6, 2, 300, [1, 5]), (0, 0, 0, []))

    def test_is_over_with_a_new_purchase_and_new_words(self, user, product):
        given_back(self.reviewed(product, user))
        again = paid_order(by=user, product=product)
        assert self.stands(product) == (5, 1, 500, [5])
        with pytest.raises(NotFound):
            change_review(product_id=product.pk, rating=2, by=user)

        review = review_product(product_id=product.pk, rating=3, comment="Better", by=user)

        review.refresh_from_db()
        assert (review.order_id, review.comment, review.withdrawn_at) == (again.pk, "Better", None)
        assert self.stands(product) == (8, 2, 400, [3, 5])

    def test_lets_its_writer_erase_it_without_counting_twice(self, user, product):
        given_back(self.reviewed(product, user))
        remove_review(product_id=product.pk, by=user)
        assert (self.stands(product), Review.objects.count()) == ((5, 1, 500, [5]), 1)
