import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.verbs.splitting import LONGEST, OVERLAP, Piece, split

WORD = st.text(alphabet=string.ascii_letters + "äöüß0123456789.,?!-", min_size=1, max_size=60)
GAP = st.sampled_from([" ", "  ", "\n", "\n\n", "\t", "\r\n", "\n \n"])
TEXT = st.lists(st.tuples(WORD, GAP), max_size=600).map(lambda parts: "".join(word + gap for word, gap in parts))
PAGES = st.lists(TEXT, max_size=4).map(lambda texts: list(enumerate(texts, start=1)))


def words_in_order(pieces):
    """The words of all pieces, each next one without what it repeats of the one before."""
    said: list[str] = []
    for piece in pieces:
        words = piece.text.split()
        # The longest end of what was said that this one begins with: a repetition, as far as it is no longer than OVERLAP.
        most = next(
            n
            for n in range(len(words), -1, -1)
            if not n or (said[-n:] == words[:n] and len(" ".join(words[:n])) <= OVERLAP)
        )
        said += words[most:]
    return said


class TestSplit:
    @given(PAGES)
    def test_covers_every_word_and_cuts_none(self, pages):
        pieces = split(pages)
        words = [word for _, text in pages for word in text.split()]
        assert all(len(piece.text) <= LONGEST for piece in pieces)
        assert all(piece.text == piece.text.strip() != "" for piece in pieces)
        assert {word for piece in pieces for word in piece.text.split()} == set(words)
        assert sum(len(piece.text.split()) for piece in pieces) >= len(words)

    @given(st.integers(200, 3000))
    def test_says_all_in_order_and_repeats_only_the_last_words(self, count):
        text = " ".join(f"word{number}" for number in range(count))
        pieces = split([(None, text)])
        assert words_in_order(pieces) == text.split()
        for one, other in pairwise(pieces):
            first = other.text.split()[0]
            assert f" {first}" in one.text[-OVERLAP - 1 :]

    @given(PAGES)
    def test_names_pages_that_rise(self, pages):
        numbers = [piece.page for piece in split(pages)]
        assert numbers == sorted(numbers)

    @given(st.text(alphabet="ab", min_size=1, max_size=4000))
    def test_cuts_only_a_word_that_is_longer_than_a_passage(self, word):
        assert [piece.text for piece in split([(None, word)])] == [
            word[start : start + LONGEST] for start in range(0, len(word), LONGEST)
        ]

    def test_keeps_a_heading_with_what_follows(self):
        text = "Opening hours\n\nWe open at ten.\n\nRefunds\n\nWithin fourteen days.\n\nAnd then no more."
        assert split([(None, text)]) == [
            Piece(None, "Opening hours\nWe open at ten."),
            Piece(None, "Refunds\nWithin fourteen days.\n\nAnd then no more."),
        ]

    @pytest.mark.parametrize(
        "heading",
        [
            "Refunds",
            "## Refunds",
            "REFUNDS AND RETURNS",
            "2.3 Refunds",
            "§ 4 Refunds",
            "Can I send it back?",
            "A) Refunds",
        ],
    )
    def test_knows_a_heading_by_its_look(self, heading):
        pieces = split([(None, f"It begins here, and goes on.\n{heading}\nWithin fourteen days.")])
        assert [piece.text for piece in pieces] == [
            "It begins here, and goes on.",
            f"{heading.removeprefix('## ')}\nWithin fourteen days.",
        ]

    @pytest.mark.parametrize(
        "line", ["a list without a capital", "It ends here.", "Ends with a comma,", "12.50", "Street 5", "what is it?"]
    )
    def test_takes_no_line_of_a_paragraph_for_one(self, line):
        text = f"A sentence that is broken over\n{line}\nseveral lines."
        assert [piece.text for piece in split([(None, text)])] == [text]

    def test_cuts_at_the_end_of_a_sentence(self):
        sentences = [f"This is sentence number {number} of a long paragraph." for number in range(60)]
        pieces = split([(None, " ".join(sentences))])
        assert len(pieces) > 3
        assert all(piece.text.endswith(".") for piece in pieces)

    def test_tells_the_page_on_which_a_passage_begins(self):
        pages = [(1, "word " * 300), (2, "other " * 300)]
        pieces = split(pages)
        assert [(piece.page, piece.text.split()[-1]) for piece in pieces] == [
            (1, "word"),
            (1, "word"),
            (2, "other"),
            (2, "other"),
            (2, "other"),
        ]

    def test_finds_nothing_in_nothing(self):
        assert split([]) == split([(1, ""), (2, " \n\n\t ")]) == []
