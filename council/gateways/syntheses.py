"""A synthesis extracted by rules from three answers, for engines that cannot be trusted to write one.

Shared key phrases become points of agreement, the seats' own sentences become tensions, the Strategist's numbered lines
become next steps (council design, section 7). Works on any text; no list is ever empty.
"""

import re

from council.gateways.language_model import SAGE, SEATS, SKEPTIC, STRATEGIST, SynthesisDraft, Tension
from council.gateways.questions import Kind, understand
from council.gateways.words import STOP_WORDS

SPEAKERS = {SAGE: "the Sage", SKEPTIC: "the Skeptic", STRATEGIST: "the Strategist"}
LONGEST_PHRASE = 14
LONGEST_POSITION = 280
LONGEST_STEP = 280
MOST_STEPS = 5
LONGEST_READ = 12_000
"""Characters of an answer that the rules read, so that a long one cannot hold a worker."""
SILENCE = "Gave no answer."

_QUOTED = re.compile(r"[“\"][^“”\"]{0,600}[”\"]")
_NUMBERED = re.compile(r"^[ \t]*\d+[.)]\s+(?P<line>.+)$", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*(?:\d+[.)]|[-*•])\s+(?P<line>.+)$", re.MULTILINE)
_MARKS = re.compile(r"\*\*|__|`|^#+\s+", re.MULTILINE)
_STEP_LABEL = re.compile(r"^Step\s+\d+\s*[:.-]\s*", re.IGNORECASE)


def extract_synthesis(question: str, answers: dict[str, str]) -> SynthesisDraft:
    """Sum up answers keyed by seat; a missing seat counts as silent."""
    texts = {seat: _MARKS.sub("", answers.get(seat, "")[:LONGEST_READ]) for seat in SEATS}
    return SynthesisDraft(
        points_of_agreement=_agreement(question, texts),
        key_tensions=_tensions(question, texts),
        recommended_next_steps=_next_steps(texts[STRATEGIST]),
    )


def sentences_of(text: str) -> list[str]:
    """The sentences of prose in order, without list items, numbers and headings; quotations stay whole."""
    prose = _ITEM.sub("", text)
    found = re.split(r"(?<=[.!?])\s+(?=[^\s\d])|(?<=[.!?][”\"])\s+|\n+", prose)
    return [sentence.strip() for sentence in found if len(sentence.split()) > 2 and not sentence.strip().endswith(":")]


def _agreement(question: str, texts: dict[str, str]) -> tuple[str, ...]:
    asked = f"{question} {understand(question).focus}".lower()
    own_words = {seat: _QUOTED.sub(" . ", text) for seat, text in texts.items() if text}
    points = _points(asked, own_words, at_least=2) or _points(asked, own_words, at_least=1)
    return tuple(points[:3]) or ("The three answers share no words of weight; read them side by side.",)


def _points(asked: str, own_words: dict[str, str], *, at_least: int) -> list[str]:
    """What all three, or two of them, say in the same words; a phrase has at least so many words."""
    points: list[str] = []
    for seats in ((SAGE, SKEPTIC, STRATEGIST), (SKEPTIC, STRATEGIST), (SAGE, SKEPTIC), (SAGE, STRATEGIST)):
        if not set(seats) <= own_words.keys():
            continue
        known = [asked, *points]
        shared = _shared_runs([own_words[seat] for seat in seats], at_least=at_least)
        phrase = next((run for run in shared if not any(_overlaps(run, point) for point in known)), "")
        if phrase:
            points.append(_agreement_sentence(seats, phrase))
    return points


def _agreement_sentence(seats: tuple[str, ...], phrase: str) -> str:
    if len(seats) == len(SEATS):
        return f"All three come back to “{phrase}”."
    first, second = (SPEAKERS[seat] for seat in seats)
    return f"T{first[1:]} and {second} both point to “{phrase}”."


def _overlaps(phrase: str, point: str) -> bool:
    """Whether a phrase would only repeat what the question or another point already says."""
    words = set(phrase.split()) - STOP_WORDS
    return len(words & set(re.findall(r"[\w'\u2019-]+", point))) * 2 > len(words)


def _shared_runs(texts: list[str], *, at_least: int) -> list[str]:
    """The runs of words that every text holds, the heaviest first."""
    shared = set.intersection(*(_word_runs(text) for text in texts))
    return sorted((run for run in shared if run.count(" ") + 1 >= at_least), key=lambda run: (-_weight(run), run))


def _weight(run: str) -> int:
    return sum(len(word) for word in run.split() if word not in STOP_WORDS)


def _word_runs(text: str) -> set[str]:
    """Every run of up to nine neighbouring words inside one clause that could stand for a thought."""
    runs: set[str] = set()
    for clause in re.split(r"[.,;:!?()“”\"\n]+", text.lower()):
        words = re.findall(r"[\w'\u2019-]+", clause)
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1):
                run = words[start:end]
                if run[0] in STOP_WORDS or run[-1] in STOP_WORDS:
                    continue
                if len(run) > 1 or len(run[0]) > 6:
                    runs.add(" ".join(run))
    return runs


def _tensions(question: str, texts: dict[str, str]) -> tuple[Tension, ...]:
    asked = understand(question)
    topic = (
        asked.focus if len(asked.focus.split()) <= LONGEST_PHRASE or asked.kind is not Kind.OTHER else "The question"
    )
    own = {seat: _own_sentences(text) for seat, text in texts.items()}
    leads = {seat: lines[0] for seat, lines in own.items()}
    closings = {seat: lines[-1] for seat, lines in own.items() if len(lines) > 1}
    tensions = [_tension(topic[:1].upper() + topic[1:], leads)]
    if len(closings) == len(SEATS):
        tensions.append(_tension("What should decide it", closings))
    return tuple(tensions)


def _own_sentences(text: str) -> list[str]:
    """What a seat says in its own words: prose without quotations, else its list, else its silence. Never empty."""
    prose = [line for line in sentences_of(text) if not _QUOTED.search(line)]
    listed = [item["line"].strip() for item in _ITEM.finditer(text)]
    return [_shorten(line, LONGEST_POSITION) for line in prose or listed or [text.strip() or SILENCE]]


def _shorten(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit].rsplit(' ', 1)[0]} …"


def _tension(topic: str, positions: dict[str, str]) -> Tension:
    return Tension(
        topic=topic,
        sage_position=positions[SAGE],
        skeptic_position=positions[SKEPTIC],
        strategist_position=positions[STRATEGIST],
    )


def _next_steps(text: str) -> tuple[str, ...]:
    listed = [item["line"] for item in _NUMBERED.finditer(text)] or [item["line"] for item in _ITEM.finditer(text)]
    steps = [_STEP_LABEL.sub("", line.strip()) for line in listed] or sentences_of(text)[:3]
    steps = [_shorten(step, LONGEST_STEP) for step in steps if step.strip()]
    return tuple(steps[:MOST_STEPS]) or ("Put the question again in other words.",)
