"""The text of a document that somebody uploaded: PDF, DOCX or plain text. Source: messaging-design.md §8.

`take_out` reads in a process of its own, `python -m conversations.gateways.reader`, as a document of some kilobytes can ask for
minutes and gigabytes. That process knows no settings, no database and no secret, and holds itself to limits before it looks at the
first byte; what it does beyond its time ends with it. Why nothing could be taken out is one of REASONS.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parent.parent.parent
CHUNK = 1024 * 1024
MOST_SECONDS = 30.0
MOST_CPU_SECONDS = 20
MOST_MEMORY = 1024**3
MOST_ANSWER = 32 * 1024 * 1024  # two million letters, each at most twelve bytes as JSON spells it, and some
REASONS = ("encrypted", "no_text_layer", "empty", "too_large", "damaged", "timeout", "memory")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """The text of each page in their order; a document without pages has one, and `page_count` None."""

    pages: tuple[str, ...]
    page_count: int | None


class Unreadable(Exception):
    """`reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def take_out(
    content: Any,
    *,
    kind: str,
    seconds: float = MOST_SECONDS,
    cpu_seconds: int = MOST_CPU_SECONDS,
    memory: int = MOST_MEMORY,
) -> Document:
    """The text of `content` (a binary stream), which is a `pdf`, `docx` or `txt`; Unreadable where there is none to be had.

    It takes at most `seconds`, and of the other process at most `cpu_seconds` and `memory` bytes.
    """
    command = [sys.executable, "-m", "conversations.gateways.reader", kind, str(cpu_seconds), str(memory)]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        while piece := content.read(CHUNK):
            given.write(piece)
        given.seek(0)
        code = _run(command, given, answer, seconds)
        answer.seek(0)
        return _understood(code, answer.read(MOST_ANSWER + 1))


def _run(command: list[str], given: BinaryIO, answer: BinaryIO, seconds: float) -> int:
    """The exit code. Nothing of the process is left when this returns, or is left by an exception."""
    process = subprocess.Popen(  # noqa: S603 -- our own interpreter and our own code
        command,
        stdin=given,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Unreadable("timeout") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _understood(code: int, answer: bytes) -> Document:
    if code:
        # By the system: out of time, or whoever runs out of memory in a library may only fall over.
        raise Unreadable(
            {-signal.SIGXCPU: "timeout", -signal.SIGKILL: "memory", -signal.SIGABRT: "memory"}.get(code, "damaged")
        )
    if len(answer) > MOST_ANSWER:
        raise Unreadable("too_large")
    try:
        told = json.loads(answer)
        if reason := told.get("reason"):
            raise Unreadable(reason if reason in REASONS else "damaged")
        document = Document(tuple(UNSEEN.sub("", page) for page in told["pages"]), told["page_count"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreadable("damaged") from None
    if not any(letter.isalnum() for page in document.pages for letter in page):
        raise Unreadable("no_text_layer" if document.page_count else "empty")
    return document
