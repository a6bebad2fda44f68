"""Hyperswitch, v1 REST, by httpx: the real payment provider. Source: payments-design.md §1.

It knows no idempotency keys; our ids are the keys. A repeat is refused with `HE_01` instead of answered, and an answer may
get lost, so whatever is not a clear yes or no is looked up under our id before anybody says that it failed.

Card numbers never reach us: a payment is opened with a payment link, and the buyer pays on the provider's own page.
"""

import functools
import logging
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from django.conf import settings

from config.connections import let_go
from config.errors import Conflict, DomainError, Unavailable
from marketplace.gateways import signed_webhooks
from marketplace.gateways.payments import PaymentNews, ProviderPayment, ProviderRefund
from marketplace.gateways.signed_webhooks import REFUND_STATUSES, STATUSES, kept_card, reason_of

logger = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 3.0, 20.0
PAGE_SECONDS = 30 * 60
"""How long the provider's page takes money: as long as an order is kept unpaid."""
KNOWN_ALREADY = "HE_01"
NO_VERDICT = (401, 403, 408, 409, 425, 429)
"""Refusals of the caller or the moment, not of what was asked: the same call may succeed later."""


class HyperswitchPayments:
    name = "hyperswitch"

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
        wanted = {
            "payment_id": provider_id,
            "amount": amount_cents,
            "currency": currency.upper(),
            "capture_method": "automatic",
            "description": f"Order {order_ref}",
            "metadata": {"order_id": order_ref},
            "return_url": f"{settings.SITE_URL}/pay/{provider_id}/back/",
            "authentication_type": "three_ds",
            **_who_pays(customer_ref, keep_method, saved_method),
        }
        if settings.HYPERSWITCH_PROFILE_ID:
            wanted["profile_id"] = settings.HYPERSWITCH_PROFILE_ID
        try:
            answer = _call("POST", "/payments", wanted)
        except Refused as refusal:
            if refusal.code != KNOWN_ALREADY:
                # The provider holds nothing under this id, and never will: as good as declined.
                return _declined(wanted, refusal.message)
            found = self._look_up(provider_id) or _lost(refusal)
        except Unavailable as silence:
            found = self._look_up(provider_id) or _lost(silence)
        else:
            found = _payment_of(answer)
        _same(found, amount_cents, currency, "payment")
        return found

    def retrieve(self, provider_id: str) -> ProviderPayment | None:
        return self._look_up(provider_id, "?force_sync=true")

    def refund(
        self, *, refund_provider_id: str, payment_provider_id: str, amount_cents: int, currency: str, reason: str
    ) -> ProviderRefund:
        wanted = {
            "refund_id": refund_provider_id,
            "payment_id": payment_provider_id,
            "amount": amount_cents,
            "reason": reason[:255],
        }
        try:
            answer = _call("POST", "/refunds", wanted)
        except Refused as refusal:
            if refusal.code != KNOWN_ALREADY:
                raise Conflict(refusal.message, code=refusal.code) from None
            found = self.retrieve_refund(refund_provider_id) or _lost(refusal)
        except Unavailable as silence:
            found = self.retrieve_refund(refund_provider_id) or _lost(silence)
        else:
            found = _refund_of(answer)
        _same(found, amount_cents, currency, "refund")
        return found

    def retrieve_refund(self, refund_provider_id: str) -> ProviderRefund | None:
        answer = _find(f"/refunds/{refund_provider_id}")
        return _refund_of(answer) if answer else None

    def parse_webhook(self, *, body: bytes, signatures: Mapping[str, str]) -> PaymentNews:
        signed_webhooks.verify(body=body, signatures=signatures, secret=settings.HYPERSWITCH_WEBHOOK_SECRET)
        return signed_webhooks.read(body)

    def _look_up(self, provider_id: str, how: str = "") -> ProviderPayment | None:
        answer = _find(f"/payments/{provider_id}{how}")
        return _payment_of(answer) if answer else None


# --- the wire --------------------------------------------------------------------------------------------------------


