"""The offline advisor: answers made from rules, without any model and without the network.

Deterministic for a question and the answers before it, so it is the fixture of the browser tests as well. Each seat has
templates for four kinds of question (council design, section 7).
"""

from asyncio import sleep
from collections.abc import AsyncGenerator
from re import findall
from zlib import crc32

from council.gateways.language_model import SKEPTIC, STRATEGIST, Prompt, SynthesisDraft, Usage
from council.gateways.questions import Kind, Question, as_noun, understand
from council.gateways.syntheses import extract_synthesis, sentences_of
from council.gateways.topics import Topic, topic_of

LONGEST_QUOTE = 180


class OfflineAdvisor:
    """Rules behind the same interface as a model. `pace` is the pause after each word, in seconds."""

    model_id = "offline:advisor"
    label = "Offline advisor: rule-based, no AI"

    def __init__(self, *, pace: float = 0.0) -> None:
        self.pace = pace

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage, None]:
        """Yield the advice word by word and no usage of tokens."""
        for piece in findall(r"\s*\S+", advise(prompt)):
            await sleep(self.pace)
            yield piece
        yield Usage()

    async def synthesise(self, question: str, answers: dict[str, str]) -> SynthesisDraft:
        """Extract the synthesis from the answers by rules."""
        return extract_synthesis(question, answers)


def advise(prompt: Prompt) -> str:
    """The whole advice of one seat. A persona of the user's own speaks from the Sage's chair."""
    question, topic = understand(prompt.question), topic_of(prompt.question)
    if prompt.seat == SKEPTIC:
        return _join(skeptic(question, topic, _quote(prompt, 0)))
    if prompt.seat == STRATEGIST:
        return _join(strategist(question, topic, _quote(prompt, 1)))
    return _join(sage(question, topic))


def sage(question: Question, topic: Topic) -> list[str]:
    """Balanced wisdom: where to lean, both sides, and what to look at first."""
    proof = _pick(
        question,
        f"Before you commit, I would want to see {topic.test}.",
        f"What I would look for first is {topic.test}.",
        f"The kindest next step is {topic.test}.",
    )
    ending = _pick(
        question,
        f"Then picture an ordinary Tuesday, {topic.horizon} from now, in each version: the one you catch yourself planning "
        "for is worth listening to.",
        f"And ask what you would tell a friend who came to you with the same question {topic.horizon} from now; you would "
        "probably be gentler and clearer.",
        "If you would regret not having tried more than having failed, that is most of the answer.",
    )
    return [
        f"{_sage_lean(question)} {topic.heart}",
        _sage_weighing(question, topic),
        f"{proof} It tells you more than another month of thinking, and it costs little if the answer is no. {ending}",
    ]


def skeptic(question: Question, topic: Topic, quote: str) -> list[str]:
    """Doubt in the open: what is assumed, what could go wrong, what would change the mind."""
    reply = f"The Sage says: “{quote}” That holds only if {topic.assumption}." if quote else ""
    close = _pick(
        question,
        f"Until there has been {topic.test}, I would call this a hope and not a plan.",
        f"Without {topic.test}, all of us here are guessing.",
    )
    return [
        f"{_skeptic_lead(question)} {reply}".strip(),
        "\n".join(["Three things I would look at:", *_numbered(topic.risks)]),
        f"{_skeptic_on_figures(question, topic)} {close} Show me {topic.measure}, and I will change my mind gladly.",
    ]


def strategist(question: Question, topic: Topic, quote: str) -> list[str]:
    """A path: small steps in order, and the rule by which to stop or go on."""
    step = _the_step(question)
    lead = _pick(
        question,
        f"Turn {step} into {topic.horizon} of small moves, each of which can be stopped.",
        f"Give {step} a window of {topic.horizon}, with a decision at the end and not before.",
        f"Do not settle {step} today; settle what you will know in {topic.horizon}.",
    )
    reply = f"The Skeptic objects: “{quote}” The steps below are built to answer exactly that." if quote else ""
    last = f"In {topic.horizon}, decide in one sitting: {_decision_rule(question)}"
    close = _pick(
        question,
        f"Keep {topic.measure} on one page, in view the whole time. The doubts are about the same figure, so it settles the "
        "argument for you.",
        f"If you do only one of these, do the second; if you watch only one thing, watch {topic.measure}.",
    )
    return [f"{lead} {reply}".strip(), "\n".join(_numbered([*topic.steps, last])), close]


