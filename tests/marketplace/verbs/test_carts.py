from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import Conflict, Invalid, NotFound
from marketplace.models import Cart, CartItem, Product
from marketplace.verbs import carts
from marketplace.verbs.carts import (
    add_to_cart,
    cart_of,
    change_quantity,
    empty_cart,
    forget_old_carts,
    merge_carts,
    remove_from_cart,
    take_out_of_cart,
)
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


def inside(user=None, token=None):
    """Product by quantity."""
    cart = cart_of(by=user or VISITOR, token=token)
    return dict(cart.items.values_list("product_id", "quantity")) if cart else None


class TestAdd:
    def test_adds_up_and_keeps_the_price_that_was_seen(self, user):
        product = ProductFactory(price_cents=1200)
        add_to_cart(product_id=product.pk, by=user)
        added = add_to_cart(product_id=str(product.pk), quantity=2, by=user)
        item = CartItem.objects.get()
        assert (added.quantity, added.is_capped, added.token) == (3, False, None)
        assert (item.quantity, item.unit_cents, item.currency, item.cart.user) == (3, 1200, "EUR", user)

    def test_gives_a_visitor_a_token_that_the_table_does_not_hold(self):
        product = ProductFactory()
        token = add_to_cart(product_id=product.pk, by=VISITOR).token
        assert len(token) >= 40
        assert token not in Cart.objects.get().token_hash
        again = add_to_cart(product_id=product.pk, by=VISITOR, token=token)
        assert (again.token, inside(token=token)) == (None, {product.pk: 2})
        assert inside(token="made up") is None

    def test_stops_at_ninety_nine_and_says_so(self, user):
        product = ProductFactory()
        add_to_cart(product_id=product.pk, quantity=98, by=user)
        added = add_to_cart(product_id=product.pk, quantity=5, by=user)
        assert (added.quantity, added.is_capped) == (99, True)

    @pytest.mark.parametrize("quantity", [0, -1, 100, 1.5, "2", True, None, 10**12])
    def test_refuses_a_wrong_quantity(self, user, quantity):
        with pytest.raises(Invalid) as refused:
            add_to_cart(product_id=ProductFactory().pk, quantity=quantity, by=user)
        assert (list(refused.value.details), Cart.objects.count()) == (["quantity"], 0)

    @pytest.mark.parametrize("status", ["draft", "archived"])
    def test_knows_only_what_is_on_the_market(self, user, status):
        product = ProductFactory()
        Product.objects.update(status=status)
        for unknown in (product.pk, "nothing", "0190f0a0-0000-7000-8000-000000000000"):
            with pytest.raises(NotFound):
                add_to_cart(product_id=unknown, by=user)

    def test_refuses_what_is_sold_out_and_a_hundred_and_first_thing(self, user, monkeypatch):
        with pytest.raises(Conflict) as refused:
            add_to_cart(product_id=ProductFactory(stock=0).pk, by=user)
        assert refused.value.code == "sold_out"
        monkeypatch.setattr(carts, "MOST_ITEMS", 2)
        first = ProductFactory()
        for product in (first, ProductFactory()):
            add_to_cart(product_id=product.pk, by=user)
        with pytest.raises(Conflict) as refused:
            add_to_cart(product_id=ProductFactory().pk, by=user)
        assert refused.value.code == "cart_full"
        assert add_to_cart(product_id=first.pk, by=user).quantity == 2


class TestChange:
    def test_sets_the_quantity_at_the_price_of_now(self, user):
        product = ProductFactory(price_cents=1200)
        add_to_cart(product_id=product.pk, by=user)
        Product.objects.update(price_cents=1300)
        change_quantity(product_id=product.pk, quantity=7, by=user)
        assert CartItem.objects.values_list("quantity", "unit_cents").get() == (7, 1300)

    def test_takes_it_out_at_zero(self, user):
        product = ProductFactory()
        add_to_cart(product_id=product.pk, by=user)
        assert change_quantity(product_id=product.pk, quantity=0, by=user) is None
        assert inside(user) == {}

    @pytest.mark.parametrize("quantity", [-1, 100, None, "1", True])
    def test_refuses_a_wrong_quantity(self, user, quantity):
        product = ProductFactory()
        add_to_cart(product_id=product.pk, by=user)
        with pytest.raises(Invalid):
            change_quantity(product_id=product.pk, quantity=quantity, by=user)
        assert inside(user) == {product.pk: 1}

    def test_knows_only_ones_own_cart(self, user, stranger):
        product = ProductFactory()
        token = add_to_cart(product_id=product.pk, by=VISITOR).token
        add_to_cart(product_id=product.pk, by=user)
        with pytest.raises(NotFound):
            change_quantity(product_id=product.pk, quantity=2, by=stranger, token=token)
        remove_from_cart(product_id=product.pk, by=stranger, token=token)
        empty_cart(by=stranger, token=token)
        assert (inside(user), inside(token=token)) == ({product.pk: 1}, {product.pk: 1})

    def test_removes_and_empties(self, user):
        first, second = ProductFactory(), ProductFactory()
        for product in (first, second):
            add_to_cart(product_id=product.pk, by=user)
        remove_from_cart(product_id=first.pk, by=user)
        remove_from_cart(product_id="nothing", by=user)
        assert inside(user) == {second.pk: 1}
        empty_cart(by=user)
        assert inside(user) == {}


