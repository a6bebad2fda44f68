"""Which provider answers for a payment: the one that it was opened at, whatever the settings name by now."""

from marketplace.gateways.payments import Payments, payments
from marketplace.models import Payment


def payments_for(payment: Payment) -> Payments:
    """One that has had no answer yet may be new to everybody, so the settings say where it is opened."""
    if payment.is_sandbox or payment.status != Payment.Status.CREATED:
        return payments(is_sandbox=payment.is_sandbox)
    return payments()
