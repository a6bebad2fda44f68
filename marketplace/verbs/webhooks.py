"""The inbox of payment webhooks: kept first, then applied; each event has one effect. Source: payments-design.md §3."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, NotFound
from config.ids import parse_id
from marketplace.gateways import payout_webhooks, signed_webhooks
from marketplace.gateways.payments import PaymentNews, payments
from marketplace.models import Difference, Payment, Refund, WebhookEvent
from marketplace.verbs.account_news import apply_account_news, is_of_an_account
from marketplace.verbs.differences import note_difference
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.trying import one_transaction

logger = logging.getLogger(__name__)

PAYMENTS, PAYOUTS = "hyperswitch", "stripe"
"""Whose event it is: which of the two signed it and in whose words it is written."""
MOST_BYTES = 256 * 1024
MOST_ATTEMPTS = 10
KEPT = timedelta(days=30)
UNMATCHED_FOR = timedelta(days=1)
"""How long an event whose payment we do not know is tried again."""
UNMATCHED_AT_ONCE = 20


def receive_webhook(*, body: bytes, signatures: Mapping[str, str]) -> WebhookEvent:
    """Verify, keep and apply one event. Unauthenticated (nothing is stored), Invalid, Unavailable (no secret) otherwise.

    A repeat is answered like the first one. An exception while it is applied is kept with the event and raised: the
    provider tries again, and so do we.
    """
    news = payments().parse_webhook(body=body, signatures=signatures)
    WebhookEvent.objects.bulk_create(
        [WebhookEvent(event_id=news.event_id, type=news.name, body=body.decode())], ignore_conflicts=True
    )
    event = WebhookEvent.objects.get(provider=PAYMENTS, event_id=news.event_id)
    return apply_webhook(event_id=event.pk)


def apply_webhook(*, event_id: UUID) -> WebhookEvent:
    """Let the event have its effect, unless it had it before."""
    try:
        return _apply(event_id)
    except Exception as error:
        _keep_failure(event_id, error)
        raise


@one_transaction
def _apply(event_id: UUID) -> WebhookEvent:
    open_now = WebhookEvent.objects.filter(pk=event_id, status__in=WebhookEvent.OPEN)
    claimed = open_now.update(
        status=WebhookEvent.Status.PROCESSED, processed_at=now(), attempts=F("attempts") + 1, last_error=""
    )
    event = WebhookEvent.objects.get(pk=event_id)
    if claimed:
        event.status = _effect_of_event(event)
        event.save(update_fields=["status"])
    return event


def replay_webhook(*, event_id: UUID, by: User) -> WebhookEvent:
    """Administrators try a dead, failed or unmatched event once more."""
    if not by.is_admin:
        raise Forbidden
    ended = (WebhookEvent.Status.PROCESSED, WebhookEvent.Status.IGNORED)
    found = WebhookEvent.objects.filter(pk=event_id)
    if not found.exists():
        raise NotFound("Event not found")
    if not found.exclude(status__in=ended).update(status=WebhookEvent.Status.NEW, attempts=0):
        raise Conflict("This event had its effect already")
    return apply_webhook(event_id=event_id)


def _effect_of_event(event: WebhookEvent) -> WebhookEvent.Status:
    if event.provider != PAYOUTS:
        return _effect_of(signed_webhooks.read(event.body.encode()))
    news = payout_webhooks.read(event.body.encode())
    return _as_found(apply_account_news(news)) if is_of_an_account(news) else WebhookEvent.Status.IGNORED


def _effect_of(news: PaymentNews) -> WebhookEvent.Status:
    """Apply what the event says; which status the event then has."""
    if news.refund_provider_id:
        refund = apply_refund_state(
            provider_id=news.refund_provider_id,
            status=news.refund_status or Refund.Status.REVIEW,
            amount_cents=news.amount_cents,
            currency=news.currency,
            reason=news.reason,
        )
        return _as_found(refund or _note_foreign_refund(news))
    if news.dispute:
        return _as_found(
            apply_dispute(
                provider_id=news.provider_id or "",
                dispute=news.dispute,
                dispute_id=news.dispute_id,
                amount_cents=news.amount_cents,
                currency=news.currency,
            )
        )
    if news.status is None:
        return WebhookEvent.Status.IGNORED
    provider_id = _payment_meant(news)
    if provider_id is None:
        return WebhookEvent.Status.UNMATCHED
    apply_payment_state(
        provider_id=provider_id,
        status=news.status,
        amount_cents=news.amount_cents,
        currency=news.currency,
        reason=news.reason,
        at=news.updated_at,
        connector_ref=news.connector_ref,
        saved_method=news.saved_method,
    )
    return WebhookEvent.Status.PROCESSED


def _note_foreign_refund(news: PaymentNews) -> Payment | None:
    """A refund of our payment that we never asked for: made by hand at the provider, and in no book of ours."""
    payment = Payment.objects.filter(provider_id=news.provider_id).first() if news.provider_id else None
    if payment is not None and news.refund_status != Refund.Status.FAILED:
        note_difference(
            kind=Difference.Kind.REFUND_STATE,
            reference=news.refund_provider_id or "",
            currency=payment.currency,
            ours=0,
            theirs=news.amount_cents if type(news.amount_cents) is int else None,
            note=f"Given back at the provider, of {payment.provider_id}; Stoa was not asked and has booked nothing.",
        )
    return payment


def _as_found(row: object | None) -> WebhookEvent.Status:
    return WebhookEvent.Status.UNMATCHED if row is None else WebhookEvent.Status.PROCESSED


def _payment_meant(news: PaymentNews) -> str | None:
    """By the payment's own id; an event that names only the order means that order's latest payment."""
    named = Payment.objects.filter(provider_id=news.provider_id) if news.provider_id else Payment.objects.none()
    if found := named.values_list("provider_id", flat=True).first():
        return found
    if news.provider_id and news.provider_id.startswith("pay_"):
        return None
    order_id = parse_id(news.order_ref)
    if order_id is None:
        return None
    return Payment.objects.filter(order=order_id).values_list("provider_id", flat=True).first()


def _keep_failure(event_id: UUID, error: Exception) -> None:
    event = WebhookEvent.objects.get(pk=event_id)
    is_dead = event.attempts + 1 >= MOST_ATTEMPTS
    event.status = WebhookEvent.Status.DEAD if is_dead else WebhookEvent.Status.FAILED
    event.attempts += 1
    event.last_error = f"{type(error).__name__}: {error}"[:500]
    event.save(update_fields=["status", "attempts", "last_error"])
    logger.error("A payment webhook could not be applied (try %s)", event.attempts)


def webhooks_to_try(*, limit: int = 100) -> list[UUID]:
    """Events a minute old that have had no effect yet; and some unmatched ones for a day, each in its turn.

    Those are mostly another shop's on the same profile, so they keep nothing of ours waiting.
    """
    moment = now()
    late = WebhookEvent.objects.filter(received_at__lt=moment - timedelta(minutes=1))
    ours = late.filter(status__in=(WebhookEvent.Status.NEW, WebhookEvent.Status.FAILED)).order_by("received_at")
    others = late.filter(status=WebhookEvent.Status.UNMATCHED, received_at__gte=moment - UNMATCHED_FOR)
    slices = ours[:limit], others.order_by("processed_at", "received_at")[:UNMATCHED_AT_ONCE]
    return [key for rows in slices for key in rows.values_list("pk", flat=True)]


def forget_old_webhooks() -> int:
    return WebhookEvent.objects.filter(received_at__lt=now() - KEPT).delete()[0]
