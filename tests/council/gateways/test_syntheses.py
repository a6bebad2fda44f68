"""A synthesis taken from three texts by rules."""

import pytest

from council.gateways.language_model import SAGE, SKEPTIC, STRATEGIST, SynthesisDraft, Tension
from council.gateways.syntheses import extract_synthesis, sentences_of

ANSWERS = {
    SAGE: "I lean towards moving slowly. A month of trial living tells you most of it.\n\nTrust the ordinary days most.",
    SKEPTIC: 'I doubt the budget. The Sage says: "I lean towards moving slowly." Without a month of trial living it is a guess.',
    STRATEGIST: (
        "Give it ten weeks of work.\n\n1. Count the money first.\n2. Book a month of trial living.\n\n"
        "Watch the budget every single week."
    ),
}


class TestExtractSynthesis:
    def test_finds_agreement_tension_and_steps(self):
        assert extract_synthesis("Should I move?", ANSWERS) == SynthesisDraft(
            points_of_agreement=("All three come back to “month of trial living”.",),
            key_tensions=(
                Tension(
                    topic="Moving",
                    sage_position="I lean towards moving slowly.",
                    skeptic_position="I doubt the budget.",
                    strategist_position="Give it ten weeks of work.",
                ),
                Tension(
                    topic="What should decide it",
                    sage_position="Trust the ordinary days most.",
                    skeptic_position="Without a month of trial living it is a guess.",
                    strategist_position="Watch the budget every single week.",
                ),
            ),
            recommended_next_steps=("Count the money first.", "Book a month of trial living."),
        )

    @pytest.mark.parametrize(
        "text", ["", "No.", "data: [DONE]\n\n", "1.\n2.\n", "- a\n- b", "🦉\u2028<script>", "x" * 30_000]
    )
    def test_no_list_is_empty_whatever_was_said(self, text):
        draft = extract_synthesis(text, dict.fromkeys(ANSWERS, text))

        assert all([draft.points_of_agreement, draft.key_tensions, draft.recommended_next_steps])
        assert all([draft.key_tensions[0].sage_position, draft.recommended_next_steps[0]])

    def test_a_missing_seat_is_silent(self):
        draft = extract_synthesis("Should I move?", {SAGE: "I lean towards moving slowly."})

        assert draft.key_tensions[0].skeptic_position == "Gave no answer."

    def test_strips_the_marks_of_a_small_model(self):
        draft = extract_synthesis(
            "?", {STRATEGIST: "Here are three steps:\n1. **Step 1: Look around**\n- at home\n2. **Step 2: Ask**"}
        )

        assert draft.recommended_next_steps == ("Look around", "Ask")


class TestSentencesOf:
    def test_leaves_lists_and_headings_out(self):
        assert sentences_of("First of all, breathe. Then look:\n1. Left side here.\n\nThen go home slowly.") == [
            "First of all, breathe.",
            "Then go home slowly.",
        ]
