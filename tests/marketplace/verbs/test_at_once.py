"""The rules marked R in payments-design.md §6: held by real threads, on SQLite and on PostgreSQL alike."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils.timezone import now

from marketplace.gateways.sandbox_payments import SandboxPayments, settle
from marketplace.gateways.sandbox_payouts import SandboxPayouts
from marketplace.models import (
    LedgerTransaction,
    Order,
    Payment,
    Product,
    Refund,
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxTransfer,
    SellerAccount,
    Transfer,
    WebhookEvent,
)
from marketplace.queries.ledger import imbalance
from marketplace.verbs.orders import cancel_order, expire_order, place_order, place_order_once
from marketplace.verbs.payment_calls import reconcile_payment
from marketplace.verbs.products import remove_product
from marketplace.verbs.reviews import review_product
from marketplace.verbs.sellers import start_onboarding
from marketplace.verbs.transfers import attempt_transfer, retry_transfer
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, paid_order
from tests.fakes.stripe_connect import FakeStripe, used_by

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run all of them in threads that start together; what each returned or raised, in order."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        try:
            gate.wait(timeout=30)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 -- the outcome is what is tested
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def items_of(*products):
    return [{"product_id": str(one.pk), "quantity": 1} for one in products]


def outcome(result):
    return getattr(result, "code", None) or type(result).__name__


class TestPlaceOrderAtOnce:
    @pytest.mark.parametrize(("buyers", "stock"), [(2, 1), (20, 5)])
    def test_never_sells_more_than_there_is(self, buyers, stock):
        product = ProductFactory(stock=stock)
        people = [UserFactory() for _ in range(buyers)]

        results = at_once(*(lambda by=by: place_order(items=items_of(product), by=by) for by in people))

        assert Counter(map(outcome, results)) == {"Order": stock, "out_of_stock": buyers - stock}
        product.refresh_from_db()
        assert (product.stock, Order.objects.count(), SandboxPayment.objects.count()) == (0, stock, stock)

    def test_fifty_buyers_of_twenty_pieces(self):
        product = ProductFactory(stock=20)
        people = [UserFactory() for _ in range(50)]
        results = at_once(*(lambda by=by: place_order(items=items_of(product), by=by) for by in people))
        assert Counter(map(outcome, results)) == {"Order": 20, "out_of_stock": 30}
        product.refresh_from_db()
        assert product.stock == 0

    def test_crossed_baskets_never_wait_for_each_other_for_ever(self, user):
        first, second = ProductFactory(stock=100), ProductFactory(stock=100)
        baskets = [items_of(first, second), items_of(second, first)] * 6
        results = at_once(*(lambda items=items: place_order(items=items, by=user) for items in baskets))
        assert Counter(map(outcome, results)) == {"Order": 12}
        assert set(Product.objects.values_list("stock", flat=True)) == {88}

    def test_one_key_makes_one_order(self, user):
        product = ProductFactory(stock=9)

        def check_out():
            return place_order_once(
                items=items_of(product),
                payment_method="card",
                by=user,
                key="one",
                route="r",
                answer=lambda order: {"id": str(order.pk)},
            )

        results = at_once(*[check_out] * 10)

        answers = {placed.answer["id"] for placed in results if not isinstance(placed, Exception)}
        refused = {outcome(one) for one in results if isinstance(one, Exception)}
        assert answers == {str(Order.objects.get().pk)}
        assert refused <= {"idempotency_in_progress"}
        assert (check_out().is_replay, Payment.objects.count()) == (True, 1)


class TestOutsideCalls:
    """No call outside while a transaction is open (payments-design.md §0.3)."""

    @pytest.fixture
    def seen(self, monkeypatch):
        seen = []
        for gateway, name in (
            (SandboxPayments, "create"),
            (SandboxPayments, "retrieve"),
            (SandboxPayouts, "account"),
            (SandboxPayouts, "read_account"),
            (SandboxPayouts, "transfer"),
            (SandboxPayouts, "find_transfers"),
        ):
            monkeypatch.setattr(gateway, name, watched(getattr(gateway, name), seen))
        return seen

    def test_are_made_between_transactions(self, seen):
        seller = UserFactory()
        connect(seller)
        order = paid_order(product=ProductFactory(by=seller))
        SandboxMishap.objects.create(kind="sticky")
        attempt_transfer(transfer_id=order.transfers.get().pk)
        for days in (1, 2):
            with time_machine.travel(now() + timedelta(days=days)):
                attempt_transfer(transfer_id=order.transfers.get().pk)
        reconcile_payment(payment_id=order.payments.get().pk)
        assert {name for name, _ in seen} == {
            "create",
            "retrieve",
            "account",
            "read_account",
            "transfer",
            "find_transfers",
        }
        assert [name for name, is_open in seen if is_open] == []


def watched(call, seen):
    def watch(self, *args, **given):
        seen.append((call.__name__, connection.in_atomic_block))
        return call(self, *args, **given)

    return watch


class TestRemovedWhileOrdered:
    @pytest.mark.parametrize("_again", range(4))
    def test_is_refused_in_words(self, _again):
        seller = UserFactory()
        product = ProductFactory(by=seller)
        people = [UserFactory() for _ in range(3)]

        results = at_once(
            *(lambda by=by: place_order(items=items_of(product), by=by) for by in people),
            lambda: remove_product(product_id=product.pk, by=seller),
        )

        assert {outcome(one) for one in results} <= {"Order", "Product", "unknown_product", "out_of_stock"}


class TestWebhookAtOnce:
    def test_one_event_ten_times_has_one_effect(self):
        order = OrderFactory(product=ProductFactory(stock=1))
        hook = settle(order.payments.get().provider_id)

        results = at_once(*[lambda: receive_webhook(body=hook.body, signatures=hook.signatures)] * 10)

        assert {outcome(one) for one in results} == {"WebhookEvent"}
        order.refresh_from_db()
        assert (order.status, WebhookEvent.objects.count()) == ("paid", 1)
        assert (order.transfers.count(), LedgerTransaction.objects.count(), imbalance()) == (1, 1, {})

    def test_paying_and_expiring_leaves_one_truth(self):
        product = ProductFactory(stock=1)
        order = OrderFactory(product=product)
        hook = settle(order.payments.get().provider_id)
        Order.objects.update(expires_at=now() - timedelta(seconds=1))

        at_once(
            lambda: receive_webhook(body=hook.body, signatures=hook.signatures),
            lambda: expire_order(order_id=order.pk),
            lambda: expire_order(order_id=order.pk),
        )

        order.refresh_from_db()
        product.refresh_from_db()
        payment = order.payments.get()
        assert (order.status, product.stock, payment.status, payment.refund_due) == ("paid", 0, "succeeded", False)

    @pytest.mark.parametrize("_again", range(4))
    def test_paying_and_calling_off_leaves_one_truth(self, _again):
        product = ProductFactory(stock=1)
        order = OrderFactory(product=product)
        hook = settle(order.payments.get().provider_id)
        Payment.objects.update(status="pending")

        results = at_once(
            lambda: receive_webhook(body=hook.body, signatures=hook.signatures),
            lambda: cancel_order(order_id=order.pk, by=order.buyer),
            lambda: cancel_order(order_id=order.pk, by=order.buyer),
        )

        order.refresh_from_db()
        product.refresh_from_db()
        payment = order.payments.get()
        assert [outcome(result) for result in results[1:]].count("Order") <= 1
        assert (order.status, product.stock, payment.status, payment.refund_due) == ("paid", 0, "succeeded", False)

    @pytest.mark.parametrize("_again", range(4))
    def test_paying_expiring_and_another_buyer_share_one_piece(self, user, _again):
        product = ProductFactory(stock=1)
        order = OrderFactory(product=product)
        hook = settle(order.payments.get().provider_id)
        Order.objects.update(expires_at=now() - timedelta(seconds=1))

        results = at_once(
            lambda: expire_order(order_id=order.pk),
            lambda: place_order(items=items_of(product), by=user),
            lambda: receive_webhook(body=hook.body, signatures=hook.signatures),
        )

        order.refresh_from_db()
        product.refresh_from_db()
        payment = order.payments.get()
        is_anothers = isinstance(results[1], Order)
        assert outcome(results[1]) in ("Order", "out_of_stock")
        refunds = list(Refund.objects.values_list("amount_cents", flat=True))
        kept, owed = (True, False, []), (False, True, [2999])
        assert (order.is_paid, payment.refund_due, refunds) == (owed if is_anothers else kept)
        assert (product.stock, imbalance()) == (0, {})


class TestTransferAtOnce:
    def test_two_workers_and_two_retries_send_once(self, staff):
        seller = UserFactory()
        connect(seller)
        transfer = paid_order(product=ProductFactory(by=seller)).transfers.get()

        results = at_once(
            *[lambda: attempt_transfer(transfer_id=transfer.pk)] * 2,
            *[lambda: retry_transfer(transfer_id=transfer.pk, by=staff)] * 2,
        )

        assert {outcome(one) for one in results} <= {
            "Transfer",
            "NoneType",
            "transfer_in_progress",
            "transfer_completed",
            "retried_just_now",
        }
        assert (SandboxTransfer.objects.count(), Transfer.objects.get().status) == (1, "completed")
        assert LedgerTransaction.objects.filter(kind="transfer_completed").count() == 1

    def test_a_lapsed_lease_is_taken_over_once(self):
        seller = UserFactory()
        connect(seller)
        transfer = paid_order(product=ProductFactory(by=seller)).transfers.get()
        Transfer.objects.update(status="processing", lease_until=now(), attempt_key="k", key_since=now())
        with time_machine.travel(now() + timedelta(seconds=1)):
            results = at_once(*[lambda: attempt_transfer(transfer_id=transfer.pk)] * 8)
        assert not [one for one in results if isinstance(one, Exception)]
        assert (SandboxTransfer.objects.count(), Transfer.objects.get().attempt_key) == (1, "k")


class TestStartOnboardingAtOnce:
    def test_makes_one_account(self, user):
        results = at_once(*[lambda: start_onboarding(by=user)] * 5)
        assert all(isinstance(url, str) for url in results)
        assert (SellerAccount.objects.count(), SandboxAccount.objects.count()) == (1, 1)

    def test_makes_one_account_at_stripe_and_a_usable_address_each(self, user, settings):
        with FakeStripe().standing() as house:
            used_by(settings, house)
            results = at_once(*[lambda: start_onboarding(by=user)] * 5)
            assert (set(house.links) == set(results), len(house.links), len(house.accounts)) == (True, 5, 1)
            assert {link["account"] for link in house.links.values()} == {SellerAccount.objects.get().provider_id}


class TestReviewAtOnce:
    def test_keeps_one_review(self, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        results = at_once(*[lambda: review_product(product_id=product.pk, rating=5, by=user)] * 5)
        assert Counter(map(outcome, results)) == {"Review": 1, "already_reviewed": 4}
        product.refresh_from_db()
        assert (product.rating_sum, product.rating_count) == (5, 1)
