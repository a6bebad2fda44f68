"""What a test of an integration answers, whatever the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """`message` is a sentence for people, in our words: what the service or its driver wrote names inner addresses.

    `code` says in one word what failed, empty where it connected; `details` are what a person recognises their account by;
    `warning` is what will be missing although it connected.
    """

    __test__ = False  # no test of ours, whatever its name

    connected: bool
    message: str
    code: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    warning: str = ""


class Service(Protocol):
    def test(self, config: Mapping[str, Any]) -> TestResult:
        """Ask the service whether this config opens it; changes nothing there. It raises nothing that can be foreseen."""


class Failed(Exception):
    """The test ends here, with this code and sentence."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        self.result = TestResult(connected=False, code=code, message=message, details=details)
        super().__init__(code)


def said(value: Any) -> str:
    """A word of the service's that people know their account by: on one line, not longer than a name."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:LONGEST]
