"""Taking money: what the rest of the house knows of a payment provider. Source: payments-design.md §1 and §5.

Statuses here are ours (`Payment.Status`), whatever the provider calls them; amounts are minor units, currencies upper case.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

SANDBOX = "sandbox"
"""The name of the provider that moves no money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """A payment as its provider knows it. `reason` says why it failed, in a sentence for the buyer."""

    provider_id: str
    status: str
    amount_cents: int
    currency: str
    client_secret: str = ""
    reason: str = ""
    # What the processor calls the payment (Stripe: `pi_...`), and the kept card, where the provider tells them.
    connector_ref: str = ""
    saved_method: str = ""
    # The provider's own page where the buyer pays, while it waits for them.
    pay_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """A refund as its provider knows it. `status` is one of Refund.Status."""

    provider_id: str
    payment_provider_id: str
    status: str
    amount_cents: int
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentNews:
    """A verified webhook. `status` is None where the event says nothing of a payment's state."""

    event_id: str
    name: str
    provider_id: str | None = None
    order_ref: str | None = None
    status: str | None = None
    # As they came: whoever compares them must also compare the type.
    amount_cents: Any = None
    currency: Any = None
    reason: str = ""
    updated_at: dt.datetime | None = None
    # Where the event is about a refund or a dispute of that payment.
    refund_provider_id: str | None = None
    refund_status: str | None = None
    # Of this part of the payment, `amount_cents`: a whole number or nothing.
    dispute: str | None = None
    dispute_id: str = ""
    connector_ref: str = ""
    saved_method: str = ""


class Payments(Protocol):
    """Every call may raise Unavailable: nothing is known of its outcome, and the same call may be made again."""

    name: str

    def create(
        self,
        *,
        provider_id: str,
        order_ref: str,
        amount_cents: int,
        currency: str,
        method: str,
        customer_ref: str = "",
        keep_method: bool = False,
        saved_method: str = "",
    ) -> ProviderPayment:
        """Open the payment under our id. A repeat with the same amount answers the payment that is there.

        `keep_method`: the card may be charged again later, for `customer_ref`; `saved_method`: charge that card now,
        with nobody at the browser.
        """

    def retrieve(self, provider_id: str) -> ProviderPayment | None:
        """What the provider knows under this id now; None where it knows nothing."""

    def refund(
        self, *, refund_provider_id: str, payment_provider_id: str, amount_cents: int, currency: str, reason: str
    ) -> ProviderRefund:
        """Give money back under our id; a repeat answers the refund that is there. Conflict for a definite no."""

    def retrieve_refund(self, refund_provider_id: str) -> ProviderRefund | None:
        """What the provider knows of this refund now; None where it knows nothing."""

    def parse_webhook(self, *, body: bytes, signatures: Mapping[str, str]) -> PaymentNews:
        """Verify, then read. Unauthenticated, Invalid or Unavailable (no secret) otherwise."""


def payments(*, is_sandbox: bool | None = None) -> Payments:
    """The provider that the settings name, or the one of these two that is asked for.

    A named one that is away is an error, never silently the sandbox.
    """
    from marketplace.gateways.hyperswitch import HyperswitchPayments  # noqa: PLC0415 -- it is made of the shapes above
    from marketplace.gateways.sandbox_payments import SandboxPayments  # noqa: PLC0415 -- it is made of the shapes above

    if is_sandbox is None:
        is_sandbox = not settings.HYPERSWITCH_API_KEY
    return SandboxPayments() if is_sandbox else HyperswitchPayments()