def _sage_lean(question: Question) -> str:
    focus = as_noun(question.subject)
    if question.kind is Kind.CHOICE:
        return _sage_choice(question)
    if question.kind is Kind.HOW:
        return _pick(
            question,
            f"I would begin with what {focus} is meant to change, because that decides the order of everything else.",
            f"The best way into {focus} is the smallest version that somebody else can already use.",
        )
    if question.kind is Kind.OTHER:
        return _pick(
            question,
            "I would first name what is really at stake here, because that is seldom what comes to mind first.",
            "I hear two questions in yours: what is going on, and what you would like to have instead.",
            "Stay with what you can observe for a while; the explanation that comes first is rarely the whole one.",
        )
    if question.is_lasting:
        return _pick(
            question,
            f"I lean towards a yes to {focus}, but a slow one, since it is hard to take back.",
            f"I would let {focus} earn its yes: it is hard to undo, so it deserves a proof before a promise.",
        )
    return _pick(
        question,
        f"I lean towards {focus}, because you can still turn round after a first small step.",
        f"I would say yes to {focus}, in a form small enough that being wrong is cheap.",
    )


def _sage_choice(question: Question) -> str:
    first, second = (as_noun(option) for option in question.options)
    lasting = [understand(option).is_lasting for option in question.options]
    if lasting[0] != lasting[1]:
        easier, harder = (second, first) if lasting[0] else (first, second)
        return (
            f"Between {first} and {second} I lean towards {easier} for now, because it leaves the other way open. Choose "
            f"{harder} once you are sure that you will still want it after the novelty has gone."
        )
    return _pick(
        question,
        f"Neither {first} nor {second} is right in itself; I would take the one whose worst day you could live with.",
        f"I lean towards {first}, since it is what you named first, and what people name first has often been chosen "
        f"already. Take {second} if that sentence annoyed you.",
    )


def _sage_weighing(question: Question, topic: Topic) -> str:
    if question.kind is Kind.CHOICE:
        return (
            f"Both ways can lead to {topic.gain}, and both can cost {topic.cost}. They differ in how soon you feel each of "
            "these, and in how easily you could change your mind."
        )
    if question.kind is Kind.SHOULD:
        return (
            f"What speaks for it: {topic.gain}. What speaks against it: {topic.cost}. Neither side is foolish, which is why "
            "the question stays with you."
        )
    return (
        f"What there is to win: {topic.gain}. What it will ask of you: {topic.cost}. Both belong in the same sentence."
    )


def _skeptic_lead(question: Question) -> str:
    if question.kind is Kind.OTHER:
        return _pick(
            question,
            "I am not sure yet that this is the right question.",
            "What I miss is a cause: you say what is on your mind, and not why it is so.",
            "Suppose the obvious explanation is wrong; nothing here would show it.",
        )
    step = _the_step(question)
    return _pick(
        question,
        f"Nothing here shows yet that {step} solves the problem behind the question.",
        f"I am not convinced about {step}, mostly because of what is left out.",
        f"Suppose {step} goes wrong: the question does not say what happens then.",
    )


def _skeptic_on_figures(question: Question, topic: Topic) -> str:
    if question.figures:
        named = " and ".join(question.figures)
        return f"You name {named}. Write down where that comes from, and what happens at half and at double."
    return f"You name no figure, and {topic.measure} would be the first I ask for."


def _decision_rule(question: Question) -> str:
    if question.kind is Kind.CHOICE:
        first, second = (as_noun(option) for option in question.options)
        return f"{first} if what you measured speaks for it, {second} if not."
    return "go on if what you measured has moved the right way, and stop without regret if it has not."


def _the_step(question: Question) -> str:
    if question.kind is Kind.CHOICE:
        return f"the choice between {as_noun(question.options[0])} and {as_noun(question.options[1])}"
    if question.kind is Kind.OTHER:
        return "the question"
    return as_noun(question.subject)


def _quote(prompt: Prompt, place: int) -> str:
    """The first sentence of an earlier answer, short enough to be a quotation."""
    if place >= len(prompt.earlier):
        return ""
    sentences = sentences_of(prompt.earlier[place].text)
    sentence = sentences[0] if sentences else ""
    return sentence if len(sentence) <= LONGEST_QUOTE else f"{sentence[:LONGEST_QUOTE].rsplit(' ', 1)[0]} …"


def _pick(question: Question, *variants: str) -> str:
    """One of several wordings, always the same for the same question; each place in the text chooses for itself."""
    return variants[crc32(f"{question.text}{variants[0][:24]}".encode()) % len(variants)]


def _numbered(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [f"{place}. {line}" for place, line in enumerate(lines, start=1)]


def _join(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs)
