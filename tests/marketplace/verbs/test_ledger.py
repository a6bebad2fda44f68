"""Fees and bookings by themselves; what they come to together is in test_money_machine.py (payments-design.md §3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.money import fee_of
from marketplace.models import LedgerEntry, LedgerTransaction
from marketplace.verbs.ledger import book

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
            book(source_key="k", kind="test", entries=[("a", 1, "EUR"), ("b", -1, "USD")], is_sandbox=False)
        assert LedgerTransaction.objects.count() == 0

    def test_books_a_source_once(self):
        entries = [("a", 5, "EUR"), ("b", -5, "EUR"), ("c", 0, "EUR")]
        assert book(source_key="k", kind="test", entries=entries, is_sandbox=False) is not None
        assert book(source_key="k", kind="test", entries=entries, is_sandbox=False) is None
        assert LedgerEntry.objects.count() == 2

    def test_says_which_money_is_play_money(self):
        entries = [("a", 5, "EUR"), ("b", -5, "EUR")]
        for name, is_sandbox in (("played", True), ("real", False)):
            book(source_key=name, kind="test", entries=entries, is_sandbox=is_sandbox)
        kinds = dict(LedgerTransaction.objects.values_list("source_key", "is_sandbox"))
        assert kinds == {"played": True, "real": False}
