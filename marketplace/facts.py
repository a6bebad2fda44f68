"""What can happen here. A fact names its two sides apart: a buyer never hears who else bought, a seller nothing of others."""

from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChanged(Fact):
    """`what` is created, updated, archived, removed or reviewed."""

    product_id: UUID
    seller_id: UUID
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.product_id}", f"user:{self.seller_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOpened(Fact):
    """The provider knows of the payment; whether it is paid comes by webhook. No order: it pays a subscription."""

    provider_id: str
    order_id: UUID | None
    buyer_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.buyer_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Fact):
    """The buyer's order was placed or has another status now."""

    order_id: UUID
    buyer_id: UUID
    status: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.buyer_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleMade(Fact):
    """A seller's lines of an order were paid. `net_cents` is what is theirs after the fee."""

    order_id: UUID
    seller_id: UUID
    gross_cents: int
    net_cents: int
    currency: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.seller_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferChanged(Fact):
    transfer_id: UUID
    seller_id: UUID
    status: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.seller_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerConnected(Fact):
    """The payout provider may send this seller money now."""

    seller_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.seller_id}",)
