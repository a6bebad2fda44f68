import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.money import MAX_CENTS
from marketplace.queries.periods import credit_for, days_between, month_end, months_after

CENTS = st.integers(min_value=0, max_value=MAX_CENTS)
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.timedeltas(dt.timedelta(0), dt.timedelta(days=36_500)).map(lambda passed: EPOCH + passed)
SPANS = st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(days=400))


def day(year, month, number):
    return dt.datetime(year, month, number, 10, tzinfo=dt.UTC)


class TestMonths:
    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            (day(2026, 1, 15), 1, day(2026, 2, 15)),
            (day(2026, 1, 31), 1, day(2026, 2, 28)),
            (day(2028, 1, 31), 1, day(2028, 2, 29)),
            (day(2026, 12, 31), 2, day(2027, 2, 28)),
            (day(2026, 11, 30), 1, day(2026, 12, 30)),
        ],
    )
    def test_end_on_the_same_day_or_the_months_last(self, start, months, end):
        assert months_after(start, months) == end

    def test_come_back_to_the_31st_after_february(self):
        start, ends = day(2026, 1, 31), [day(2026, 1, 31)]
        for _ in range(4):
            ends.append(month_end(start, ends[-1]))
        assert ends[1:] == [day(2026, 2, 28), day(2026, 3, 31), day(2026, 4, 30), day(2026, 5, 31)]

    @given(start=MOMENTS, after=SPANS)
    def test_the_next_end_is_later_and_at_most_a_month_away(self, start, after):
        end = month_end(start, start + after)
        assert end > start + after
        assert end - (start + after) <= dt.timedelta(days=31)

    def test_days_begun(self):
        start = day(2026, 1, 1)
        assert days_between(start, start + dt.timedelta(days=3)) == 3
        assert days_between(start, start + dt.timedelta(days=3, seconds=1)) == 4
        assert days_between(start, start + dt.timedelta(days=3, microseconds=3)) == 3
        assert days_between(start, start - dt.timedelta(days=1)) == 0


class TestCredit:
    @pytest.mark.parametrize(
        ("paid", "days", "credit"),
        [
            (999, 0, 999),
            (999, 14, 500),
            (999, 27, 36),
            (999, 28, 0),
            (999, 40, 0),
            (0, 3, 0),
            (1, 14, 1),
            (2999, 9, 2035),
        ],
    )
    def test_is_the_share_of_the_days_that_are_left_half_up(self, paid, days, credit):
        start = day(2026, 1, 31)
        at = start + dt.timedelta(days=days)
        assert credit_for(paid_cents=paid, start=start, end=day(2026, 2, 28), at=at) == credit

    def test_the_day_that_runs_is_not_used_yet(self):
        start, end = day(2026, 1, 1), day(2026, 1, 31)
        at = start + dt.timedelta(hours=23)
        assert credit_for(paid_cents=3000, start=start, end=end, at=at) == 3000

    @given(paid=CENTS, start=MOMENTS, span=SPANS, at=MOMENTS)
    def test_is_never_negative_and_never_more_than_was_paid(self, paid, start, span, at):
        assert 0 <= credit_for(paid_cents=paid, start=start, end=start + span, at=at) <= paid

    @given(paid=CENTS, price=CENTS, start=MOMENTS, span=SPANS, at=MOMENTS)
    def test_what_is_due_for_a_dearer_tier_is_never_negative_and_never_more_than_its_price(
        self, paid, price, start, span, at
    ):
        low, high = sorted((paid, price))
        due = high - credit_for(paid_cents=low, start=start, end=start + span, at=at)
        assert 0 <= due <= high

    @given(paid=CENTS, start=MOMENTS, span=SPANS, early=SPANS, later=SPANS)
    def test_only_shrinks(self, paid, start, span, early, later):
        end = start + span
        first = credit_for(paid_cents=paid, start=start, end=end, at=start + early)
        assert credit_for(paid_cents=paid, start=start, end=end, at=start + early + later) <= first
