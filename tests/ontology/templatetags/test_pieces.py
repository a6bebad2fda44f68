"""The words that templates are made of."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template

from ontology.templatetags.pieces import day_name, duration, filesize, hue, initials, moment, money, picture

NOW = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)


class TestMoney:
    @pytest.mark.parametrize(
        ("cents", "currency", "words"),
        [
            (1200, "EUR", "12.00 EUR"),
            (128400, "USD", "1,284.00 USD"),
            (500, "JPY", "500 JPY"),
            (0, "EUR", "0.00 EUR"),
            (None, "EUR", ""),
        ],
    )
    def test_always_names_the_currency(self, cents, currency, words):
        assert money(cents, currency) == words


class TestInitials:
    @pytest.mark.parametrize(
        ("name", "letters"),
        [
            ("Ada Lovelace", "AL"),
            ("ada@example.org", "A"),
            ("Mira van der Berg", "MB"),
            ("", "?"),
            (None, "?"),
            ("(unnamed)", "?"),
            ("Élodie", "É"),
        ],
    )
    def test_are_two_letters_at_most(self, name, letters):
        assert initials(name) == letters


class TestHue:
    def test_is_the_same_for_the_same_id(self):
        assert hue("0196c1f0") == hue("0196c1f0")

    def test_spreads_over_all_twelve(self):
        assert {hue(number) for number in range(400)} == {f"hue-{number}" for number in range(12)}


class TestMoment:
    @pytest.mark.parametrize(
        ("ago", "words"),
        [
            (timedelta(seconds=4), "just now"),
            (timedelta(minutes=1), "1 min ago"),
            (timedelta(hours=3, minutes=59), "3 h ago"),
            (timedelta(days=1, hours=2), "1 day ago"),
            (timedelta(days=6), "6 days ago"),
            (timedelta(days=10), "4 May"),
            (timedelta(days=200), "26 Oct 2025"),
            (timedelta(minutes=-30), "in 30 min"),
        ],
    )
    def test_says_it_in_few_words(self, ago, words):
        with time_machine.travel(NOW, tick=False):
            assert f">{words}</time>" in moment(NOW - ago)

    def test_keeps_the_exact_moment(self):
        with time_machine.travel(NOW, tick=False):
            assert (
                moment(NOW)
                == '<time datetime="2026-05-14T12:00:00+00:00" title="14 May 2026, 12:00 UTC">just now</time>'
            )

    def test_of_nothing_is_nothing(self):
        assert moment(None) == ""


class TestDayName:
    @pytest.mark.parametrize(("days", "words"), [(0, "Today"), (1, "Yesterday"), (11, "3 May 2026")])
    def test_names_the_day(self, days, words):
        with time_machine.travel(NOW, tick=False):
            assert day_name(NOW - timedelta(days=days)) == words


class TestSizes:
    @pytest.mark.parametrize(
        ("count", "words"), [(0, "0 bytes"), (1536, "1.5 KB"), (5 * 1024**2, "5.0 MB"), (None, "")]
    )
    def test_of_files(self, count, words):
        assert filesize(count) == words

    @pytest.mark.parametrize(("seconds", "words"), [(187, "3:07"), (59.9, "0:59"), (None, "")])
    def test_of_sound(self, seconds, words):
        assert duration(seconds) == words


class TestPicture:
    def test_is_an_address_where_the_picture_is_there(self):
        assert "icons" in picture("img/icons.svg")

    def test_is_nothing_where_it_is_not(self):
        assert picture("img/screens/of-nothing.png") == ""


class TestBlocks:
    def test_a_card_holds_what_it_was_given_and_escapes_the_rest(self):
        page = Template("{% card title=title %}<p>{{ words }}</p>{% endcard %}").render(
            Context({"title": "A & B", "words": "<i>"})
        )

        assert "<h2>A &amp; B</h2>" in page
        assert "<p>&lt;i&gt;</p>" in page

    def test_a_dialog_is_named_by_its_title(self):
        page = Template('{% dialog id="refund" title="Refund" %}Sure?{% enddialog %}').render(Context())

        assert 'aria-labelledby="refund-title"' in page
        assert '<h2 id="refund-title">Refund</h2>' in page

    def test_a_menu_opens_without_scripts(self):
        page = Template('{% menu label="More" %}<a class="menu-item" href="#">Edit</a>{% endmenu %}').render(Context())

        assert '<details class="menu ' in page
        assert 'aria-label="More"' in page
