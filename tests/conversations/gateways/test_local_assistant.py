import time
from dataclasses import replace
from uuid import UUID

import pytest

from conversations.gateways.assistants import (
    ASSISTANT,
    CLIENT,
    PERSON,
    AssistantAnswer,
    AssistantQuestion,
    Reason,
    Said,
    Source,
    held_to_sources,
    shortened,
)
from conversations.gateways.local_assistant import LocalAssistant
from conversations.gateways.phrases import LANGUAGES, asks_for_person, courtesy, language_of

SHIPPING = Source(
    1,
    UUID(int=1),
    "shipping.pdf",
    2,
    "Delivery to Norway\nIt takes five working days and costs 12 EUR. We ship on weekdays only. "
    "Returns are accepted within 30 days of delivery.",
)
HOURS = Source(
    2,
    UUID(int=2),
    "hours.txt",
    None,
    "Opening hours\nMonday to Friday: 9 to 17\nSaturday: 10 to 14\nHow can I pay?\nWe take cards and bank transfer.",
)
UNSURE = LANGUAGES["en"].unsure
HANDED_OVER = LANGUAGES["en"].hand_over


def answered(*texts, sources=(SHIPPING, HOURS)):
    return LocalAssistant().answer(AssistantQuestion("A shop", tuple(Said(CLIENT, text) for text in texts), sources))


class TestAnswers:
    @pytest.mark.parametrize(
        ("asked", "said", "used"),
        [
            (
                "How long does delivery to Norway take?",
                "It takes five working days and costs 12 EUR. We ship on weekdays only.\n\nSource: shipping.pdf, page 2",
                (1,),
            ),
            (
                "Can I return something?",
                "Returns are accepted within 30 days of delivery.\n\nSource: shipping.pdf, page 2",
                (1,),
            ),
            (
                "What are your opening hours?",
                "Monday to Friday: 9 to 17\nSaturday: 10 to 14\n\nSource: hours.txt",
                (2,),
            ),
            ("How can I pay?", "We take cards and bank transfer.\n\nSource: hours.txt", (2,)),
        ],
    )
    def test_are_the_sentences_that_answer_and_where_they_stand(self, asked, said, used):
        assert answered(asked) == AssistantAnswer(said, False, Reason.ANSWERED, used, "offline:sentences")

    def test_are_always_alike(self):
        assert len({answered("Do you ship to Norway on Saturday?") for _ in range(5)}) == 1

    def test_take_all_that_waits_together(self):
        assert answered("Hi", "a question about delivery", "to Norway").used == (1,)

    def test_name_the_page_in_the_clients_language(self):
        german = Source(3, UUID(int=3), "versand.pdf", 4, "Der Versand nach Norwegen kostet 12 EUR.")
        assert answered("Was kostet der Versand nach Norwegen?", sources=(german,)).text == (
            "Der Versand nach Norwegen kostet 12 EUR.\n\nQuelle: versand.pdf, Seite 4"
        )

    def test_say_a_sentence_of_two_overlapping_passages_once(self):
        twice = answered(
            "Can I return something?", sources=(SHIPPING, Source(9, UUID(int=1), "a.txt", None, SHIPPING.text))
        )
        assert twice.text.count("Returns are accepted") == 1


class TestWhatItDoesNotKnow:
    def test_is_asked_back_where_no_sentence_fits(self):
        for asked in ("Do you sell bicycles in Peru with a discount?", "?", "", "👍"):
            assert answered(asked) == AssistantAnswer(UNSURE, False, Reason.UNSURE, (), "offline:sentences")

    def test_is_for_a_person_where_no_passage_was_found(self):
        assert answered("Do you sell bicycles?", sources=()) == AssistantAnswer(
            HANDED_OVER, True, Reason.NO_PASSAGE, (), "offline:sentences"
        )

    @pytest.mark.parametrize(
        "asked",
        [
            "I want to speak to a human",
            "Can I talk to someone please?",
            "agent",
            "Hello\n- Agent, please!",
            "s'il te plait\n\u00abUn conseiller s\u2019il vous pla\u00eet\u00bb",
            "is there a real person here",
            "Ich möchte mit einem Menschen sprechen",
            "Kann ich bitte einen Mitarbeiter sprechen?",
            "Je voudrais parler à quelqu\u2019un",
            "Quiero hablar con una persona",
            "Vorrei parlare con un operatore",
            "Quero falar com um atendente",
            "Ik wil graag een medewerker spreken",
            "Chcę porozmawiać z konsultantem",
        ],
    )
    def test_is_for_a_person_where_one_is_asked_for_in_plain_words(self, asked):
        given = answered("How long does delivery to Norway take?", asked)
        assert (given.hand_over, given.reason) == (True, Reason.ASKED_FOR_PERSON)

    @pytest.mark.parametrize(
        "asked",
        [
            "How many persons fit in?",
            "Do you need someone on Saturdays?",
            "Who is the agent of ACME?",
            "Ist das für eine Person?",
        ],
    )
    def test_is_no_person_where_none_is_asked_for(self, asked):
        assert not asks_for_person(asked)

    @pytest.mark.parametrize("piece", ["\n", "- \n", "a\n", "speak ", "? ", "ich m\u00f6chte ", "-", "'"])
    def test_is_read_fast_whatever_they_write(self, piece):
        began = time.process_time()
        answered((piece * 2000)[:2000], sources=(SHIPPING,) * 5)
        assert time.process_time() - began < 1.5


