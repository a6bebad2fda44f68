from marketplace.models.idempotency import IdempotencyRecord
from marketplace.models.ledger import LedgerEntry, LedgerTransaction
from marketplace.models.orders import Order, OrderLine
from marketplace.models.payments import Payment, WebhookEvent
from marketplace.models.products import Product
from marketplace.models.reviews import Review
from marketplace.models.sandbox import SandboxAccount, SandboxMishap, SandboxPayment, SandboxTransfer
from marketplace.models.sellers import SellerAccount
from marketplace.models.transfers import Transfer

__all__ = [
    "IdempotencyRecord",
    "LedgerEntry",
    "LedgerTransaction",
    "Order",
    "OrderLine",
    "Payment",
    "Product",
    "Review",
    "SandboxAccount",
    "SandboxMishap",
    "SandboxPayment",
    "SandboxTransfer",
    "SellerAccount",
    "Transfer",
    "WebhookEvent",
]
