"""Telling the provider of a refund, and asking how it stands. Who may ask for one is in `refunds`, what came of it in `refund_outcomes`."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils.timezone import now

from config.errors import Conflict, DomainError
from marketplace.gateways.payments import ProviderRefund
from marketplace.models import Refund
from marketplace.verbs.providers import payments_for
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.trying import LEASE, LOOK_AT_REVIEW, back_off

logger = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(minutes=10)
"""How soon the provider is asked again about a refund that it has taken on."""


def attempt_refund(*, refund_id: UUID, by_hand: bool = False) -> Refund | None:
    """Ask the provider, where that is due; None where it is not. Safe at any time: the provider knows the refund by our id."""
    moment = now()
    lease = moment + LEASE
    claimed = Refund.objects.due(moment, by_hand=by_hand).filter(pk=refund_id)
    if not claimed.update(lease_until=lease, is_asked=True, attempts=F("attempts") + 1, updated_at=moment):
        return None
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    try:
        there = _ask(refund)
    except Conflict as refusal:
        # Known there with another amount: nobody can tell what went back, so a person looks.
        is_odd = (refusal.code or "").endswith("_mismatch")
        status = Refund.Status.REVIEW if is_odd else Refund.Status.FAILED
        apply_refund_state(provider_id=refund.provider_id, status=status, reason=refusal.message)
    except DomainError as error:
        _keep_failure(refund, error.message)
    else:
        if there is not None:
            apply_refund_state(
                provider_id=refund.provider_id,
                status=there.status,
                amount_cents=there.amount_cents,
                currency=there.currency,
                reason=there.reason,
            )
        mine = Refund.objects.filter(pk=refund.pk, status=refund.status, lease_until=lease)
        if refund.status == Refund.Status.REVIEW:
            mine.update(lease_until=None, next_try_at=now() + LOOK_AT_REVIEW)
        else:
            mine.update(lease_until=None, next_try_at=now() + LOOK_AGAIN, last_error="")
    refund.refresh_from_db()
    return refund


def _ask(refund: Refund) -> ProviderRefund | None:
    """One that the provider may have heard of is looked up first; one that people look at is never sent again."""
    gateway = payments_for(refund.payment)
    there = gateway.retrieve_refund(refund.provider_id) if refund.attempts > 1 else None
    if refund.status == Refund.Status.REVIEW:
        return there
    return there or gateway.refund(
        refund_provider_id=refund.provider_id,
        payment_provider_id=refund.payment.provider_id,
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        reason=refund.reason,
    )


def _keep_failure(refund: Refund, message: str) -> None:
    """Nothing is known of the outcome, so it is asked again, for as long as it takes: the money is the buyer's."""
    mine = Refund.objects.filter(pk=refund.pk, status=refund.status, lease_until=refund.lease_until)
    mine.update(lease_until=None, next_try_at=now() + back_off(refund.attempts), last_error=message[:300])
    if refund.attempts >= 8:
        logger.error("Refund %s has had no answer after %s tries", refund.pk, refund.attempts)


def refunds_due(*, limit: int = 200) -> list[UUID]:
    due = Refund.objects.due(now())
    return list(due.order_by("created_at", "id").values_list("pk", flat=True)[:limit])
