"""What a payment's news does to a subscription. The moves that ask for money are in `subscriptions`."""

from marketplace.models import Payment


def settle_charge(*, payment: Payment) -> None:
    """Called in the payment's own transaction, under its lock, whenever a charge's payment has a new status."""
