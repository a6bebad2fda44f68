"""The provider's own page for a payment: where a buyer pays, and what is known when they come back."""

from accounts.models import User
from config.errors import Conflict, DomainError, NotFound
from marketplace.models import Payment
from marketplace.verbs.payment_calls import apply_answer, reconcile_payment
from marketplace.verbs.payments import payer_of
from marketplace.verbs.providers import payments_for

NOTHING_TO_PAY = "There is nothing to pay here any more."


def payment_page(*, provider_id: str, by: User) -> str:
    """Its address, for who pays. Conflict where nothing waits for them; Unavailable while the provider is away."""
    payment = _own(provider_id, by)
    if payment.status not in Payment.LIVE:
        raise Conflict(NOTHING_TO_PAY, code="nothing_to_pay")
    there = payments_for(payment).retrieve(payment.provider_id)
    if there is None:
        raise Conflict("The payment has not started. Try it again from your order.", code="payment_not_started")
    apply_answer(there)
    if not there.pay_url or there.status not in Payment.LIVE:
        raise Conflict(NOTHING_TO_PAY, code="nothing_to_pay")
    return there.pay_url


def come_back_from_paying(*, provider_id: str, by: User) -> Payment:
    """The payment as it stands now. Where the provider is away it stays as it was: its webhook or a sweep will tell."""
    payment = _own(provider_id, by)
    try:
        reconcile_payment(payment_id=payment.pk)
    except DomainError:
        return payment
    payment.refresh_from_db()
    return payment


def _own(provider_id: str, by: User) -> Payment:
    payment = Payment.objects.filter(provider_id=provider_id).first()
    if payment is None or payer_of(payment) != by.pk:
        raise NotFound("Payment not found")
    return payment
