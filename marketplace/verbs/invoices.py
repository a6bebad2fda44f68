"""Invoices and credit notes: numbered without gaps, issued in the transaction that makes them due, never changed."""

from marketplace.models import Invoice, Order, Refund, SubscriptionCharge


def issue_invoice(*, order: Order | None = None, charge: SubscriptionCharge | None = None) -> Invoice | None:
    """The invoice of a paid order or charge; the one that is there where it was issued before, None for nothing to pay."""


def issue_credit_note(*, refund: Refund) -> Invoice | None:
    """The credit note of a refund that succeeded, naming the invoice it corrects."""
