"""How an admin action calls a verb for each selected row and says what came of it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages

from config.errors import DomainError


def each(request: Any, rows: Iterable[Any], act: Callable[[Any], str]) -> None:
    """`act` calls the verb and returns the sentence for staff; a refusal is shown in the verb's own words."""
    for row in rows:
        try:
            sentence = act(row)
        except DomainError as error:
            messages.error(request, f"{row}: {error.message}")
        else:
            messages.success(request, f"{row}: {sentence}")
