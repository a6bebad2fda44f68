"""The assistant where no provider is named: it says the sentences of the owner's own files that answer, and where they stand.

By rules and therefore always alike: the same question over the same passages has the same answer. It makes nothing up, and it
cannot: every sentence that tells something is a quotation.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from conversations.gateways.assistants import AssistantAnswer, AssistantQuestion, Reason, Source
from conversations.gateways.phrases import (
    SMALL_WORDS,
    Language,
    asks_for_person,
    courtesy,
    language_of,
    words_of,
)

MODEL_ID = "offline:sentences"
LABEL = "Local answers: sentences from your files"
MOST_SENTENCES = 3
LONGEST_QUOTATION = 700
LONGEST_ASKED = 1000
"""As much as was searched for: every word is looked for in every sentence."""
ENOUGH = 0.34
"""Of the question's own words this part must stand in a sentence, or two of them, for it to be an answer."""
AS_GOOD = 0.75
SHORTEST_COMMON = 4
MOST_BEHIND = 2
LONGEST_HEADING = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    source: Source
    place: int
    text: str
    roots: frozenset[str]


class LocalAssistant:
    """Greets, quotes, asks back once where it is unsure, and hands over where the files say nothing."""

    model_id = MODEL_ID
    label = LABEL
    is_local = True

    def answer(self, question: AssistantQuestion) -> AssistantAnswer:
        asked = "\n".join(question.asked)
        language = language_of(asked)
        if known := plain_answer(question, self.model_id):
            return known
        if not question.sources:
            return self._said(language.hand_over, Reason.NO_PASSAGE, hand_over=True)
        found = best_sentences(asked[-LONGEST_ASKED:], question.sources)
        if not found:
            return self._said(language.unsure, Reason.UNSURE)
        used = tuple(dict.fromkeys(sentence.source.passage_id for sentence in found))
        return self._said(quoted(found, language), Reason.ANSWERED, used=used)

    def _said(
        self, text: str, reason: Reason, *, hand_over: bool = False, used: tuple[int, ...] = ()
    ) -> AssistantAnswer:
        return AssistantAnswer(text=text, hand_over=hand_over, reason=reason, used=used, model_id=self.model_id)


def plain_answer(question: AssistantQuestion, model_id: str) -> AssistantAnswer | None:
    """What needs no engine: somebody wants a person (said anywhere in what waits), or says only hello or thanks."""
    asked = question.asked
    language = language_of("\n".join(asked))
    if any(map(asks_for_person, asked)):
        return AssistantAnswer(language.hand_over, True, Reason.ASKED_FOR_PERSON, (), model_id)
    polite = [courtesy(text) for text in asked]
    if polite and polite[-1] is not None and None not in polite:
        return AssistantAnswer(polite[-1], False, Reason.COURTESY, (), model_id)
    return None


def best_sentences(asked: str, sources: Sequence[Source]) -> list[Sentence]:
    """At most three, in the order in which they stand; a heading or a question brings the sentence behind it instead."""
    wanted = frozenset(root_of(word) for word in words_of(asked) if word not in SMALL_WORDS)
    sentences = [sentence for source in sources for sentence in sentences_of(source)]
    weights = {root: _weight(root, sentences) for root in wanted}
    scored = [(sum(weights[root] for root in _shared(wanted, one)), one) for one in sentences]
    good = [(score, one) for score, one in scored if _is_enough(len(_shared(wanted, one)), len(wanted))]
    if not good:
        return []
    best = max(score for score, _ in good)
    order = {id(one): place for place, one in enumerate(sentences)}
    ranked = sorted(good, key=lambda pair: (-pair[0], order[id(pair[1])]))
    chosen = [one for score, one in ranked if score >= best * AS_GOOD][:MOST_SENTENCES]
    told = {order[id(one)]: one for head in chosen for one in _with_what_follows(head, sentences, order)}
    return _unlike([told[place] for place in sorted(told)])


def _weight(root: str, sentences: Sequence[Sentence]) -> float:
    """A word that stands everywhere tells little."""
    spread = sum(_is_in(root, one.roots) for one in sentences)
    return math.log(1 + (1 + len(sentences)) / (1 + spread))


def _is_enough(shared: int, wanted: int) -> bool:
    return shared >= 2 or (shared == 1 and shared / wanted >= ENOUGH)


def _shared(wanted: frozenset[str], sentence: Sentence) -> list[str]:
    return sorted(root for root in wanted if _is_in(root, sentence.roots))


def _with_what_follows(head: Sentence, sentences: Sequence[Sentence], order: dict[int, int]) -> list[Sentence]:
    """A heading tells nothing by itself, and a question in a list of answers is answered by the sentences behind it."""
    if not _only_announces(head):
        return [head]
    place = order[id(head)] + 1
    told = takewhile(lambda one: not _only_announces(one), sentences[place : place + MOST_BEHIND])
    return [one for one in told if one.source is head.source] or [head]


def _only_announces(sentence: Sentence) -> bool:
    text = sentence.text
    is_heading = text[-1] not in ".!:;" and len(text) <= LONGEST_HEADING and not re.search(r"[:0-9€$£]", text)
    return is_heading or text.endswith("?")


def _unlike(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Passages overlap: the same sentence is said once."""
    kept: dict[str, Sentence] = {}
    for one in sentences:
        kept.setdefault(" ".join(words_of(one.text)), one)
    return list(kept.values())


def quoted(sentences: Sequence[Sentence], language: Language) -> str:
    """The sentences, then the files that they stand in: `Source: prices.pdf, page 2`."""
    text = ""
    for one in sentences:
        if text and len(text) + len(one.text) > LONGEST_QUOTATION:
            break
        text += ("\n" if text and text[-1] not in ".!?" else " " if text else "") + one.text
    places = dict.fromkeys(_place_of(one.source, language) for one in sentences)
    return f"{text}\n\n{language.source}: {'; '.join(places)}"


def _place_of(source: Source, language: Language) -> str:
    return source.file_name + (f", {language.page} {source.page}" if source.page else "")


def sentences_of(source: Source) -> list[Sentence]:
    pieces = [piece.strip(" \t-\u2013\u2022*#") for piece in re.split(r"(?<=[.!?])\s+|\n+", source.text)]
    told = [" ".join(piece.split()) for piece in pieces if any(map(str.isalnum, piece))]
    return [
        Sentence(source, place, text, frozenset(root_of(word) for word in words_of(text) if word not in SMALL_WORDS))
        for place, text in enumerate(told)
    ]


def root_of(word: str) -> str:
    """Without accents and the commonest endings: `shipping`, `shipped` and `ships` are `ship`."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
    for ending in ("ing", "ed", "es", "s"):
        if plain.endswith(ending) and len(plain) - len(ending) >= SHORTEST_COMMON - 1:
            root = plain[: -len(ending)]
            return root[:-1] if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "ls" else root
    return plain


def _is_in(root: str, roots: frozenset[str]) -> bool:
    return root in roots or any(_is_alike(root, other) for other in roots)


def _is_alike(one: str, other: str) -> bool:
    """`deliver` and `delivery`: most of both is the same beginning."""
    common = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return common >= SHORTEST_COMMON and common >= 0.7 * max(len(one), len(other))
