import pytest

from marketplace.models import Product
from marketplace.queries.carts import groups_of, pieces_in, pieces_of
from marketplace.verbs.carts import add_to_cart, cart_of
from tests.factories.marketplace import ProductFactory

pytestmark = pytest.mark.django_db


def shown(user):
    groups = groups_of(cart_of(by=user))
    return {
        group.currency: ([(line.product.title, line.trouble, line.note) for line in group.lines], str(group.total))
        for group in groups
    }


class TestGroupsOf:
    def test_has_one_group_a_currency(self, user):
        for title, currency, cents in (("Dawn", "USD", 500), ("Dusk", "EUR", 1200), ("Noon", "EUR", 300)):
            add_to_cart(product_id=ProductFactory(title=title, currency=currency, price_cents=cents).pk, by=user)
        assert shown(user) == {
            "EUR": ([("Dusk", "", ""), ("Noon", "", "")], "15.00 EUR"),
            "USD": ([("Dawn", "", "")], "5.00 USD"),
        }

    @pytest.mark.parametrize(
        ("change", "trouble", "note"),
        [
            ({"status": "archived"}, "It is no longer on the market.", ""),
            ({"status": "draft"}, "It is no longer on the market.", ""),
            ({"stock": 0}, "It is sold out.", ""),
            ({"stock": 2}, "Only 2 left.", ""),
            ({"stock": 3}, "", ""),
            ({"price_cents": 1500}, "", "It was 12.00 EUR when you put it in."),
            ({"currency": "USD"}, "", "It was 12.00 EUR when you put it in."),
        ],
    )
    def test_tells_what_became_of_it(self, user, change, trouble, note):
        add_to_cart(product_id=ProductFactory(title="Dawn", price_cents=1200).pk, quantity=3, by=user)
        Product.objects.update(**change)
        lines, total = next(iter(shown(user).values()))
        assert lines == [("Dawn", trouble, note)]
        assert total.startswith("0.00") == bool(trouble)

    def test_asks_as_often_for_three_as_for_one(self, user, django_assert_num_queries):
        for _ in range(2):
            add_to_cart(product_id=ProductFactory().pk, by=user)
            cart = cart_of(by=user)
            with django_assert_num_queries(1):
                [line.product.seller.display_name for group in groups_of(cart) for line in group.lines]

    def test_is_nothing_without_a_cart(self, user):
        assert (groups_of(None), pieces_in(None), pieces_of(user)) == ([], 0, 0)


class TestPieces:
    def test_counts_things_not_lines(self, user, stranger):
        for quantity in (2, 3):
            add_to_cart(product_id=ProductFactory().pk, quantity=quantity, by=user)
        add_to_cart(product_id=ProductFactory().pk, by=stranger)
        assert (pieces_in(cart_of(by=user)), pieces_of(user)) == (5, 5)
