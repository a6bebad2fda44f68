"""Licences: the right to have what was bought. One a seat, granted and revoked in the transaction that says why."""

from collections.abc import Sequence

from marketplace.models import Order, OrderLine, Refund


def grant_licenses(*, order: Order, lines: Sequence[OrderLine]) -> None:
    """One licence a seat of every digital line. Called in the transaction that makes the order paid; safe to repeat."""


def revoke_licenses(*, refund: Refund) -> None:
    """Take back what a refund gave the money back for: a line refunded in full loses all its seats."""
