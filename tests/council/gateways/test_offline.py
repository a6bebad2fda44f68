"""The rule-based advisor: deterministic, three voices, always something to read."""

import pytest

from council.gateways.language_model import SAGE, SEATS, SKEPTIC, STRATEGIST, EarlierAnswer, Prompt, Usage
from council.gateways.offline import OfflineAdvisor, advise
from council.gateways.topics import GENERAL, TOPICS, topic_of

NAMES = {SAGE: "The Sage", SKEPTIC: "The Skeptic", STRATEGIST: "The Strategist"}
QUESTIONS = [
    "Should I quit my job to start a company?",
    "Should I buy or rent a house?",
    "How do I price my first sample pack?",
    "Our cafe loses money on weekdays",
    "I have 40k saved and 3 months. Should we move to Lisbon?",
    "Was soll ich tun?",
    "?",
]


def council(question: str) -> dict[str, str]:
    answers: dict[str, str] = {}
    for seat in SEATS:
        earlier = tuple(EarlierAnswer(NAMES[said], text) for said, text in answers.items())
        answers[seat] = advise(Prompt(seat, "", question, earlier))
    return answers


class TestAdvise:
    @pytest.mark.parametrize("question", QUESTIONS)
    def test_gives_three_different_full_answers_twice_the_same(self, question):
        first, second = council(question), council(question)

        assert first == second
        assert len(set(first.values())) == 3
        for text in first.values():
            assert len(text.split("\n\n")) == 3
            assert 70 <= len(text.split()) <= 260
            assert not {"{", "}", "  ", " .", "!"} & {
                text[at : at + 2].strip() or text[at : at + 2] for at in range(len(text))
            }

    def test_speaks_to_the_asker_about_their_own_matter(self):
        answers = council("Should I quit my job to start a company?")

        assert all("quitting your job to start a company" in text for text in answers.values())

    def test_leans_towards_the_side_that_can_be_undone(self):
        assert "I lean towards renting a house for now" in council("Should I buy or rent a house?")[SAGE]

    def test_later_seats_quote_one_sentence_of_the_earlier_ones(self):
        answers = council("How do I price my first sample pack?")

        first_of_sage = answers[SAGE].split(". ")[0]
        first_of_skeptic = answers[SKEPTIC].split(". ")[0]
        assert f"The Sage says: “{first_of_sage}.”" in answers[SKEPTIC]
        assert f"The Skeptic objects: “{first_of_skeptic}.”" in answers[STRATEGIST]

    def test_asks_about_the_figures_that_were_named(self):
        skeptic = council("Can we afford a second developer for €4,000 a month?")[SKEPTIC]

        assert "You name €4,000." in skeptic

    def test_a_long_sentence_is_quoted_in_part(self):
        prompt = Prompt(SKEPTIC, "", "Should I move?", (EarlierAnswer("The Sage", "word " * 300),))

        assert "word word …”" in advise(prompt)

    def test_a_persona_of_ones_own_speaks_too(self):
        assert advise(Prompt("0190-own", "You are a poet", "Should I move?")) == council("Should I move?")[SAGE]


class TestTopicOf:
    def test_takes_the_topic_with_most_words(self):
        assert "business" in topic_of("Should my startup find customers for the album?").words

    def test_falls_back_to_the_general_one(self):
        assert topic_of("What now?") is GENERAL

    def test_texts_of_every_topic_are_sentences(self):
        for topic in (*TOPICS, GENERAL):
            for sentence in (topic.heart, *topic.risks, *topic.steps):
                assert sentence[0].isupper()
                assert sentence.endswith(".")
            for phrase in (topic.gain, topic.cost, topic.measure, topic.test, topic.assumption):
                assert phrase[0].islower()
                assert not phrase.endswith(".")


class TestOfflineAdvisor:
    async def test_streams_the_advice_in_words_and_ends_with_the_usage(self):
        prompt = Prompt(SAGE, "", "Should I move?")

        *pieces, usage = [piece async for piece in OfflineAdvisor().stream(prompt)]

        assert "".join(pieces) == advise(prompt)
        assert len(pieces) > 70
        assert usage == Usage(prompt_tokens=0, completion_tokens=0, is_estimated=False)

    async def test_sums_up(self):
        answers = council("Should I move?")

        draft = await OfflineAdvisor().synthesise("Should I move?", answers)

        assert draft.recommended_next_steps[-1].startswith("In two months, decide in one sitting")
