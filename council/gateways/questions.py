"""Understanding a question by rules: its kind, its options, its key phrases.

Everything here is deterministic and knows English only; a question in another language is of kind OTHER and still gets
an answer built on its own key phrases.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from council.gateways.words import BASE_VERBS, LASTING, STOP_WORDS

LONGEST_OPTION = 12
LONGEST_SUBJECT = 24
LONGEST_READ = 2_000
"""Characters that the rules read; an option or a topic never needs more."""

_SECOND_PERSON = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you", "us": "you",
    "our": "your", "ours": "yours", "ourselves": "yourselves", "am": "are", "i'm": "you are", "we're": "you are",
    "i've": "you have", "we've": "you have", "i'd": "you would", "i'll": "you will",
}  # fmt: skip
_SHOULD = re.compile(
    r"\b(?:should|shall|do|can|could|may|would|must|ought)\s+(?:i|we)\s+"
    r"(?:(?:really|just|also|even|still|already|now|to|need to|have to|want to|afford to)\s+)*(?P<action>.+)"
    r"|\b(?:is|was|would|are|am)\s+(?:it|now|this|i|we)\b[^,;]*?"
    r"\b(?:wise|worth|worthwhile|good idea|bad idea|smart|ok|okay|right|sensible|time|late|early|risky|safe|better|mad|foolish)"
    r"(?:\s+for\s+(?:me|us))?\s+(?:to\s+)?(?P<judged>.+)",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"\b(?:how\s+(?:do|can|could|should|would|might|must|shall)\s+(?:i|we|one|you)|how\s+to|"
    r"(?:what|which)\s+is\s+the\s+(?:best|right|fastest|easiest)\s+way\s+to|where\s+do\s+(?:i|we)\s+start\s+to)\s+(?P<goal>.+)",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"\s+(?:first|now|next|instead|or not|then|today|please|at all|anyway)$", re.IGNORECASE)
_FIGURE = re.compile(
    r"(?:[$€£]\s?\d[\d,.]*\s?(?:k|m|thousand|million)?\b"
    r"|\b\d[\d,.]*\s?(?:%|percent\b|k\b|eur\b|usd\b|gbp\b|euros?\b|dollars?\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


class Kind(StrEnum):
    """What sort of question it is; each sort has templates of its own."""

    CHOICE = "choice"
    SHOULD = "should"
    HOW = "how"
    OTHER = "other"


@dataclass(frozen=True)
class Question:
    """A question as the rules see it. `subject` and `options` speak to the asker ("your job"), not as them."""

    text: str
    kind: Kind
    subject: str
    options: tuple[str, ...]
    phrases: tuple[str, ...]
    figures: tuple[str, ...]
    is_lasting: bool

    @property
    def focus(self) -> str:
        """The few words to call the matter by: an action as a noun, or the strongest phrase."""
        if self.kind is Kind.CHOICE:
            return f"{as_noun(self.options[0])} or {as_noun(self.options[1])}"
        if self.kind is Kind.OTHER:
            return self.phrases[0] if self.phrases else "this question"
        return as_noun(self.subject)


def understand(text: str) -> Question:
    """Classify a question and pull out what an answer can be built on."""
    text = " ".join(text.split())[:LONGEST_READ]
    core = _core_sentence(text)
    options = _options(core)
    kind, subject = _kind_and_subject(core, options)
    words = {word.lower() for word in _WORD.findall(core)}
    return Question(
        text=text,
        kind=kind,
        subject=subject,
        options=options,
        phrases=key_phrases(text),
        figures=tuple(dict.fromkeys(found.group().strip(" .,") for found in _FIGURE.finditer(text)))[:2],
        is_lasting=bool(words & LASTING),
    )


def key_phrases(text: str, limit: int = 4) -> tuple[str, ...]:
    """The longest runs of meaningful words, in the order of their strength; at most `limit`."""
    found: dict[str, int] = {}
    for clause in re.split(r"[.,;:!?()\"“”\n]+", text):
        for run in _runs(_WORD.findall(clause)):
            phrase = " ".join(run[-3:])
            found[phrase] = max(found.get(phrase, 0), sum(len(word) for word in run[-3:]))
    strongest = sorted(found, key=lambda phrase: (-found[phrase], phrase))
    return tuple(strongest[:limit])


def to_second_person(text: str) -> str:
    """Speak to the asker: "quit my job" becomes "quit your job"."""
    return re.sub(
        r"[A-Za-z]+(?:['\u2019][a-z]+)?",
        lambda word: _SECOND_PERSON.get(word.group().lower().replace("\u2019", "'"), word.group()),
        text,
    )


def as_noun(action: str) -> str:
    """Name an action: "quit your job and start" becomes "quitting your job and starting"; other phrases stay."""
    words = action.split()
    if not words or words[0] not in BASE_VERBS:
        return action
    words[0] = gerund(words[0])
    for place in range(2, len(words)):
        if words[place - 1] == "and" and words[place] in BASE_VERBS:
            words[place] = gerund(words[place])
    return " ".join(words)


def gerund(verb: str) -> str:
    """The -ing form of a base verb."""
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        return f"{verb[:-1]}ing"
    short = re.fullmatch(r"(?:qu|[^aeiou])*[aeiou][^aeiouwxy]", verb)
    if short or verb in {"begin", "commit", "admit", "refer", "submit", "permit", "cancel", "travel"}:
        return f"{verb}{verb[-1]}ing"
    return f"{verb}ing"


def _core_sentence(text: str) -> str:
    """The last sentence that asks, or the whole where none does."""
    sentences = re.split(r"(?<=[.!?])\s", text)
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    return (asking[-1] if asking else text).strip().rstrip("?.! ")


def _kind_and_subject(core: str, options: tuple[str, ...]) -> tuple[Kind, str]:
    if options:
        return Kind.CHOICE, " or ".join(options)
    if how := _HOW.search(core):
        return Kind.HOW, _tidy(how["goal"])
    if should := _SHOULD.search(core):
        return Kind.SHOULD, _tidy(should["action"] or should["judged"])
    return Kind.OTHER, _tidy(core)


def _options(core: str) -> tuple[str, ...]:
    """The two sides of a choice, or nothing."""
    between = re.search(r"\bbetween\s+(.+?)\s+and\s+(.+)", core, re.IGNORECASE)
    plain = re.sub(r"\s+or not\b", "", core, flags=re.IGNORECASE)
    parts = list(between.groups()) if between else re.split(r",?\s+(?:or|vs\.?|versus)\s+", plain, flags=re.IGNORECASE)
    if len(parts) != 2:
        return ()
    left, right = parts
    asked = None if between else _SHOULD.search(left)
    if asked:
        left = asked["action"] or asked["judged"]
    elif not between:
        left = re.split(r"[,:]\s+", left)[-1]
    left, right = _share_words(_tidy(left), _tidy(re.split(r"[,;]\s+", right)[0]))
    if not left or not right or max(len(left.split()), len(right.split())) > LONGEST_OPTION:
        return ()
    return left, right


def _share_words(left: str, right: str) -> tuple[str, str]:
    """Complete a side that leans on the other: "buy / rent a house", "learn Rust / Go"."""
    first, rest = left.split(), right.split()
    if not first or not rest or first[0] not in BASE_VERBS:
        return left, right
    if len(first) == 1 and len(rest) > 1 and rest[0] in BASE_VERBS:
        return " ".join([*first, *rest[1:]]), right
    if len(first) > 1 and rest[0] not in BASE_VERBS:
        return left, " ".join([first[0], *rest])
    return left, right


def _tidy(text: str) -> str:
    text = text.strip(" ?.!,;:\"'")
    while (shorter := _TRAILING.sub("", text).rstrip(" ,")) != text:
        text = shorter
    words = to_second_person(text).split()
    return " ".join(words[:LONGEST_SUBJECT])


def _runs(words: list[str]) -> list[list[str]]:
    """Neighbouring words that carry meaning."""
    runs: list[list[str]] = [[]]
    for place, word in enumerate(words):
        is_name = place > 0 and word[0].isupper() and word[1:2].isalpha()
        if (word.lower() in STOP_WORDS and not is_name) or (len(word) < 3 and not is_name):
            runs.append([])
        else:
            runs[-1].append(word if is_name else word.lower())
    return [run for run in runs if run]