class TestMerge:
    def test_brings_the_visitors_cart_along_once(self, user):
        first, second = ProductFactory(), ProductFactory()
        add_to_cart(product_id=first.pk, quantity=2, by=user)
        token = add_to_cart(product_id=first.pk, quantity=3, by=VISITOR).token
        add_to_cart(product_id=second.pk, by=VISITOR, token=token)
        for _ in range(2):
            merged = merge_carts(token=token, by=user)
            assert (merged.capped, merged.left_out) == ([], [])
        assert (inside(user), Cart.objects.count()) == ({first.pk: 5, second.pk: 1}, 1)

    def test_says_what_it_capped_and_what_had_no_room(self, user, monkeypatch):
        monkeypatch.setattr(carts, "MOST_ITEMS", 1)
        full, other = ProductFactory(title="Dawn"), ProductFactory(title="Dusk")
        add_to_cart(product_id=full.pk, quantity=60, by=user)
        token = add_to_cart(product_id=full.pk, quantity=60, by=VISITOR).token
        CartItem.objects.create(
            cart=cart_of(by=VISITOR, token=token), product=other, quantity=1, unit_cents=1, currency="EUR"
        )
        merged = merge_carts(token=token, by=user)
        assert (merged.capped, merged.left_out, inside(user)) == (["Dawn"], ["Dusk"], {full.pk: 99})

    def test_keeps_the_price_that_the_visitor_saw(self, user):
        product = ProductFactory(price_cents=1200)
        token = add_to_cart(product_id=product.pk, by=VISITOR).token
        Product.objects.update(price_cents=1500)
        merge_carts(token=token, by=user)
        assert CartItem.objects.get().unit_cents == 1200

    @pytest.mark.parametrize("token", [None, "", "made up"])
    def test_needs_a_visitors_token(self, user, token):
        add_to_cart(product_id=ProductFactory().pk, by=user)
        merge_carts(token=token, by=user)
        assert Cart.objects.count() == 1

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        here=st.dictionaries(st.integers(0, 4), st.integers(1, 99), max_size=5),
        there=st.dictionaries(st.integers(0, 4), st.integers(1, 99), max_size=5),
    )
    def test_adds_up_whatever_lies_in_the_two(self, five, here, there):
        Cart.objects.all().delete()
        person, token = UserFactory(), None
        for index, quantity in here.items():
            add_to_cart(product_id=five[index].pk, quantity=quantity, by=person)
        for index, quantity in there.items():
            token = add_to_cart(product_id=five[index].pk, quantity=quantity, by=VISITOR, token=token).token or token

        merged = merge_carts(token=token, by=person)

        both = {index: here.get(index, 0) + there.get(index, 0) for index in {*here, *there}}
        assert (inside(person) or {}) == {five[index].pk: min(count, 99) for index, count in both.items()}
        assert sorted(merged.capped) == sorted(
            five[index].title for index, count in both.items() if count > 99 and index in there
        )
        assert not Cart.objects.filter(user=None).exists()

    @pytest.fixture
    def five(self, db):
        return [ProductFactory() for _ in range(5)]


class TestTakeOut:
    def test_leaves_what_was_added_since(self, user):
        first, second, third = (ProductFactory() for _ in range(3))
        for product, quantity in ((first, 2), (second, 3), (third, 1)):
            add_to_cart(product_id=product.pk, quantity=quantity, by=user)
        take_out_of_cart(taken={first.pk: 2, second.pk: 1}, by=user)
        assert inside(user) == {second.pk: 2, third.pk: 1}


class TestForgetOldCarts:
    def test_removes_visitors_carts_alone(self, user):
        product = ProductFactory()
        add_to_cart(product_id=product.pk, by=user)
        old = add_to_cart(product_id=product.pk, by=VISITOR).token
        with time_machine.travel(now() + timedelta(days=61), tick=False):
            fresh = add_to_cart(product_id=product.pk, by=VISITOR).token
            forget_old_carts()
        assert (inside(token=old), inside(token=fresh), inside(user)) == (None, {product.pk: 1}, {product.pk: 1})
