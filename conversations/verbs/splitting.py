"""Cutting a text into passages: at headings, then at paragraphs, sentences, words. Source: messaging-design.md §8.

A passage holds at most LONGEST letters. Where a section is longer, each next passage begins with the last words of the one
before it, at most OVERLAP letters, so that what stands across a cut is found. A word is never cut, unless it alone is longer
than a passage. A heading stays with what follows it, and loses the mark by which Markdown knows it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

LONGEST, OVERLAP = 800, 100
LONGEST_HEADING, MOST_HEADING_WORDS = 80, 12

BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
NUMBERED = re.compile(r"(\d{1,3}(\.\d{1,3}){0,4}[.)]?|§\s*\d+|[A-Z][.)])\s+[^\W\d_]")
MARKED = re.compile(r"#{1,6}\s+(?=\S)")
# Ends of sentences; those of Chinese and Japanese are followed by no blank.
SENTENCE = re.compile(r"[.!?…:;]['\")\]»”]*\s|[\u3002\uff01\uff1f\uff1b]")


@dataclass(frozen=True, slots=True)
class Piece:
    """`page` is where it begins; None where the document has no pages."""

    page: int | None
    text: str


@dataclass(slots=True)
class Section:
    """A heading, or several in a row, and what follows; `starts` says where in the text each block begins, and `pages` on which page."""

    parts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    pages: list[int | None] = field(default_factory=list)
    length: int = 0
    has_body: bool = False

    def add(self, block: str, page: int | None, *, is_body: bool) -> None:
        between = ("\n\n" if self.has_body and is_body else "\n") if self.parts else ""
        self.starts.append(self.length + len(between))
        self.pages.append(page)
        self.parts.append(between + block)
        self.length += len(between) + len(block)
        self.has_body |= is_body

    def page_at(self, place: int) -> int | None:
        return self.pages[bisect_right(self.starts, place) - 1]


def split(pages: Iterable[tuple[int | None, str]]) -> list[Piece]:
    """(number, text) of each page, as passages in their order."""
    return [piece for section in _sections(pages) for piece in _cut(section)]


def _sections(pages: Iterable[tuple[int | None, str]]) -> Iterator[Section]:
    section = Section()
    for page, text in pages:
        for block, is_heading in _blocks(text):
            if is_heading and section.has_body:
                yield section
                section = Section()
            section.add(block, page, is_body=not is_heading)
    if section.parts:
        yield section


def _blocks(text: str) -> Iterator[tuple[str, bool]]:
    """The headings and paragraphs of a page, without superfluous blanks, and whether each is a heading."""
    for paragraph in BLANK_LINE.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line for line in (" ".join(line.split()) for line in paragraph.split("\n")) if line]
        body: list[str] = []
        for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
            if not is_heading(line, before=before, after=after):
                body.append(line)
                continue
            if body:
                yield "\n".join(body), False
                body = []
            yield MARKED.sub("", line, count=1) if MARKED.match(line) else line, True
        if body:
            yield "\n".join(body), False


def is_heading(line: str, *, before: str, after: str) -> bool:
    """By its mark, its look, or its place; `before` and `after` are its neighbours in the paragraph. A question on a line of its
    own is one, too: so lists of questions are written."""
    if MARKED.match(line):
        return True
    if len(line) > LONGEST_HEADING or len(line.split()) > MOST_HEADING_WORDS:
        return False
    if line.endswith("?"):
        return line[:1].isupper()
    if line[-1] in ".,;:!" or not any(letter.isalpha() for letter in line):
        return False
    is_loud = line.isupper() and sum(letter.isalpha() for letter in line) > 3
    begins_anew = not before or before[-1] in ".!?"
    is_title = begins_big(line) and (begins_big(after) if after else not before)
    return is_loud or (begins_anew and (is_title or bool(NUMBERED.match(line))))


def begins_big(line: str) -> bool:
    return line[:1].isupper() or line[:1].isdigit()


def _cut(section: Section) -> Iterator[Piece]:
    """`fresh` is the first letter that no passage holds yet; `start` lies some words before it."""
    text, start, fresh = "".join(section.parts), 0, 0
    while len(text) - start > LONGEST:
        end = _end(text, start, fresh)
        if end is None:  # the next word leaves no room for what came before
            start = fresh
            end = _end(text, start, fresh) or start + LONGEST
        yield Piece(section.page_at(fresh), text[start:end].rstrip())
        start, fresh = _overlap(text, end), _skip_blanks(text, end)
    if fresh < len(text):
        yield Piece(section.page_at(fresh), text[start:])


def _end(text: str, start: int, fresh: int) -> int | None:
    """Where the passage that begins at `start` best ends; None where no word ends between `fresh` and its LONGEST letters."""
    most, least = start + LONGEST, max(start + LONGEST // 2, fresh + 1)
    paragraph = text.rfind("\n\n", least, most)
    if paragraph > 0:
        return paragraph
    sentences = [found.end() for found in SENTENCE.finditer(text, least, most)]
    if sentences:
        return sentences[-1]
    return next((place for place in range(most, fresh, -1) if text[place].isspace()), None)


def _overlap(text: str, end: int) -> int:
    """Where the last whole words before `end` begin, within OVERLAP letters of it; what comes after `end` where there are none."""
    if text[end - 1].isspace() or text[end].isspace():
        for place in range(max(1, end - OVERLAP), end):
            if text[place - 1].isspace() and not text[place].isspace():
                return place
    return _skip_blanks(text, end)


def _skip_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
