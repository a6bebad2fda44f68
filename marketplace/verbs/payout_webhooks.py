"""The payout provider's webhooks come through the same inbox as the payment provider's."""

from marketplace.gateways.payouts import payouts
from marketplace.models import WebhookEvent
from marketplace.verbs.webhooks import PAYOUTS, apply_webhook


def receive_payout_webhook(*, body: bytes, signature: str) -> WebhookEvent:
    """Verify, keep and apply one event. Unauthenticated (nothing is stored), Invalid, Unavailable (no secret) otherwise."""
    news = payouts().parse_webhook(body=body, signature=signature)
    WebhookEvent.objects.bulk_create(
        [WebhookEvent(provider=PAYOUTS, event_id=news.event_id, type=news.name, body=body.decode())],
        ignore_conflicts=True,
    )
    event = WebhookEvent.objects.get(provider=PAYOUTS, event_id=news.event_id)
    return apply_webhook(event_id=event.pk)
