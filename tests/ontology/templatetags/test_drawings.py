"""The geometry that templates draw with."""

import pytest
from django.template import Context, Template

from ontology.templatetags.drawings import bars, dots, pattern, round_top, scale, spark, split

POINTS = [{"label": "Mon", "value": 10}, {"label": "Tue", "value": 20}]


class TestPattern:
    def test_is_the_same_picture_for_the_same_id(self):
        assert pattern("product-1") == pattern("product-1")

    def test_differs_between_ids(self):
        assert len({pattern(number) for number in range(60)}) > 50

    def test_draws_for_whatever_stands_as_an_id(self):
        assert all('class="art-' in pattern(subject) for subject in (None, "", 7, "<script>"))


class TestBars:
    def test_are_as_high_as_their_values(self):
        low, high = bars(POINTS)

        assert (low["height"], high["height"]) == (75.0, 150.0)
        assert (low["y"], high["y"]) == (85.0, 10.0)

    def test_of_nothing_are_none(self):
        assert bars([]) == []

    def test_of_zeros_still_stand_on_the_line(self):
        assert [bar["height"] for bar in bars([{"label": "Mon", "value": 0}])] == [1.5]

    def test_name_at_most_twelve(self):
        assert sum(bar["labelled"] for bar in bars([{"label": str(day), "value": day} for day in range(90)])) <= 12

    @pytest.mark.parametrize(
        ("count", "minor"), [(4, []), (5, ["1", "3"]), (26, ["3", "4", "5", "9", "10", "11", "15"])]
    )
    def test_leave_out_every_other_name_where_there_is_little_room(self, count, minor):
        drawn = bars([{"label": str(day), "value": day} for day in range(count)])
        assert [bar["label"] for bar in drawn if bar["is_minor"]][: len(minor)] == minor


class TestScale:
    @pytest.mark.parametrize(
        ("highest", "top"),
        [(0, 2), (1, 2), (2, 2), (9, 10), (11, 20), (50, 60), (2699, 4000), (111_111_110, 200_000_000)],
    )
    def test_ends_at_a_round_number(self, highest, top):
        assert round_top(highest) == top

    @pytest.mark.parametrize(
        ("highest", "currency", "shown"),
        [
            (2699, "EUR", ["40 EUR", "20 EUR", "0 EUR"]),
            (55, "EUR", ["0.60 EUR", "0.30 EUR", "0 EUR"]),
            (111_111_110, "EUR", ["2M EUR", "1M EUR", "0 EUR"]),
            (1_500_000, "EUR", ["20k EUR", "10k EUR", "0 EUR"]),
            (3240, "JPY", ["4,000 JPY", "2,000 JPY", "0 JPY"]),
            (12_345, "KWD", ["20 KWD", "10 KWD", "0 KWD"]),
            (7, "", ["8", "4", "0"]),
        ],
    )
    def test_says_what_its_lines_stand_for(self, highest, currency, shown):
        assert scale([{"label": "Mon", "value": highest}], currency) == shown

    def test_of_a_line_runs_from_its_low_to_its_high(self):
        assert scale(POINTS, kind="line") == ["20", "15", "10"]

    def test_of_nothing_still_has_three_lines(self):
        assert scale([]) == ["2", "1", "0"]


class TestSpark:
    def test_runs_from_the_low_to_the_high(self):
        assert spark([0, 10], width=100, height=30) == {
            "line": "M0.0 28.0L100.0 2.0",
            "area": "M0.0 28.0L100.0 2.0V30H0z",
        }

    @pytest.mark.parametrize("values", [[], [3]])
    def test_needs_two_values(self, values):
        assert spark(values) == {"line": "", "area": ""}

    def test_of_equal_values_is_level(self):
        assert spark([5, 5])["line"] == "M0.0 28.0L100.0 28.0"


class TestDots:
    def test_lie_on_the_line(self):
        assert [(dot["x"], dot["y"]) for dot in dots(POINTS)] == [(0.0, 158.0), (600.0, 2.0)]


class TestSplit:
    def test_shares_the_whole(self):
        assert [(part["x"], part["width"], part["share"]) for part in split(POINTS)] == [
            (0.0, 198.0, 33),
            (200.0, 398.0, 67),
        ]

    def test_of_nothing_has_no_width(self):
        assert [part["share"] for part in split([{"label": "Mon", "value": 0}])] == [0]


class TestChart:
    @pytest.mark.parametrize("kind", ["bars", "line"])
    def test_has_a_table_behind_it(self, kind):
        page = Template('{% include "pieces/chart.html" %}').render(
            Context({"kind": kind, "points": POINTS, "title": "Sales"})
        )

        assert '<caption class="visually-hidden">Sales</caption>' in page
        assert page.count("<tr>") == 3
