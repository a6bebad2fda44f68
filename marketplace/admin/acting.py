"""How an admin action calls a verb for each selected row and says what came of it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages

from config.errors import DomainError

TONES = {
    "failed": messages.ERROR,
    "dead": messages.ERROR,
    "blocked": messages.WARNING,
    "owed": messages.WARNING,
    "review": messages.WARNING,
    "unmatched": messages.WARNING,
    "canceled": messages.WARNING,
    "pending": messages.INFO,
    "processing": messages.INFO,
    "new": messages.INFO,
}
"""By a row's status, how it is said. What is not named here went well."""

Told = str | tuple[str, int]


def each(request: Any, rows: Iterable[Any], act: Callable[[Any], Told]) -> None:
    """`act` calls the verb and returns the sentence for staff, with its tone where that is not success; a refusal is shown
    in the verb's own words."""
    for row in rows:
        try:
            told = act(row)
        except DomainError as error:
            messages.error(request, f"{row}: {error.message}")
        else:
            sentence, tone = (told, messages.SUCCESS) if isinstance(told, str) else told
            messages.add_message(request, tone, f"{row}: {sentence}")


def now_is(status: str) -> Told:
    """What the verb left the row as."""
    return f"now {status}", TONES.get(status, messages.SUCCESS)
