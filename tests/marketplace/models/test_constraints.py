"""The database itself refuses what the rules forbid, whoever writes (payments-design.md §5, `C:`)."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from config.ids import new_id
from marketplace.models import (
    Cart,
    CartItem,
    Invoice,
    LedgerEntry,
    LedgerTransaction,
    License,
    Order,
    OrderLine,
    Payment,
    Product,
    Refund,
    RefundLine,
    Review,
    SellerAccount,
    SubscriptionCharge,
    SubscriptionTier,
    Transfer,
    TransferReversal,
    UserSubscription,
)
from marketplace.verbs.carts import add_to_cart
from marketplace.verbs.reviews import review_product
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(user):
    seller = UserFactory()
    connect(seller)
    order = paid_order(by=user, product=ProductFactory(by=seller, stock=3))
    review_product(product_id=order.lines.get().product_id, rating=5, by=user)
    return order


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Product, {"stock": -1}),
        (Product, {"price_cents": -1}),
        (Product, {"currency": "eur"}),
        (Order, {"paid_at": None}),
        (Order, {"total_cents": -1}),
        (OrderLine, {"quantity": 0, "gross_cents": 0}),
        (OrderLine, {"gross_cents": 1}),
        (OrderLine, {"fee_cents": 3000}),
        (OrderLine, {"refunded_cents": 3000}),
        (Payment, {"captured_cents": 3000}),
        (Payment, {"refunded_cents": 3000}),
        (Transfer, {"amount_cents": 2700}),
        (Transfer, {"reversed_cents": 2700}),
        (Transfer, {"status": "completed", "provider_id": None}),
        (License, {"download_count": 51}),
        (License, {"status": "revoked"}),
        (Invoice, {"kind": "credit_note"}),
        (Invoice, {"order": None}),
        (LedgerEntry, {"amount_cents": 0}),
        (Review, {"rating": 6}),
        (SellerAccount, {"provider_id": None}),
    ],
)
def test_refuses(world, model, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**changes)


@pytest.mark.parametrize(
    "again",
    [
        lambda order: Transfer(order=order, seller=order.transfers.get().seller, currency="EUR", gross_cents=0, platform_fee_cents=0, amount_cents=0, fee_bp=0),
        lambda order: LedgerTransaction(source_key=f"payment:{order.payments.get().pk}:captured", kind="again"),
        lambda order: Review(product=order.lines.get().product, buyer=order.buyer, order=order, rating=1),
        lambda order: SellerAccount(user=order.transfers.get().seller),
    ],
)  # fmt: skip
def test_keeps_one_of_a_kind(world, again):
    with pytest.raises(IntegrityError), transaction.atomic():
        again(world).save()


def test_has_one_live_payment_an_order(world):
    def live(name):
        return Payment(order=world, provider_id=name, method="card", amount_cents=1, currency="EUR")

    live("pay_1").save()
    with pytest.raises(IntegrityError), transaction.atomic():
        live("pay_2").save()


class TestMoneyThatGoesBackOrComesMonthly:
    @pytest.fixture
    def rows(self, world, user):
        """One of each: a share that was sent and taken back in part, a subscription that is paid, a cart."""
        attempt_transfer(transfer_id=world.transfers.get().pk)
        given_back(world, amount_cents=1000)
        subscribed(user, TierFactory())
        add_to_cart(product_id=ProductFactory().pk, by=user)

    @pytest.mark.parametrize(
        ("model", "changes"),
        [
            (Product, {"vat_bp": 10_001}),
            (Order, {"refunded_cents": 3000}),
            (Order, {"vat_cents": 3000}),
            (OrderLine, {"vat_cents": 3000}),
            (OrderLine, {"reversed_cents": 2700}),
            (Refund, {"amount_cents": 0}),
            (RefundLine, {"amount_cents": 0, "share_cents": 0}),
            (RefundLine, {"share_cents": 1001}),
            (TransferReversal, {"amount_cents": 0}),
            (TransferReversal, {"status": "completed", "provider_id": None}),
            (Payment, {"order": None, "charge": None}),
            (SubscriptionTier, {"price_cents": -1}),
            (SubscriptionCharge, {"amount_cents": -1}),
            (SubscriptionCharge, {"period_end": F("period_start")}),
            (UserSubscription, {"end_date": F("start_date")}),
            (CartItem, {"quantity": 100}),
            (Cart, {"user": None, "token_hash": None}),
        ],
    )
    def test_refuses(self, rows, model, changes):
        assert model.objects.exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**changes)

    @pytest.mark.parametrize(
        "again",
        [
            lambda: TransferReversal.objects.get(),
            lambda: RefundLine.objects.get(),
            lambda: Invoice.objects.get(kind="invoice", charge=None),
            lambda: Invoice.objects.get(kind="credit_note"),
            lambda: UserSubscription.objects.get(),
        ],
    )
    def test_keeps_one_of_a_kind(self, rows, again):
        row = again()
        row.pk = new_id()
        if isinstance(row, TransferReversal):
            row.provider_id = "trr_another"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
