"""Amounts as people read them: a column of minor units is shown as money of its row's currency."""

from collections.abc import Callable
from functools import cache
from typing import Any

from unfold.decorators import display

from config.money import Money
from ontology.admin.read_only import ReadOnlyAdmin

UNIT = "_cents"
OWNERS = ("order", "refund", "payment", "transfer")
"""Through which the currency is found, where the row has none itself."""


@cache
def amount(name: str) -> Callable[[Any], Money | None]:
    """For `list_display`, `fields` and `readonly_fields`. The same for the same column, so that lists of them compare."""

    words = name.removesuffix(UNIT).replace("_", " ").capitalize().replace("Vat", "VAT")

    @display(description=words, ordering=name)
    def shown(row: Any) -> Money | None:
        value = getattr(row, name)
        return None if value is None else Money(value, currency_of(row))

    return shown


def currency_of(row: Any) -> str:
    if hasattr(row, "currency"):
        return str(row.currency)
    return currency_of(next(getattr(row, name) for name in OWNERS if hasattr(row, name)))


class ShowsMoney:
    """For an admin or an inline whose rows nobody edits there: every column of minor units is shown as money."""

    model: Any

    def _amounts(self) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name.endswith(UNIT)]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[Any]:
        given = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        return [as_shown(name) for name in given] + [amount(name) for name in self._amounts() if name not in given]

    def get_fields(self, request: Any, obj: Any = None) -> list[Any]:
        given = super().get_fields(request, obj)  # type: ignore[misc]
        return list(dict.fromkeys(as_shown(name) for name in given))


class MoneyAdmin(ShowsMoney, ReadOnlyAdmin):
    pass


def as_shown(name: Any) -> Any:
    return amount(name) if isinstance(name, str) and name.endswith(UNIT) else name
