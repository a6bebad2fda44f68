"""Which provider answers for a payment: the one that it was opened at, whatever the settings name by now."""

from marketplace.gateways.payments import Payments, payments
from marketplace.models import Payment

UNHEARD = (Payment.Status.CREATED, Payment.Status.CANCELED)
"""What a payment is that no provider has answered for: on its way there, or called off before it came so far."""


def payments_for(payment: Payment) -> Payments:
    """One that has had no answer yet may be new to everybody, so the settings say where it is opened or looked for."""
    if payment.is_sandbox or payment.status not in UNHEARD or payment.client_secret or payment.connector_ref:
        return payments(is_sandbox=payment.is_sandbox)
    return payments()
