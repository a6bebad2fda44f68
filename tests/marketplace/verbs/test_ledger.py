"""Sums stay zero and nothing is lost, whatever happens in whatever order (payments-design.md §3, "Tests")."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.money import fee_of
from marketplace.models import LedgerEntry, LedgerTransaction, Order, Payment, Product, SandboxMishap, Transfer
from marketplace.queries.ledger import imbalance, owed_to, sent_to
from marketplace.verbs.ledger import book
from marketplace.verbs.payments import RANK, apply_payment_state
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect

pytestmark = pytest.mark.django_db


class TestFeeOf:
    @pytest.mark.parametrize(("gross", "fee"), [(2999, 300), (999, 100), (5, 1), (4, 0), (0, 0)])
    def test_rounds_half_up(self, gross, fee):
        assert fee_of(gross, 1000) == fee

    @given(st.integers(0, 10**13), st.integers(0, 10_000))
    def test_is_never_more_than_the_price_and_never_off_by_a_unit(self, gross, bp):
        fee = fee_of(gross, bp)
        assert 0 <= fee <= gross
        assert abs(fee * 10_000 - gross * bp) <= 5_000

    @given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.integers(0, 10_000))
    def test_parts_of_a_fee_add_up_to_it(self, amounts, bp):
        so_far, parts = 0, []
        for gross in amounts:
            parts.append(fee_of(so_far + gross, bp) - fee_of(so_far, bp))
            so_far += gross
        assert sum(parts) == fee_of(so_far, bp)
        assert all(0 <= part <= gross for part, gross in zip(parts, amounts, strict=True))


class TestBook:
    def test_refuses_what_does_not_balance(self):
        with pytest.raises(ValueError, match="does not balance"):
            book(source_key="k", kind="test", entries=[("a", 1, "EUR"), ("b", -1, "USD")])
        assert LedgerTransaction.objects.count() == 0

    def test_books_a_source_once(self):
        entries = [("a", 5, "EUR"), ("b", -5, "EUR"), ("c", 0, "EUR")]
        assert book(source_key="k", kind="test", entries=entries) is not None
        assert book(source_key="k", kind="test", entries=entries) is None
        assert LedgerEntry.objects.count() == 2


moves = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(1, 3)),
        st.tuples(st.just("tell"), st.sampled_from([*RANK]), st.integers(0, 5)),
        st.tuples(st.just("send"), st.sampled_from(["", "down", "refuse", "lose_answer", "sticky"])),
    ),
    min_size=1,
    max_size=14,
)


class TestEverything:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(moves)
    def test_stays_in_balance(self, small_world, moves):
        seller, buyer, product = small_world(stock=6)
        for move, *how in moves:
            PLAY[move](buyer, product, *how)
            assert imbalance() == {}

        product.refresh_from_db()
        held = sum(order.lines.get().quantity for order in Order.objects.filter(holds_stock=True))
        assert product.stock + held == 6
        paid = Order.objects.filter(status="paid")
        earned = sum(order.total_cents - fee_of(order.total_cents, 1000) for order in paid)
        assert owed_to(seller.pk).get("EUR", 0) + sent_to(seller.pk).get("EUR", 0) == earned
        assert sum(Transfer.objects.values_list("amount_cents", flat=True)) == earned


def buy(buyer, product, quantity):
    product.refresh_from_db()
    if product.stock >= quantity:
        OrderFactory(by=buyer, product=product, quantity=quantity)


def tell(buyer, product, status, which):
    payments = list(Payment.objects.order_by("pk"))
    if payments:
        apply_payment_state(provider_id=payments[which % len(payments)].provider_id, status=status)


def send(buyer, product, mishap):
    if mishap:
        SandboxMishap.objects.create(kind=mishap)
    for transfer in Transfer.objects.all():
        Transfer.objects.filter(pk=transfer.pk, status="failed").update(next_retry_at=transfer.created_at)
        attempt_transfer(transfer_id=transfer.pk)


PLAY = {"buy": buy, "tell": tell, "send": send}


@pytest.fixture
def small_world(db):
    """A fresh small world for each of hypothesis's examples."""

    def world(stock):
        for rows in (SandboxMishap, Transfer, LedgerEntry, LedgerTransaction, Order, Product):
            rows.objects.all().delete()
        seller, buyer = UserFactory(), UserFactory()
        connect(seller)
        return seller, buyer, ProductFactory(by=seller, price_cents=333, stock=stock)

    return world
