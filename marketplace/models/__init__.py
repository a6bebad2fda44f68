from marketplace.models.carts import Cart, CartItem
from marketplace.models.gear import GearDocument, GearItem, GearRepair
from marketplace.models.idempotency import IdempotencyRecord
from marketplace.models.invoices import Invoice, InvoiceSeries
from marketplace.models.ledger import LedgerEntry, LedgerTransaction
from marketplace.models.licenses import License, ProductFile
from marketplace.models.orders import Order, OrderLine
from marketplace.models.payments import Dispute, Payment, WebhookEvent
from marketplace.models.products import Product
from marketplace.models.reconciliation import Difference
from marketplace.models.refunds import Refund, RefundLine, TransferReversal
from marketplace.models.reviews import Review
from marketplace.models.sandbox import (
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
)
from marketplace.models.sellers import SellerAccount
from marketplace.models.subscriptions import SubscriptionCharge, SubscriptionTier, UsageCount, UserSubscription
from marketplace.models.transfers import Transfer

__all__ = [
    "Cart",
    "CartItem",
    "Difference",
    "Dispute",
    "GearDocument",
    "GearItem",
    "GearRepair",
    "IdempotencyRecord",
    "Invoice",
    "InvoiceSeries",
    "LedgerEntry",
    "LedgerTransaction",
    "License",
    "Order",
    "OrderLine",
    "Payment",
    "Product",
    "ProductFile",
    "Refund",
    "RefundLine",
    "Review",
    "SandboxAccount",
    "SandboxMishap",
    "SandboxPayment",
    "SandboxRefund",
    "SandboxReversal",
    "SandboxTransfer",
    "SellerAccount",
    "SubscriptionCharge",
    "SubscriptionTier",
    "Transfer",
    "TransferReversal",
    "UsageCount",
    "UserSubscription",
    "WebhookEvent",
]
