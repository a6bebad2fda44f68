from decimal import Decimal

import pytest
from django.db import connection

from config.errors import Invalid
from marketplace.models import Product
from marketplace.queries.products import SORTS, Asked, counts, market
from marketplace.verbs.products import update_product
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory

pytestmark = pytest.mark.django_db


def titles(**asked):
    return [product.title for product in market(sort="title", asked=Asked(**asked))]


class TestByTitle:
    def test_minds_no_case_nor_where_the_database_can_accents(self):
        for title in ("Zeta", "alpha", "beta", "Éclair"):
            ProductFactory(title=title)
        can = connection.vendor == "postgresql"
        assert titles() == (["alpha", "beta", "Éclair", "Zeta"] if can else ["alpha", "beta", "Zeta", "Éclair"])


class TestSearch:
    def test_finds_whole_words_and_the_beginning_of_the_last(self):
        product = ProductFactory(title="Dawn over the harbour", description="for strings, " + "very " * 200 + "quietly")
        ProductFactory(title="Dusk")
        for words in ("dawn", "DAWN harb", "strings dawn", "harbôur", "quietly"):
            assert list(market(search=words)) == [product]
        assert list(market(search="arbour")) == []

    def test_follows_what_the_seller_changes(self):
        product = ProductFactory(title="Dawn")
        update_product(product_id=product.pk, title="Dusk", by=product.seller)
        assert (titles(search="dawn"), titles(search="dusk")) == ([], ["Dusk"])

    @pytest.mark.parametrize("status", ["draft", "archived"])
    def test_finds_nothing_off_the_market(self, status):
        product = ProductFactory(title="Dawn")
        update_product(product_id=product.pk, status=status, by=product.seller)
        assert (titles(search="dawn"), counts(Asked(search="dawn")).total) == ([], 0)

    @pytest.mark.parametrize(
        "words", ["%", "100%", "'", '"', '" OR 1=1 --', "a\0b", "🎵", "_", "\\", "AND", "NOT (", "a:*", "*"]
    )
    def test_takes_anything(self, words):
        ProductFactory(title="Dusk")
        assert (titles(search=words), counts(Asked(search=words)).total) == ([], 0)

    def test_without_a_word_shows_everything(self):
        ProductFactory(title="Dusk")
        assert titles(search="   ") == ["Dusk"]


class TestPriceOrder:
    @pytest.fixture(autouse=True)
    def _goods(self, db):
        for cents, currency in ((12345, "KRW"), (9900, "EUR"), (1200, "JPY"), (1250, "EUR"), (900, "USD")):
            ProductFactory(title=f"{cents} {currency}", price_cents=cents, currency=currency)

    @pytest.mark.parametrize(("sort", "step"), [("price_asc", 1), ("price_desc", -1)])
    def test_is_that_of_the_prices_as_they_are_read(self, sort, step):
        found = [product.title for product in market(sort=sort)]
        # 9.00 USD, 12.50 EUR, 99.00 EUR, 1,200 JPY, 12,345 KRW
        assert found == ["900 USD", "1250 EUR", "9900 EUR", "1200 JPY", "12345 KRW"][::step]

    def test_within_one_currency(self):
        found = market(sort="price_desc", asked=Asked(currency="EUR"))
        assert [product.price_cents for product in found] == [9900, 1250]


class TestNarrow:
    @pytest.fixture(autouse=True)
    def _goods(self, db):
        self.seller = UserFactory()
        rows = (
            ("A print", {"kind": "physical", "price_cents": 2500, "stock": 0}, 4.5),
            ("B song", {"price_cents": 0}, 0),
            ("C song", {"price_cents": 999, "currency": "USD"}, 3.9),
            ("D vinyl", {"kind": "physical", "price_cents": 3000, "stock": 2, "currency": "JPY"}, 4.0),
        )
        for title, fields, rating in rows:
            product = ProductFactory(by=self.seller, title=title, **fields)
            Product.objects.filter(pk=product.pk).update(rating_score=rating * 100, rating_count=bool(rating))
        ProductFactory(title="E draft", status="draft")

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, "ABCD"),
            ({"kind": "physical"}, "AD"),
            ({"currency": "EUR"}, "AB"),
            ({"rating": 4}, "AD"),
            ({"rating": 3}, "ACD"),
            ({"in_stock": True}, "BCD"),
            ({"free": True}, "B"),
            ({"least": Decimal("9.99")}, "ACD"),
            ({"most": Decimal(25)}, "ABC"),
            ({"least": Decimal(3000)}, "D"),
            ({"least": Decimal(3000), "currency": "JPY"}, "D"),
            ({"least": Decimal(1), "most": Decimal(25), "currency": "EUR"}, "A"),
            ({"kind": "physical", "in_stock": True}, "D"),
            ({"search": "song", "free": True}, "B"),
            ({"search": "song", "kind": "physical"}, ""),
        ],
    )
    def test_shows_what_fits_and_counts_it(self, asked, found):
        assert "".join(title[0] for title in titles(**asked)) == found
        assert counts(Asked(**asked)).total == len(found)

    def test_counts_each_choice_with_all_else_as_asked(self):
        found = counts(Asked(kind="physical"))
        assert (found.total, found.kind, found.currency) == (2, {"digital": 2, "physical": 2}, {"EUR": 1, "JPY": 1})
        assert (found.rating, found.in_stock, found.free) == ({4: 2, 3: 2, 2: 2, 1: 2}, 1, 0)

    def test_every_count_is_what_its_choice_then_shows(self):
        for asked in (
            {},
            {"kind": "digital"},
            {"in_stock": True, "rating": 3},
            {"search": "song"},
            {"least": Decimal(1)},
        ):
            found = counts(Asked(**asked))
            for kind, count in found.kind.items():
                assert len(titles(**{**asked, "kind": kind})) == count
            for currency, count in found.currency.items():
                assert len(titles(**{**asked, "currency": currency})) == count
            for stars, count in found.rating.items():
                assert len(titles(**{**asked, "rating": stars})) == count
            assert len(titles(**{**asked, "in_stock": True})) == found.in_stock
            assert len(titles(**{**asked, "free": True})) == found.free

    def test_counts_in_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            counts(Asked(kind="physical", search="vinyl", least=Decimal(1)))

    def test_shows_one_seller(self):
        ProductFactory(title="F other")
        assert "".join(title[0] for title in titles(seller=self.seller.pk)) == "ABCD"

    @pytest.mark.parametrize(
        "asked", [{"kind": "gold"}, {"currency": "XXX"}, {"rating": 6}, {"rating": -1}, {"search": "x" * 201}]
    )
    def test_refuses_what_it_does_not_know(self, asked):
        for ask in (lambda: market(asked=Asked(**asked)), lambda: counts(Asked(**asked))):
            with pytest.raises(Invalid) as refused:
                ask()
            assert list(refused.value.details) == list(asked)


class TestSort:
    def test_orders_ties_by_id_both_ways(self):
        made = [ProductFactory(title="Same", price_cents=100) for _ in range(3)]
        Product.objects.update(created_at=made[0].created_at)
        ids = [product.pk for product in made]
        for sort, order in SORTS.items():
            found = [product.pk for product in market(sort=sort)]
            assert found == (sorted(ids, reverse=order[-1] == "-id")), sort

    @pytest.mark.parametrize(
        ("alias", "sort"), [("cheapest", "price_asc"), ("dearest", "price_desc"), ("best", "rating")]
    )
    def test_has_plain_names(self, alias, sort):
        for price in (300, 100, 200):
            ProductFactory(price_cents=price)
        assert list(market(sort=alias)) == list(market(sort=sort))
