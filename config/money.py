"""Money: integer minor units and an ISO 4217 code. Never a float, never a Decimal in between."""

from dataclasses import dataclass
from decimal import Decimal

# Minor digits where they are not two. Used for display only.
EXPONENTS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0, "KWD": 3,
    "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

MAX_CENTS = 10**11
"""The largest single amount we handle, in minor units."""


def is_amount(value: object) -> bool:
    """Whether `value` is a usable amount of minor units. A bool is an int to Python, not to us."""
    return type(value) is int and 0 <= value <= MAX_CENTS


def fee_of(gross: int, basis_points: int) -> int:
    """The platform's share of `gross`, rounded half up: 2999 at 1000 bp is 300."""
    return (gross * basis_points + 5000) // 10000


def vat_within(gross: int, basis_points: int) -> int:
    """The VAT that `gross` contains at this rate, rounded half up: 11900 at 1900 bp holds 1900."""
    whole = 10_000 + basis_points
    return (2 * gross * basis_points + whole) // (2 * whole)


@dataclass(frozen=True, slots=True)
class Money:
    amount: int
    currency: str

    def __str__(self) -> str:
        digits = EXPONENTS.get(self.currency, 2)
        return f"{Decimal(self.amount).scaleb(-digits):,.{digits}f} {self.currency}"
