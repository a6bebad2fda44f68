"""Transfers, and for each that is not paid: why, who is asked for what, and when it is tried next."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from config.ids import parse_id
from marketplace.models import Transfer

SOON = dt.timedelta(seconds=30)
"""How often due transfers are looked for."""
NEEDED = (
    "status", "next_retry_at", "lease_until", "last_error_code", "attempt_key", "is_sandbox", "is_disputed",
    "is_being_refunded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a transfer is not paid. `asked_of` is seller, platform, provider, bank or nobody; the sentence says for what."""

    reason: str = ""
    asked_of: str = ""
    asked_what: str = ""
    next_try_at: dt.datetime | None = None


PAID = Reason()
UNKNOWN = "The payout provider's answer is unknown."
REFUSED = "The payout provider refused it."
FAILURES = {
    "balance_insufficient": "The platform's balance at the payout provider was too low.",
    "insufficient_capabilities_for_transfer": "The seller's account cannot receive transfers yet.",
    "no_answer": "The payout provider did not answer.",
    "timeout": "The payout provider's answer was lost.",
    "api_error": "The payout provider failed inside.",
    "amount_mismatch": "The payout provider reports another amount than ours.",
    "not_allowed": "The payout provider does not let the platform in.",
}
"""By error code, what is shown for it. Any other is a definite no, unless its key is still kept."""
OTHER_KIND = {True: "play_money", False: "no_payout_provider"}
OTHER_MONEY = {
    True: "It was earned with play money, which is never sent as real money.",
    False: "It was paid with real money, and the platform has no payout provider yet.",
}
"""By whether a transfer is of the sandbox, what is shown where the payout provider is of the other kind."""
OURS_TO_MEND = ("balance_insufficient", "not_allowed")


def why_unpaid(transfer: Transfer | Mapping[str, Any]) -> Reason:
    """Empty for a transfer that was sent. Takes a row of `explained`, as a model or as `.values(*NEEDED)` gives it."""
    get = transfer.__getitem__ if isinstance(transfer, Mapping) else lambda name: getattr(transfer, name)
    status = get("status")
    if status in Transfer.SENT:
        return PAID
    if status == Transfer.Status.CANCELED:
        return _canceled(get("last_error_code"))
    return _held(get) or _waiting(get, status)


def _held(get: Callable[[str], Any]) -> Reason | None:
    if get("is_sandbox") == is_real():
        is_play = get("is_sandbox")
        return Reason(OTHER_KIND[is_play], "nobody" if is_play else "platform", OTHER_MONEY[is_play])
    if get("is_disputed"):
        what = "The buyer's bank decides about the payment. The share waits until then."
        return Reason("payment_disputed", "bank", what)
    if get("is_being_refunded"):
        what = "A refund of this order is on its way. What is left is sent when it has arrived."
        return Reason("refund_pending", "provider", what)
    return None


def _waiting(get: Callable[[str], Any], status: str) -> Reason:
    if status == Transfer.Status.BLOCKED:
        what = "Connect your payout account. The share is sent as soon as it can receive money."
        return Reason("seller_not_connected", "seller", what)
    if status == Transfer.Status.FAILED:
        otherwise = UNKNOWN if get("attempt_key") else REFUSED
        return _failed(get("last_error_code"), get("next_retry_at"), otherwise)
    if status == Transfer.Status.PROCESSING:
        return Reason("under_way", "nobody", "It is being sent.", get("lease_until"))
    return Reason("queued", "nobody", "It is sent within a minute.", now() + SOON)


def is_real() -> bool:
    """Whether what is sent arrives."""
    return bool(settings.STRIPE_SECRET_KEY)


def _canceled(code: str) -> Reason:
    if code == "settled_by_debt":
        return Reason("settled_by_debt", "nobody", "It was kept back for refunds that were paid out before.")
    return Reason("refunded", "nobody", "The buyer had the money back before it was sent.")


def _failed(code: str, next_retry_at: dt.datetime | None, otherwise: str) -> Reason:
    told = FAILURES.get(code, otherwise)
    if next_retry_at is None:
        return Reason(code or "failed", "platform", f"{told} Staff look at it and try it by hand.")
    if not settings.TRANSFER_RETRY_ENABLED:
        return Reason(code or "failed", "platform", f"{told} Automatic tries are switched off; staff try it by hand.")
    asked_of = "platform" if code in OURS_TO_MEND else "provider"
    return Reason(code or "failed", asked_of, f"{told} It is tried again.", next_retry_at)


def explained(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    """With what `why_unpaid` needs, in the same query."""
    return rows.with_holds()  # type: ignore[attr-defined]


ASKABLE = ("seller", "platform", "provider", "bank")


def waiting_for(rows: Any, whom: str | None) -> QuerySet[Transfer]:
    """Of `explained` rows those that are asked of `whom`, one of ASKABLE: what `why_unpaid` says, in the database's words."""
    every = rows.filter(status__in=Transfer.UNSENT)
    unsent = every.filter(is_sandbox=not is_real())
    if whom == "bank":
        return unsent.filter(is_disputed=True)
    if whom == "seller":
        return unsent.filter(is_disputed=False, is_being_refunded=False, status=Transfer.Status.BLOCKED)
    failed = Q(is_being_refunded=False, status=Transfer.Status.FAILED)
    ours = failed
    if settings.TRANSFER_RETRY_ENABLED:
        ours &= Q(next_retry_at=None) | Q(last_error_code__in=OURS_TO_MEND)
    if whom == "platform":
        sendable = unsent.filter(ours, is_disputed=False)
        return sendable if is_real() else sendable | every.filter(is_sandbox=False)
    return unsent.filter(failed | Q(is_being_refunded=True), is_disputed=False).exclude(ours)


def transfers_matching(
    *,
    status: str | None = None,
    seller_id: str | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> QuerySet[Transfer]:
    """For staff: all transfers, newest first. A seller that does not exist has none."""
    rows = Transfer.objects.order_by("-created_at", "-id")
    if status:
        rows = rows.filter(status=status)
    if seller_id:
        key = parse_id(seller_id)
        rows = rows.filter(seller=key) if key else rows.none()
    if since:
        rows = rows.filter(created_at__gte=since)
    return rows.filter(created_at__lt=until) if until else rows
