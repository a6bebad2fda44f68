"""Paying sellers: what the rest of the house knows of a payout provider. Source: payments-design.md §2 and §5."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from config.errors import Unavailable


class PayoutRefused(Exception):
    """A definite no. The provider remembers it under the key, so the next try needs a new one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class PayoutUnanswered(Exception):
    """No answer, or one that says nothing of the outcome: the same key must be used again.

    `is_replay`: the provider repeats a failure it remembers, or remembers another call under this key; so the key is spent
    and only its list can tell.
    """

    def __init__(self, code: str, message: str, *, is_replay: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.is_replay = code, message, is_replay


class UnknownAccount(Unavailable):
    """The provider has no such account: it was closed, or is of another platform or mode (a test key's)."""

    default_message = "The payout provider does not know this account"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAccount:
    provider_id: str
    transfers_active: bool
    requirements_due: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTransfer:
    """`reference` is our transfer's id, as we gave it along."""

    provider_id: str
    amount_cents: int
    currency: str
    reference: str
    reversed_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReversal:
    """`reference` is our reversal's id, as we gave it along."""

    provider_id: str
    amount_cents: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Minor units of one currency on a seller's account; either may be below zero."""

    available_cents: int
    pending_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutNews:
    """A verified webhook of the payout provider. `account_id` is the seller's account it is about, where it names one."""

    event_id: str
    name: str
    account_id: str | None = None


class Payouts(Protocol):
    """Calls other than `transfer` raise Unavailable where the provider is away."""

    name: str

    def account(self, *, key: str, email: str) -> PayoutAccount:
        """The seller's account: made under `key`, or the one that was."""

    def read_account(self, provider_id: str) -> PayoutAccount:
        """The account as it is now; UnknownAccount where there is none."""

    def is_own(self, provider_id: str) -> bool:
        """Whether an account of this id can be one of this provider's: rows outlive a change of the settings."""

    def link(self, provider_id: str) -> str:
        """An address where the seller finishes their account. Single use, lives minutes, never stored. UnknownAccount."""

    def transfer(
        self,
        *,
        key: str,
        destination: str,
        amount_cents: int,
        currency: str,
        group: str,
        reference: str,
        source_ref: str = "",
    ) -> SentTransfer:
        """Send money to a seller's account; once per `key`. PayoutRefused or PayoutUnanswered otherwise."""

    def find_transfers(self, group: str) -> list[SentTransfer]:
        """What was really sent for this group; PayoutUnanswered where it cannot be told."""

    def reverse(self, *, key: str, transfer_id: str, amount_cents: int, reference: str) -> SentReversal:
        """Take back a part of a transfer; once per `key`. PayoutRefused (`balance_insufficient`: the seller had it
        paid out) or PayoutUnanswered otherwise."""

    def find_reversals(self, transfer_id: str) -> list[SentReversal]:
        """What was really taken back; PayoutUnanswered where it cannot be told."""

    def balance(self, provider_id: str) -> dict[str, Balance]:
        """What lies on the seller's account, by currency in upper case. Unavailable where it cannot be told."""

    def parse_webhook(self, *, body: bytes, signature: str) -> PayoutNews:
        """Verify, then read. Unauthenticated, Invalid or Unavailable (no secret) otherwise."""


def payouts(*, is_sandbox: bool | None = None) -> Payouts:
    """The provider that the settings name, or the one of these two that is asked for.

    A named one that is away is an error, never silently the sandbox.
    """
    from marketplace.gateways.sandbox_payouts import SandboxPayouts  # noqa: PLC0415 -- it is made of the shapes above
    from marketplace.gateways.stripe_connect import StripePayouts  # noqa: PLC0415 -- it is made of the shapes above

    if is_sandbox is None:
        is_sandbox = not settings.STRIPE_SECRET_KEY
    return SandboxPayouts() if is_sandbox else StripePayouts()
