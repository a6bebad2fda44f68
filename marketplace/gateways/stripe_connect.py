"""Stripe Connect by the official library: the real payout provider. Source: payments-design.md §2.

Sellers are recipients: v2 accounts, or v1 ones where the platform has no access to v2. Transfers are v1's, and v1 keeps the
first answer under a key for a day, failures too: `_sort` tells an answer that settles the matter from one that does not.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import stripe
from django.conf import settings

from config.connections import let_go
from config.errors import Unavailable
from marketplace.gateways import payout_webhooks
from marketplace.gateways.payouts import (
    Balance,
    PayoutAccount,
    PayoutNews,
    PayoutRefused,
    PayoutUnanswered,
    SentReversal,
    SentTransfer,
    UnknownAccount,
)
from marketplace.gateways.sandbox_payouts import ACCOUNT
from marketplace.gateways.stripe_accounts import make_account, make_link, read_account

logger = logging.getLogger(__name__)

Thing = TypeVar("Thing")
CONNECT_SECONDS, READ_SECONDS = 3.0, 15.0
REPEATS = 2
"""The library's own, under the same key. All calls of one try end before its lease does."""
GLANCE_SECONDS = 5.0
"""Of what only helps, or has an older answer to show: asked once, and not waited for."""
NOT_HEARD = (401, 403, 408, 425)
"""Said before a key is looked at, or before the call is begun: nothing is told of an earlier call under it."""
GONE = ("resource_missing", "account_invalid")
NOT_ALLOWED = "not_allowed"
PAGE = 100


class StripePayouts:
    name = "stripe"

    def account(self, *, key: str, email: str) -> PayoutAccount:
        return _asked(lambda client: make_account(client, key=key, email=email))

    def read_account(self, provider_id: str) -> PayoutAccount:
        return _asked_of(lambda client: read_account(client, provider_id))

    def is_own(self, provider_id: str) -> bool:
        return not provider_id.startswith(ACCOUNT)

    def link(self, provider_id: str) -> str:
        return _asked_of(lambda client: make_link(client, provider_id))

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
        def send(client: stripe.StripeClient) -> SentTransfer:
            wanted: Any = {
                "amount": amount_cents,
                "currency": currency.lower(),
                "destination": destination,
                "transfer_group": group,
                "metadata": {"transfer_id": reference},
            }
            if charge := _charge_of(source_ref):
                wanted["source_transaction"] = charge
            return _sent(client.v1.transfers.create(wanted, {"idempotency_key": key}))

        return _moved(send)

    def find_transfers(self, group: str) -> list[SentTransfer]:
        def find(client: stripe.StripeClient) -> list[SentTransfer]:
            found = client.v1.transfers.list({"transfer_group": group, "limit": PAGE})
            return [_sent(one) for one in found.auto_paging_iter()]

        return _listed(find)

    def reverse(self, *, key: str, transfer_id: str, amount_cents: int, reference: str) -> SentReversal:
        def take_back(client: stripe.StripeClient) -> SentReversal:
            wanted: Any = {"amount": amount_cents, "metadata": {"reversal_id": reference}}
            return _reversal(client.v1.transfers.reversals.create(transfer_id, wanted, {"idempotency_key": key}))

        return _moved(take_back)

    def find_reversals(self, transfer_id: str) -> list[SentReversal]:
        def find(client: stripe.StripeClient) -> list[SentReversal]:
            found = client.v1.transfers.reversals.list(transfer_id, {"limit": PAGE})
            return [_reversal(one) for one in found.auto_paging_iter()]

        return _listed(find)

    def balance(self, provider_id: str) -> dict[str, Balance]:
        def read(_: stripe.StripeClient) -> dict[str, Balance]:
            there = _glancing().v1.balance.retrieve(options={"stripe_account": provider_id}).to_dict()
            available, pending = _sums(there["available"]), _sums(there["pending"])
            return {
                currency: Balance(
                    available_cents=available.get(currency, 0), pending_cents=pending.get(currency, 0)
                )
                for currency in available | pending
            }  # fmt: skip

        return _asked(read)

    def parse_webhook(self, *, body: bytes, signature: str) -> PayoutNews:
        payout_webhooks.verify(body=body, signature=signature, secret=settings.STRIPE_WEBHOOK_SECRET)
        return payout_webhooks.read(body)


# --- calling ---------------------------------------------------------------------------------------------------------


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE.rstrip("/"), REPEATS, READ_SECONDS)


def _glancing() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE.rstrip("/"), 0, GLANCE_SECONDS)


@functools.cache
def _client_for(key: str, base: str, repeats: int, seconds: float) -> stripe.StripeClient:
    # Its sessions are one a thread; the library's own defaults are one try and 80 seconds.
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=repeats,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, seconds)),
    )


