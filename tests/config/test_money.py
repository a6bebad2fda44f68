from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.money import MAX_CENTS, fee_of, vat_within


class TestFeeOf:
    @pytest.mark.parametrize(("gross", "fee"), [(2999, 300), (999, 100), (5, 1), (4, 0), (0, 0)])
    def test_rounds_half_up(self, gross, fee):
        assert fee_of(gross, 1000) == fee


class TestVatWithin:
    @pytest.mark.parametrize(
        ("gross", "rate", "vat"),
        [(11900, 1900, 1900), (100, 1900, 16), (100, 0, 0), (0, 2000, 0), (3, 2000, 1), (1, 10_000, 1), (999, 550, 52)],
    )
    def test_is_what_the_price_contains(self, gross, rate, vat):
        assert vat_within(gross, rate) == vat

    @given(gross=st.integers(0, MAX_CENTS), rate=st.integers(0, 10_000))
    def test_is_the_exact_share_rounded_half_up(self, gross, rate):
        exact = Decimal(gross * rate) / Decimal(10_000 + rate)
        assert vat_within(gross, rate) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        assert 0 <= vat_within(gross, rate) <= gross
