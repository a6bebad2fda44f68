"""What is asked of the assistant that answers clients, in plain values. Source: messaging-design.md §5, council-design.md §5.

An engine is asked off any transaction. Whatever goes wrong reaches the caller as an `AssistantError` with a public code and a
sentence of ours; the words of a provider never leave the gateway.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from conversations.gateways.phrases import language_of

LONGEST_ANSWER = 1500
LONGEST_COURTESY = 300
TELLS = re.compile(r"[0-9%€$£]|://|www\.|@")
LINK = re.compile(r"(?:https?://|www\.)[^\s<>()\"']*[^\s<>()\"'.,;:!?]", re.IGNORECASE)
CLIENT = "client"
PERSON = "person"
ASSISTANT = "assistant"


class ErrorCode(StrEnum):
    """Why an engine did not answer, as people see it."""

    RATE_LIMITED = "rate_limited"
    PROVIDER_ERROR = "provider_error"
    NOT_CONFIGURED = "not_configured"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"


PUBLIC_SENTENCES = {
    ErrorCode.RATE_LIMITED: "The answer engine is busy. Please try again in a minute.",
    ErrorCode.PROVIDER_ERROR: "The answer engine failed. Please try again.",
    ErrorCode.NOT_CONFIGURED: "The answer engine named in LLM_MODEL is not set up here. Ask whoever runs this site.",
    ErrorCode.TIMEOUT: "The answer engine took too long. Please try again.",
    ErrorCode.UNAVAILABLE: "The answer engine cannot be reached. Please try again later.",
}


class AssistantError(Exception):
    """An engine could not answer. `code` and `message` are safe to show; the cause stays in the log."""

    def __init__(self, code: ErrorCode) -> None:
        self.code = code
        self.message = PUBLIC_SENTENCES[code]
        super().__init__(self.message)


class Reason(StrEnum):
    """What kind of answer it is, and why it is left to a person where it is."""

    ANSWERED = ""
    COURTESY = "courtesy"
    UNSURE = "unsure"
    NO_PASSAGE = "no_passage"
    ASKED_FOR_PERSON = "asked_for_person"


@dataclass(frozen=True, slots=True)
class Said:
    """One message: `who` is CLIENT, PERSON (one of ours) or ASSISTANT. Without `is_words` the text names what came, such as `[image]`."""

    who: str
    text: str
    is_words: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that an answer may be built on."""

    passage_id: int
    file_id: UUID
    file_name: str
    page: int | None
    text: str

    def as_json(self) -> dict[str, Any]:
        """As kept with the turn."""
        file = {"file_id": str(self.file_id), "file_name": self.file_name, "page": self.page}
        return {"passage_id": self.passage_id, **file, "text": self.text}


@dataclass(frozen=True, slots=True)
class AssistantQuestion:
    """`said` ends with what the client waits on; `seconds` is how long an engine may take for all of it."""

    business: str
    said: tuple[Said, ...]
    sources: tuple[Source, ...]
    seconds: float = 60.0

    @property
    def asked(self) -> tuple[str, ...]:
        """What the client said since one of us last spoke; all that they said where nobody waits."""
        return tuple(one.text for one in self._waiting())

    @property
    def asked_in_words(self) -> tuple[str, ...]:
        """Of these what the client wrote: a picture asks nothing that could be looked up."""
        return tuple(one.text for one in self._waiting() if one.is_words)

    def _waiting(self) -> list[Said]:
        last = max((place for place, one in enumerate(self.said) if one.who != CLIENT), default=-1)
        return [one for one in self.said[last + 1 :] or self.said if one.who == CLIENT]


@dataclass(frozen=True, slots=True)
class AssistantAnswer:
    """With `hand_over` a person is to answer, and `text` is only a line for the meantime. `used` are ids of sources."""

    text: str
    hand_over: bool
    reason: Reason
    used: tuple[int, ...]
    model_id: str


class AssistantModel(Protocol):
    """An answer engine. It holds nothing between questions."""

    @property
    def model_id(self) -> str:
        """What is stored with each answer, such as `offline:sentences`."""

    @property
    def label(self) -> str:
        """What a page says about the engine, a few words for people."""

    @property
    def is_local(self) -> bool:
        """Whether it answers by rules, on this machine."""

    def answer(self, question: AssistantQuestion) -> AssistantAnswer:
        """Blocks for at most `question.seconds`. Raises `AssistantError`."""


def held_to_sources(answer: AssistantAnswer, question: AssistantQuestion) -> AssistantAnswer:
    """The answer, where it stands on what was given; otherwise it asks back or is handed over, never sent as a guess.

    A courtesy and a question back stand on nothing, so they may tell nothing; links are those of the passages.
    Ids that were not given are dropped: a model may invent them. While a person is waited for only our own line is said: a
    model's could promise something.
    """
    known = {source.passage_id for source in question.sources}
    used = tuple(dict.fromkeys(one for one in answer.used if one in known))
    lines = language_of("\n".join(question.asked))
    text = answer.text.strip()
    if answer.reason is Reason.COURTESY and not answer.hand_over and text and not TELLS.search(text):
        return replace(answer, used=(), text=shortened(text, LONGEST_COURTESY))
    if answer.hand_over or not known:
        reason = answer.reason if answer.hand_over else Reason.NO_PASSAGE
        return replace(answer, hand_over=True, reason=reason, used=(), text=lines.hand_over)
    if answer.reason is Reason.UNSURE and text and not TELLS.search(text):
        return replace(answer, used=(), text=shortened(text, LONGEST_COURTESY))
    given = "\n".join(source.text for source in question.sources)
    if not used or not text or any(link not in given for link in LINK.findall(text)):
        return replace(answer, reason=Reason.UNSURE, used=(), text=lines.unsure)
    return replace(answer, used=used, text=shortened(text, LONGEST_ANSWER))


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters, cut behind a sentence where there is one in the second half, otherwise behind a word."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    if end > longest // 2:
        return head[: end + 1].rstrip()
    return head.rpartition(" ")[0].rstrip(" ,;:") + "…" if " " in head else head + "…"
