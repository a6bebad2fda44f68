"""Whole numbers in query parameters."""

import pytest

from config.errors import Invalid
from config.paging import whole_number


def asked(text, most=100, least=1):
    return whole_number({"n": text} if text is not None else {}, "n", default=20, least=least, most=most)


class TestWholeNumber:
    @pytest.mark.parametrize(
        ("text", "most", "number"),
        [
            (None, 100, 20),
            ("", 100, 20),
            ("1", 100, 1),
            ("100", 100, 100),
            ("0007", 100, 7),
            ("9007199254740992", 2**53, 2**53),
        ],
    )
    def test_is_taken_up_to_the_most(self, text, most, number):
        assert asked(text, most) == number

    def test_of_nothing_but_zeros_is_zero(self):
        assert asked("0000", least=0) == 0

    @pytest.mark.parametrize("text", ["0", "101", "-1", "1.0", "x", " 1", "\u0661", "9" * 5000, "9007199254740993"])
    def test_is_refused_with_what_it_may_be(self, text):
        most = 2**53 if len(text) == 16 else 100
        with pytest.raises(Invalid) as refusal:
            asked(text, most)
        assert refusal.value.details == {"n": [f"Must be a whole number from 1 to {most}."]}
