"""What can happen here. A fact names its two sides apart: a buyer never hears who else bought, a seller nothing of others."""

from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ForBuyer:
    buyer_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.buyer_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForSeller:
    seller_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.seller_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged(Fact):
    """`what` is created, updated, archived, removed, reviewed, review_changed, review_removed, review_withdrawn or
    review_answered."""

    product_id: UUID
    seller_id: UUID
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.product_id}", f"user:{self.seller_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAnswered(ForBuyer, Fact):
    """A seller's word to who reviewed their product; `what` is answered, changed or removed."""

    review_id: UUID
    product_id: UUID
    title: str
    seller_id: UUID
    seller_name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressNeeded(ForBuyer, Fact):
    """Something that is to be sent was paid, and nobody has said where it goes."""

    order_id: UUID
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGiven(ForSeller, Fact):
    """The buyer has said where a seller's parcel goes, or that it goes elsewhere. Where that is, the order tells."""

    order_id: UUID
    number: str
    buyer_id: UUID
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOpened(ForBuyer, Fact):
    """The provider knows of the payment; whether it is paid comes by webhook. No order: it pays a subscription."""

    provider_id: str
    order_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(ForBuyer, Fact):
    """The buyer's order was placed or has another status now."""

    order_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleMade(ForSeller, Fact):
    """A seller's lines of an order were paid. `net_cents` is what is theirs after the fee."""

    order_id: UUID
    gross_cents: int
    net_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(Fact):
    """A seller sent what is theirs of an order. `tracking` may be empty."""

    order_id: UUID
    number: str
    buyer_id: UUID
    seller_id: UUID
    seller_name: str
    tracking: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.buyer_id}", f"user:{self.seller_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferChanged(ForSeller, Fact):
    transfer_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GearChanged(Fact):
    """`what`: created, updated, removed, document_attached, document_removed, repair_recorded or repair_removed."""

    gear_id: UUID
    owner_id: UUID
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.gear_id}", f"user:{self.owner_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested(ForBuyer, Fact):
    """Money is to go back to a buyer; the provider hears of it next. `requested_by` is None for the platform itself."""

    refund_id: UUID
    order_id: UUID | None
    requested_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSettled(ForBuyer, Fact):
    """The buyer has the money back, or will not have it this way: `status` is succeeded, failed or review.

    No order where it was paid for a subscription.
    """

    refund_id: UUID
    order_id: UUID | None
    number: str
    status: str
    amount_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRefunded(ForSeller, Fact):
    """Of a seller's lines `amount_cents` went back to the buyer, `share_cents` of it theirs."""

    refund_id: UUID
    order_id: UUID
    number: str
    buyer_id: UUID
    amount_cents: int
    share_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReversed(ForSeller, Fact):
    """A seller's share of a refund was taken back from a transfer, or stays their debt: completed or owed."""

    reversal_id: UUID
    transfer_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeChanged(ForBuyer, Fact):
    """The buyer's bank disputes a payment: open, won (by us) or lost."""

    payment_id: UUID
    order_id: UUID | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerConnected(ForSeller, Fact):
    """The payout provider may send this seller money now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerDisconnected(ForSeller, Fact):
    """The payout provider may send this seller no money any more: it asks them for something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerAccountChanged(ForSeller, Fact):
    """The payout provider says that something about the account changed; what, has to be read there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseChanged(Fact):
    """A licence was given or revoked by hand; `what` is granted, gifted or revoked. Purchases and refunds tell of themselves."""

    license_id: UUID
    product_id: UUID
    title: str
    owner_id: UUID
    by_id: UUID
    by_name: str
    what: str
    note: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.owner_id}", f"user:{self.by_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(ForBuyer, Fact):
    """An invoice or a credit note got its number. No order: it is for a subscription."""

    invoice_id: UUID
    order_id: UUID | None
    kind: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChanged(Fact):
    """`what` is created, updated, archived or removed."""

    tier_id: UUID
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.tier_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(Fact):
    """`what`: asked, started, renewed, changed, planned, kept, declined, past_due, canceled, resumed, given, expired."""

    subscription_id: UUID
    user_id: UUID
    tier_id: UUID
    status: str
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberTold(Fact):
    """What the holder of a subscription has to hear; `key` says it once. `tone` is info, warning or error."""

    user_id: UUID
    key: str
    title: str
    text: str
    tone: str