def _moved(call: Callable[[stripe.StripeClient], Thing]) -> Thing:
    """A call that moves money: PayoutRefused or PayoutUnanswered where it did not clearly succeed."""
    if not settings.STRIPE_SECRET_KEY:
        raise PayoutUnanswered(NOT_ALLOWED, "The provider of this payout is not set up here any more.")
    let_go()
    try:
        return call(_client())
    except stripe.StripeError as error:
        raise _sort(error) from None
    except (KeyError, TypeError, AttributeError, ValueError):
        logger.exception("Stripe answered in a shape that its documents do not have")
        raise PayoutUnanswered("bad_answer", "The payout provider's answer cannot be read.") from None


def _listed(call: Callable[[stripe.StripeClient], Thing]) -> Thing:
    """A list that decides whether money moved: without all of it nothing can be told."""
    try:
        return _moved(call)
    except PayoutRefused as refusal:
        raise PayoutUnanswered(refusal.code, refusal.message) from None


def _asked(call: Callable[[stripe.StripeClient], Thing]) -> Thing:
    """Any other call: Unavailable where it did not clearly succeed."""
    try:
        return _moved(call)
    except PayoutUnanswered:
        raise Unavailable("The payout provider does not answer", retry_after=10) from None
    except PayoutRefused as refusal:
        logger.warning("Stripe refused: %s %s", refusal.code, refusal.message)
        _closed(refusal)


def _asked_of(call: Callable[[stripe.StripeClient], Thing]) -> Thing:
    """As `_asked`, about one account: UnknownAccount where Stripe has no such one."""
    try:
        return _asked(call)
    except Unavailable as error:
        if error.code in GONE:
            raise UnknownAccount from None
        raise


def _closed(refusal: PayoutRefused) -> NoReturn:
    raise Unavailable(f"The payout provider refused: {refusal.message}", code=refusal.code, retry_after=60)


def _sort(error: stripe.StripeError) -> PayoutRefused | PayoutUnanswered:
    """What a failure means for the key: used again (unanswered), asked about (a replay) or replaced (refused)."""
    status, answer = error.http_status or 0, error.error
    if answer is None:
        # No connection, no answer in time, or one that is not Stripe's: a proxy's page says nothing of the outcome.
        return PayoutUnanswered("no_answer", "The payout provider did not answer.")
    code = str(error.code or answer.to_dict().get("code") or answer.to_dict().get("type") or f"http_{status}")
    message = str(error.user_message or "The payout provider refused.")
    if isinstance(error, stripe.IdempotencyError) and status < 409:
        return PayoutUnanswered("idempotency_error", message, is_replay=True)
    if status >= 500:
        return PayoutUnanswered(code, message, is_replay=_is_replayed(error))
    if status in (409, 429) or status < 400:
        return PayoutUnanswered(code, message)
    if status in NOT_HEARD and code not in GONE:
        return PayoutUnanswered(NOT_ALLOWED if status in (401, 403) else code, message)
    return PayoutRefused(code, message)


def _is_replayed(error: stripe.StripeError) -> bool:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return str(headers.get("idempotent-replayed", "")).lower() == "true"


# --- its things in ours ----------------------------------------------------------------------------------------------


def _charge_of(source_ref: str) -> str:
    """The charge behind a payment, where this very account took it: its money may be sent on before it settles. Empty where
    that is not so, or this key may not read it."""
    if not source_ref.startswith("pi_"):
        return source_ref if source_ref.startswith("ch_") else ""
    try:
        charge = _glancing().v1.payment_intents.retrieve(source_ref).to_dict()["latest_charge"]
    except (stripe.InvalidRequestError, stripe.PermissionError, stripe.AuthenticationError):
        # Another processor's word that looks like Stripe's, another account's, or not for a restricted key.
        return ""
    return charge if isinstance(charge, str) else ""


def _sent(transfer: stripe.StripeObject) -> SentTransfer:
    there = transfer.to_dict()
    return SentTransfer(
        provider_id=there["id"],
        amount_cents=there["amount"],
        currency=there["currency"].upper(),
        reference=(there.get("metadata") or {}).get("transfer_id", ""),
        reversed_cents=there["amount_reversed"],
    )


def _reversal(reversal: stripe.StripeObject) -> SentReversal:
    there = reversal.to_dict()
    metadata = there.get("metadata") or {}
    return SentReversal(
        provider_id=there["id"], amount_cents=there["amount"], reference=metadata.get("reversal_id", "")
    )


def _sums(entries: Any) -> dict[str, int]:
    """One entry a currency, as Stripe writes them."""
    sums: dict[str, int] = {}
    for entry in entries:
        currency = entry["currency"].upper()
        sums[currency] = sums.get(currency, 0) + entry["amount"]
    return sums