class Refused(Exception):
    """A definite no: 4xx with the provider's own error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@functools.cache
def _tls() -> ssl.SSLContext:
    # Reading the machine's certificates takes longer than a call.
    return httpx.create_ssl_context()


def _call(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer's JSON; Refused or Unavailable otherwise. No connection is kept: workers fork and calls are rare."""
    if not settings.HYPERSWITCH_API_KEY:
        raise Unavailable("The provider of this payment is not set up here any more", retry_after=300)
    let_go()
    try:
        answer = httpx.request(
            method,
            settings.HYPERSWITCH_API_BASE.rstrip("/") + path,
            json=body,
            headers={"api-key": settings.HYPERSWITCH_API_KEY, "accept": "application/json"},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            verify=_tls(),
        )
        given = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        logger.warning("Hyperswitch gave no answer to %s %s: %s", method, path, type(error).__name__)
        raise Unavailable("The payment provider does not answer", retry_after=5) from None
    if answer.is_success and isinstance(given, dict):
        return given
    fault = given.get("error") if isinstance(given, dict) else None
    if not isinstance(fault, dict) or answer.status_code in NO_VERDICT or not answer.is_client_error:
        logger.error("Hyperswitch answered %s to %s %s", answer.status_code, method, path)
        raise Unavailable("The payment provider cannot answer now", retry_after=5)
    raise Refused(answer.status_code, str(fault.get("code") or ""), str(fault.get("message") or "Refused")[:200])


def _find(path: str) -> dict[str, Any] | None:
    """What lies there, None where nothing does."""
    try:
        return _call("GET", path)
    except Refused as refusal:
        if refusal.status == 404:
            return None
        raise Unavailable("The payment provider cannot answer now", retry_after=5) from None


def _lost(error: Refused | DomainError) -> Any:
    """Nothing is there after all: what stands is that nothing is known."""
    raise Unavailable("The payment provider does not answer", retry_after=5) from error


# --- its words in ours -----------------------------------------------------------------------------------------------


def _who_pays(customer_ref: str, keep_method: bool, saved_method: str) -> dict[str, Any]:
    customer = {"customer_id": customer_ref} if customer_ref else {}
    if saved_method:
        kept = {"type": "payment_method_id", "data": saved_method}
        return {**customer, "confirm": True, "off_session": True, "recurring_details": kept}
    keep = {"setup_future_usage": "off_session"} if keep_method else {}
    return {**customer, **keep, "confirm": False, "payment_link": True, "session_expiry": PAGE_SECONDS}


def _payment_of(answer: dict[str, Any]) -> ProviderPayment:
    try:
        link = answer.get("payment_link")
        page = link.get("link") if isinstance(link, dict) else ""
        return ProviderPayment(
            provider_id=answer["payment_id"],
            status=STATUSES.get(answer["status"], "review"),
            amount_cents=answer["amount"],
            currency=answer["currency"].upper(),
            client_secret=(answer.get("client_secret") or "")[:200],
            reason=reason_of(answer),
            connector_ref=(answer.get("connector_transaction_id") or "")[:200],
            saved_method=kept_card(answer),
            pay_url=page if isinstance(page, str) and page.startswith(("https://", "http://")) else "",
        )
    except (KeyError, TypeError, AttributeError):
        raise _unreadable() from None


def _refund_of(answer: dict[str, Any]) -> ProviderRefund:
    try:
        return ProviderRefund(
            provider_id=answer["refund_id"],
            payment_provider_id=answer["payment_id"],
            status=REFUND_STATUSES.get(answer["status"], "review"),
            amount_cents=answer["amount"],
            currency=answer["currency"].upper(),
            reason=reason_of(answer),
        )
    except (KeyError, TypeError, AttributeError):
        raise _unreadable() from None


def _unreadable() -> Unavailable:
    logger.error("Hyperswitch answered in a shape that its documents do not have")
    return Unavailable("The payment provider's answer cannot be read", retry_after=5)


def _declined(wanted: dict[str, Any], message: str) -> ProviderPayment:
    logger.warning("Hyperswitch refused payment %s: %s", wanted["payment_id"], message)
    return ProviderPayment(
        provider_id=wanted["payment_id"],
        status="failed",
        amount_cents=wanted["amount"],
        currency=wanted["currency"],
        reason=f"The payment provider refused: {message}",
    )


def _same(found: ProviderPayment | ProviderRefund, amount_cents: int, currency: str, what: str) -> None:
    """Money under our id with another amount is not ours to go on with."""
    if type(found.amount_cents) is int and (found.amount_cents, found.currency) == (amount_cents, currency.upper()):
        return
    logger.error("Hyperswitch holds %s %s with another amount", what, found.provider_id)
    raise Conflict(f"The provider knows this {what} with another amount", code=f"{what}_mismatch")
