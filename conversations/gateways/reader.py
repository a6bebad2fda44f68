"""The other process of `documents`: a document at its standard input, its text as JSON at its standard output.

{"pages": [text, ...], "page_count": 3 or null}, or {"reason": "encrypted"}. It imports nothing of Django and nothing of ours.
What its libraries raise ends it, and is read as a damaged document.
"""

import contextlib
import io
import json
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

MOST_PAGES, MOST_LETTERS = 1000, 2_000_000
# Of a DOCX, which is a zip: its parts, what they hold in all, and how tightly they may be packed above a size.
MOST_PARTS, MOST_UNPACKED, MOST_RATIO, FREE_RATIO_BELOW = 2000, 50 * 1024 * 1024, 200, 1024 * 1024
MOST_OUTPUT = 64 * 1024 * 1024
DOCUMENT = "word/document.xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class Refused(Exception):
    """It is not read; `args[0]` says why, as documents.REASONS has it."""


class Letters:
    """How many letters were taken out so far."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, text: str) -> str:
        self.count += len(text)
        if self.count > MOST_LETTERS:
            raise Refused("too_large")
        return text


def main(kind: str, cpu_seconds: int, memory: int) -> None:
    limit(cpu_seconds, memory)
    try:
        pages, count = READERS[kind](io.BytesIO(sys.stdin.buffer.read()))
        told: dict[str, Any] = {"pages": ["\n".join(page.splitlines()) for page in pages], "page_count": count}
    except Refused as refused:
        told = {"reason": refused.args[0]}
    except MemoryError:
        told = {"reason": "memory"}
    sys.stdout.write(json.dumps(told))


def limit(cpu_seconds: int, memory: int) -> None:
    """Held to by the system. Beyond the seconds it is ended; beyond the memory an allocation fails."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OUTPUT, MOST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


# --- PDF -----------------------------------------------------------------------------------------------------------


def read_pdf(content: BinaryIO) -> tuple[list[str], int]:
    from pypdf import PdfReader  # noqa: PLC0415 -- after the limits, and only where it is needed
    from pypdf.errors import LimitReachedError  # noqa: PLC0415 -- as above

    try:
        reader = PdfReader(content)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("encrypted")
        if len(reader.pages) > MOST_PAGES:
            raise Refused("too_large")
        letters = Letters()
        return [letters.add(page.extract_text() or "") for page in reader.pages], len(reader.pages)
    except LimitReachedError:
        raise Refused("too_large") from None


# --- DOCX ----------------------------------------------------------------------------------------------------------


def read_docx(content: BinaryIO) -> tuple[list[str], None]:
    with zipfile.ZipFile(content) as archive:
        check_directory(archive)
        with archive.open(DOCUMENT) as part:
            return ["\n\n".join(paragraphs(part))], None


def check_directory(archive: zipfile.ZipFile) -> None:
    """What the zip says of itself, before anything of it is unpacked; what it unpacks to beyond that, zipfile refuses."""
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("encrypted")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused("too_large")
    for part in parts:
        if part.file_size > FREE_RATIO_BELOW and part.file_size > MOST_RATIO * max(1, part.compress_size):
            raise Refused("too_large")


def paragraphs(part: Any) -> Iterator[str]:
    """Each paragraph and each row of a table in their order; a heading is marked as Markdown does."""
    from lxml import etree  # noqa: PLC0415 -- after the limits, and only where it is needed

    letters, cells = Letters(), Cells()
    events = etree.iterparse(
        part, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    try:
        for event, element in events:
            name = str(element.tag).replace(STRICT, W)
            if event == "start":
                refuse_definitions(element, letters.count)
                cells.begin(name)
            elif name == f"{W}p":
                text = said(element)
                clear(element)
                if text and (shown := cells.take(letters.add(text))):
                    yield shown
            elif name in (f"{W}tc", f"{W}tr", f"{W}tbl", FALLBACK):
                clear(element)
                if row := cells.end(name):
                    yield row
    except etree.XMLSyntaxError as error:
        raise Refused("too_large" if "huge" in str(error).lower() else "damaged") from None


def refuse_definitions(element: Any, so_far: int) -> None:
    """A document of an office defines no entities; one that does is no such document."""
    if not so_far and element.getroottree().docinfo.doctype:
        raise Refused("damaged")


class Cells:
    """Gathers the paragraphs of a table's row into one line; of tables within tables, that of the outermost."""

    def __init__(self) -> None:
        self.depth = 0
        self.doubles = 0  # how deep in what only says again, for older programs, what was said just before
        self.row: list[str] = []
        self.cell: list[str] = []

    def begin(self, name: str) -> None:
        self.depth += name == f"{W}tbl"
        self.doubles += name == FALLBACK

    def take(self, text: str) -> str:
        """The paragraph where it stands by itself; in a table it waits for its row."""
        if self.doubles:
            return ""
        if not self.depth:
            return text
        self.cell.append(text.lstrip("# "))
        return ""

    def end(self, name: str) -> str:
        """The row, where one is complete."""
        self.depth -= name == f"{W}tbl"
        self.doubles -= name == FALLBACK
        if self.depth != 1 or name in (f"{W}tbl", FALLBACK):
            return ""
        if name == f"{W}tc":
            self.row.append(" ".join(self.cell))
            self.cell = []
            return ""
        row, self.row = " | ".join(filter(None, self.row)), []
        return row


def said(paragraph: Any) -> str:
    """Its text without what was deleted from it, with its heading's mark."""
    words: list[str] = []
    level = 0
    for element in paragraph.iter():
        name = str(element.tag).replace(STRICT, W).removeprefix(W)
        if name == "t":
            words.append(element.text or "")
        elif name in ("tab", "br", "cr"):
            words.append("\t" if name == "tab" else "\n")
        elif name == "pStyle":
            level = level or level_of(element)
    text = "".join(words).strip()
    return f"{'#' * level} {' '.join(text.split())}" if level and text else text


def level_of(style: Any) -> int:
    """1 to 6 for `Heading1`, `Title`, `berschrift2` and the like; 0 for any other style."""
    value = next((str(value).lower() for name, value in style.items() if str(name).endswith("}val")), "")
    if value == "title":
        return 1
    is_heading = value.startswith(("heading", "berschrift", "überschrift", "titre", "ttulo", "titolo"))
    return min(6, int(value[-1])) if is_heading and value[-1:].isdigit() and value[-1] != "0" else 0


def clear(element: Any) -> None:
    """Forget what was read, and what stands before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


# --- plain text ----------------------------------------------------------------------------------------------------


def read_txt(content: BinaryIO) -> tuple[list[str], None]:
    raw = content.read()
    encoding = next((name for mark, name in MARKS.items() if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = guessed(raw)
    text = text.replace("\0", "")
    if sum(letter < " " and letter not in "\t\n\r\f" for letter in text) > len(text) // 20:
        raise Refused("damaged")  # text has no other control characters to speak of
    return [Letters().add(text)], None


def guessed(raw: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 -- after the limits, and only where it is needed

    found = from_bytes(raw).best()
    if found is None:
        raise Refused("damaged")
    return str(found)


READERS: dict[str, Callable[[BinaryIO], tuple[list[str], int | None]]] = {
    "pdf": read_pdf,
    "docx": read_docx,
    "txt": read_txt,
}

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
