"""How the rules read a question."""

import pytest

from council.gateways.questions import Kind, Question, as_noun, gerund, key_phrases, to_second_person, understand


class TestUnderstand:
    def test_reads_a_whole_question(self):
        assert understand("I have 40k saved. Should I quit my job to start a company?") == Question(
            text="I have 40k saved. Should I quit my job to start a company?",
            kind=Kind.SHOULD,
            subject="quit your job to start a company",
            options=(),
            phrases=("40k saved", "company", "start", "quit"),
            figures=("40k",),
            is_lasting=True,
        )

    @pytest.mark.parametrize(
        ("text", "options"),
        [
            ("Should I buy or rent a house?", ("buy a house", "rent a house")),
            ("Should I learn Rust or Go first?", ("learn Rust", "learn Go")),
            ("Rust vs Go?", ("Rust", "Go")),
            ("Which is better: vinyl or cassette?", ("vinyl", "cassette")),
            (
                "Do I take the job in Berlin or stay in Oslo?",
                ("take the job in Berlin", "stay in Oslo"),
            ),
            ("I hesitate between a van and a boat", ("a van", "a boat")),
        ],
    )
    def test_finds_both_sides_of_a_choice(self, text, options):
        question = understand(text)

        assert (question.kind, question.options) == (Kind.CHOICE, options)

    @pytest.mark.parametrize(
        ("text", "kind", "subject"),
        [
            ("Should we move to Lisbon, or not?", Kind.SHOULD, "move to Lisbon"),
            ("Is it wise to tell my manager I am job hunting?", Kind.SHOULD, "tell your manager you are job hunting"),
            ("Is it worth buying a new laptop?", Kind.SHOULD, "buying a new laptop"),
            ("How do I price my first sample pack?", Kind.HOW, "price your first sample pack"),
            ("Our cafe loses money on weekdays", Kind.OTHER, "your cafe loses money on weekdays"),
            ("¿Debería comprar una casa?", Kind.OTHER, "¿Debería comprar una casa"),
        ],
    )
    def test_sorts_the_other_kinds(self, text, kind, subject):
        question = understand(text)

        assert (question.kind, question.subject) == (kind, subject)

    @pytest.mark.parametrize(
        "text", ["", "   ", "???", "or", "?" * 5000, "word " * 4000, "a or b or c", "💥\u2028<script>"]
    )
    def test_survives_anything(self, text):
        assert understand(text).focus


class TestWords:
    @pytest.mark.parametrize(
        ("verb", "expected"),
        [
            ("quit", "quitting"),
            ("move", "moving"),
            ("tie", "tying"),
            ("start", "starting"),
            ("see", "seeing"),
            ("begin", "beginning"),
        ],
    )
    def test_names_an_action(self, verb, expected):
        assert gerund(verb) == expected

    def test_names_two_actions_and_leaves_things_alone(self):
        assert as_noun("quit your job and start a company") == "quitting your job and starting a company"
        assert as_noun("Rust") == "Rust"

    def test_speaks_to_the_asker(self):
        assert (
            to_second_person("I'm sure we love our cat and I love mine")
            == "you are sure you love your cat and you love yours"
        )

    def test_keeps_names_and_drops_small_words(self):
        assert key_phrases("We would like to leave the house in Porto Alegre") == ("Porto Alegre", "house", "leave")
