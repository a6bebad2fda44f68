"""The sandbox provider's own moves. What it decides reaches us as a signed webhook through the ordinary inbox.

Where a real provider is named the sandbox lets nobody pay any more, also not what was begun in it before; what was paid in
it can still be given back in it.
"""

from uuid import UUID

from accounts.models import User
from config.errors import Conflict, Forbidden, NotFound
from marketplace.gateways import sandbox_payments, sandbox_payouts
from marketplace.gateways.payments import payments
from marketplace.models import Payment, WebhookEvent
from marketplace.verbs.payments import payer_of
from marketplace.verbs.webhooks import receive_webhook


def settle_sandbox_payment(*, provider_id: str) -> WebhookEvent | None:
    """What a card does by itself; None where a person decides. Safe to repeat: the same state is the same event."""
    return _deliver(sandbox_payments.settle(provider_id)) if _is_used() else None


def settle_sandbox_refund(*, refund_provider_id: str) -> WebhookEvent | None:
    """Give a refund back; None where the sandbox knows none under this id. Safe to repeat."""
    return _deliver(sandbox_payments.settle_refund(refund_provider_id))


def decide_sandbox_payment(*, provider_id: str, is_approved: bool, by: User) -> Payment:
    """Approve or decline a payment that waits, on the sandbox's page: who pays it and staff may."""
    payment = waiting_payment(provider_id=provider_id, by=by)
    if payment.method != "card_review":
        raise Conflict("This payment is decided by its method", code="not_reviewable")
    _deliver(sandbox_payments.decide(provider_id, is_approved=is_approved))
    payment.refresh_from_db()
    return payment


def dispute_sandbox_payment(*, provider_id: str, stage: str, by: User) -> WebhookEvent:
    """Rehearse a dispute: `stage` is opened, challenged, won or lost. Administrators may."""
    if not by.is_admin:
        raise Forbidden("Only administrators may rehearse a dispute")
    event = _deliver(sandbox_payments.dispute(provider_id, stage)) if _is_used() else None
    if event is None:
        raise NotFound("Payment not found")
    return event


def pay_out_at_sandbox(*, account_id: UUID, by: User) -> int:
    """Rehearse a seller who moves all to their own bank: a reversal then finds nothing. What was paid out in all."""
    if not by.is_admin:
        raise Forbidden("Only administrators may rehearse a payout")
    return sandbox_payouts.pay_out_all(account_id)


def waiting_payment(*, provider_id: str, by: User) -> Payment:
    """The payment, whatever its state, for those who may see the sandbox's page of it."""
    payment = Payment.objects.select_related("order", "charge").filter(provider_id=provider_id).first()
    if payment is None or not _is_used() or not (by.is_staff or payer_of(payment) == by.pk):
        raise NotFound("Payment not found")
    return payment


def _is_used() -> bool:
    return payments().name == sandbox_payments.SandboxPayments.name


def _deliver(webhook: sandbox_payments.SignedWebhook | None) -> WebhookEvent | None:
    if webhook is None:
        return None
    return receive_webhook(body=webhook.body, signatures=webhook.signatures)
