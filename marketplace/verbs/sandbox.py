"""The sandbox provider's own moves. What it decides reaches us as a signed webhook through the ordinary inbox."""

from accounts.models import User
from config.errors import Conflict, NotFound
from marketplace.gateways import sandbox_payments
from marketplace.models import Payment, WebhookEvent
from marketplace.verbs.webhooks import receive_webhook


def settle_sandbox_payment(*, provider_id: str) -> WebhookEvent | None:
    """What a card does by itself; None where a person decides. Safe to repeat: the same state is the same event."""
    return _deliver(sandbox_payments.settle(provider_id))


def decide_sandbox_payment(*, provider_id: str, is_approved: bool, by: User) -> Payment:
    """Approve or decline a payment that waits, on the sandbox's page: its buyer and staff may."""
    payment = waiting_payment(provider_id=provider_id, by=by)
    if payment.method != "card_review":
        raise Conflict("This payment is decided by its method", code="not_reviewable")
    _deliver(sandbox_payments.decide(provider_id, is_approved=is_approved))
    payment.refresh_from_db()
    return payment


def waiting_payment(*, provider_id: str, by: User) -> Payment:
    """The payment, whatever its state, for those who may see the sandbox's page of it."""
    payment = Payment.objects.select_related("order").filter(provider_id=provider_id).first()
    if payment is None or not (by.is_staff or payment.order.buyer_id == by.pk):
        raise NotFound("Payment not found")
    return payment


def _deliver(webhook: sandbox_payments.SignedWebhook | None) -> WebhookEvent | None:
    if webhook is None:
        return None
    return receive_webhook(body=webhook.body, signatures=webhook.signatures)
