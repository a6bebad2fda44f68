"""Two tabs, two sign-ins, two sellers' hands at once: by real threads, on SQLite and on PostgreSQL alike."""

from collections import Counter

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Mail
from marketplace.models import Cart, CartItem, Order, Product, Review
from marketplace.verbs.carts import add_to_cart, merge_carts
from marketplace.verbs.orders import place_order, place_order_once
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.reviews import change_review, remove_review, review_product
from marketplace.verbs.shipping import mark_sent
from marketplace.verbs.stock import return_stock
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, paid_order, pay, settle_refund
from tests.marketplace.verbs.test_at_once import at_once, items_of, outcome

pytestmark = pytest.mark.django_db(transaction=True)


class TestCartAtOnce:
    def test_adds_up_from_all_tabs(self, user):
        product = ProductFactory()
        results = at_once(*[lambda: add_to_cart(product_id=product.pk, quantity=2, by=user)] * 8)
        assert Counter(map(outcome, results)) == {"Added": 8}
        assert (Cart.objects.count(), CartItem.objects.get().quantity) == (1, 16)

    def test_is_merged_once_however_often_one_signs_in(self, user):
        product = ProductFactory()
        add_to_cart(product_id=product.pk, quantity=1, by=user)
        token = add_to_cart(product_id=product.pk, quantity=5, by=AnonymousUser()).token
        results = at_once(*[lambda: merge_carts(token=token, by=user)] * 5)
        assert Counter(map(outcome, results)) == {"Merged": 5}
        assert (Cart.objects.count(), CartItem.objects.get().quantity) == (1, 6)

    def test_is_checked_out_once_by_a_double_click(self, user):
        first, second = ProductFactory(stock=5), ProductFactory(stock=5)
        for product in (first, second):
            add_to_cart(product_id=product.pk, by=user)

        def press():
            return place_order_once(
                items=items_of(first, second),
                from_cart=True,
                seen_cents=5998,
                by=user,
                key="k",
                route="page:cart",
                answer=lambda order: {"id": str(order.pk)},
            )

        results = at_once(*[press] * 6)
        assert set(map(outcome, results)) <= {"Placed", "idempotency_in_progress"}
        assert (Order.objects.count(), CartItem.objects.count()) == (1, 0)
        assert set(Product.objects.values_list("stock", flat=True)) == {4}

    def test_keeps_what_another_tab_adds_while_one_pays(self, user):
        product = ProductFactory(stock=50)
        add_to_cart(product_id=product.pk, by=user)
        results = at_once(
            lambda: place_order(items=items_of(product), from_cart=True, by=user),
            *[lambda: add_to_cart(product_id=product.pk, by=user)] * 4,
        )
        assert Counter(map(outcome, results)) == {"Order": 1, "Added": 4}
        assert CartItem.objects.get().quantity == 4


class TestMarkSentAtOnce:
    def test_sends_once_and_writes_once(self, user, stranger):
        order = paid_order(by=user, product=ProductFactory(by=stranger, kind="physical"))
        results = at_once(*[lambda: mark_sent(order_id=order.pk, by=stranger)] * 5)
        assert Counter(map(outcome, results)) == {"list": 1, "nothing_to_send": 4}
        order.refresh_from_db()
        assert (order.status, Mail.objects.filter(template="store/order_sent").count()) == ("fulfilled", 1)

    def test_of_two_sellers_fulfils_the_order(self, user, stranger):
        other = UserFactory()
        products = [ProductFactory(by=seller, kind="physical") for seller in (stranger, other)]
        order = pay(place_order(items=items_of(*products), by=user))
        results = at_once(*(lambda by=by: mark_sent(order_id=order.pk, by=by) for by in (stranger, other)))
        assert Counter(map(outcome, results)) == {"list": 2}
        order.refresh_from_db()
        assert order.status == "fulfilled"


class TestReturnStockAtOnce:
    def test_puts_each_piece_back_once(self, user):
        product = ProductFactory(kind="physical", stock=5)
        order = paid_order(by=user, product=product, quantity=3)
        ids = list(order.lines.values_list("pk", flat=True))
        results = at_once(*[lambda: return_stock(line_ids=ids)] * 5)
        assert sorted(results) == [0, 0, 0, 0, 3]
        product.refresh_from_db()
        assert product.stock == 5


class TestReviewsAtOnce:
    def test_count_what_is_there_in_the_end(self, user):
        product = ProductFactory()
        buyers = [user, *(UserFactory() for _ in range(3))]
        for buyer in buyers:
            paid_order(by=buyer, product=product)
            review_product(product_id=product.pk, rating=3, by=buyer)
        calls = [lambda by=by: change_review(product_id=product.pk, rating=5, by=by) for by in buyers[:2]]
        calls += [lambda by=by: remove_review(product_id=product.pk, by=by) for by in buyers[2:]]
        results = at_once(*calls)
        assert Counter(map(outcome, results)) == {"Review": 2, "NoneType": 2}
        product.refresh_from_db()
        assert (product.rating_sum, product.rating_count, product.rating_score) == (10, 2, 500)

    def test_and_money_back_never_wait_for_each_other(self, user):
        """Two orders with the same things, a parcel and a song in either, go back while others write of them."""
        products = [
            ProductFactory(kind="physical", stock=9),
            ProductFactory(),
            ProductFactory(kind="physical", stock=9),
        ]
        items = [{"product_id": str(product.pk), "quantity": 1} for product in products]
        buyers = [user, *(UserFactory() for _ in range(3))]
        orders = [pay(place_order(items=items, by=buyer)) for buyer in buyers]
        for buyer in buyers:
            for product in products:
                review_product(product_id=product.pk, rating=4, by=buyer)
        refunds = [refund_order(order_id=order.pk, reason="Back", by=order.buyer) for order in orders[:2]]

        results = at_once(
            *[lambda one=one: settle_refund(one) for one in refunds],
            *[lambda one=one: change_review(product_id=one.pk, rating=2, by=buyers[2]) for one in products],
            *[lambda one=one: remove_review(product_id=one.pk, by=buyers[3]) for one in reversed(products)],
        )

        assert Counter(map(outcome, results)) == {"Refund": 2, "Review": 3, "NoneType": 3}
        for product in products:
            product.refresh_from_db()
            assert (product.rating_sum, product.rating_count, product.rating_score) == (2, 1, 200)
        assert Review.objects.shown().count() == 3