class TestCourtesy:
    @pytest.mark.parametrize(
        ("said", "answer"),
        [
            ("Hi", "Hello! How can we help you?"),
            ("Hello there!", "Hello! How can we help you?"),
            ("Guten Tag", "Guten Tag! Wie können wir Ihnen helfen?"),
            ("Hola, buenos días", "¡Hola! ¿En qué podemos ayudarle?"),
            ("Thanks a lot!", "You are welcome!"),
            ("Merci beaucoup", "Avec plaisir !"),
        ],
    )
    def test_is_answered_in_kind(self, said, answer):
        assert answered(said) == AssistantAnswer(answer, False, Reason.COURTESY, (), "offline:sentences")

    @pytest.mark.parametrize("said", ["What is there?", "Where are you", "hi, what does it cost?", "for you", ""])
    def test_is_nothing_with_a_question_in_it(self, said):
        assert courtesy(said) is None


class TestLanguages:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Was kostet der Versand nach Norwegen?", "de"),
            ("¿Cuánto cuesta el envío?", "es"),
            ("Combien coûte la livraison pour la Norvège ?", "fr"),
            ("Ile kosztuje wysyłka do Norwegii?", "pl"),
            ("12345", "en"),
        ],
    )
    def test_are_told_by_their_small_words(self, text, code):
        assert language_of(text) is LANGUAGES[code]


class TestHeldToSources:
    """What a model says is sent only where it stands on what it was given."""

    QUESTION = AssistantQuestion("A shop", (Said(CLIENT, "How long?"),), (SHIPPING,))

    def held(self, question=None, **given):
        fields = {"text": "Five days.", "hand_over": False, "reason": Reason.ANSWERED, "used": (1,), "model_id": "m"}
        return held_to_sources(AssistantAnswer(**{**fields, **given}), question or self.QUESTION)

    def test_an_answer_with_its_passage_stays(self):
        assert self.held() == AssistantAnswer("Five days.", False, Reason.ANSWERED, (1,), "m")

    def test_an_invented_passage_is_dropped(self):
        assert self.held(used=(1, 99, 1)).used == (1,)

    @pytest.mark.parametrize("given", [{"used": (99,)}, {"used": ()}, {"text": "  "}])
    def test_a_guess_is_not_said(self, given):
        assert self.held(**given) == AssistantAnswer(UNSURE, False, Reason.UNSURE, (), "m")

    def test_without_any_passage_a_person_answers(self):
        bare = AssistantQuestion("A shop", (Said(CLIENT, "How long?"),), ())
        assert self.held(bare, used=()) == AssistantAnswer(HANDED_OVER, True, Reason.NO_PASSAGE, (), "m")

    def test_handing_over_says_our_own_line(self):
        handed = self.held(hand_over=True, reason=Reason.ANSWERED, text="All is refunded!")
        assert handed == AssistantAnswer(HANDED_OVER, True, Reason.ANSWERED, (), "m")

    @pytest.mark.parametrize("reason", [Reason.COURTESY, Reason.UNSURE])
    @pytest.mark.parametrize("text", ["Hello! Take 20 % off.", "See https://evil.example", "Write to a@b.example"])
    def test_what_stands_on_nothing_tells_nothing(self, reason, text):
        said = self.held(reason=reason, text=text, used=())
        assert said == AssistantAnswer(UNSURE, False, Reason.UNSURE, (), "m")

    def test_a_link_that_no_passage_has_is_not_said(self):
        assert self.held(text="Pay at https://evil.example/now.").text == UNSURE
        source = replace(SHIPPING, text="More at https://shop.example/norway?x=1, in detail.")
        question = AssistantQuestion("A shop", (Said(CLIENT, "How long?"),), (source,))
        assert self.held(question, text="See https://shop.example/norway?x=1.").used == (1,)

    def test_courtesy_is_short(self):
        assert len(self.held(reason=Reason.COURTESY, text="Hello! " * 200).text) <= 300

    def test_an_answer_ends_with_a_sentence(self):
        assert shortened("One is here. Two is there. Three.", 30) == "One is here. Two is there."
        assert shortened("word " * 10, 22) == "word word word word…"
        assert shortened("x" * 50, 10) == "x" * 9 + "…"


class TestWhatIsAsked:
    def test_is_what_came_since_one_of_us_spoke(self):
        said = (
            Said(CLIENT, "a"),
            Said(PERSON, "b"),
            Said(CLIENT, "c"),
            Said(ASSISTANT, "d"),
            Said(CLIENT, "e"),
            Said(CLIENT, "f"),
        )
        assert AssistantQuestion("", said, ()).asked == ("e", "f")

    def test_is_all_where_nobody_waits(self):
        assert AssistantQuestion("", (Said(CLIENT, "a"), Said(PERSON, "b")), ()).asked == ("a",)
