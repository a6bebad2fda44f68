"""payments-design.md §6, 23 to 26 under real concurrency: threads, on SQLite and on PostgreSQL alike."""

import contextlib
import threading
from collections import Counter

import pytest
from django.db.models import Sum

from marketplace.gateways import sandbox_payments
from marketplace.models import (
    Invoice,
    LedgerTransaction,
    Order,
    Payment,
    Refund,
    SandboxAccount,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
    Transfer,
    TransferReversal,
)
from marketplace.queries.ledger import debt_of, imbalance, owed_to
from marketplace.verbs import refunds, shipping
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.orders import place_order
from marketplace.verbs.refund_tries import attempt_refund
from marketplace.verbs.refunds import refund_order, refund_order_once
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.shipping import mark_sent
from marketplace.verbs.transfers import attempt_transfer
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order, pay
from tests.marketplace.verbs.test_at_once import at_once, items_of, outcome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seller(db):
    seller = UserFactory()
    connect(seller)
    return seller


@pytest.fixture
def order(seller):
    return paid_order(product=ProductFactory(by=seller))


def ask(order, **asked):
    by = order.lines.get().seller if "amount_cents" in asked else order.buyer
    return refund_order(order_id=order.pk, **{"reason": "Broken", "by": by, **asked})


class TestRefundsAtOnce:
    def test_of_a_half_succeed_twice_at_most(self, order):
        results = at_once(*[lambda: ask(order, amount_cents=1499)] * 10)
        assert Counter(map(outcome, results)) == {"Refund": 2, "refund_too_large": 8}
        assert Payment.objects.get().refunded_cents == 2998

    def test_of_all_succeed_once_whoever_asks(self, order, seller, staff):
        askers = [order.buyer, seller, staff] * 3
        results = at_once(*(lambda by=by: ask(order, by=by) for by in askers))
        assert Counter(map(outcome, results)) == {"Refund": 1, "nothing_to_refund": 8}

    def test_of_one_key_are_one(self, order):
        def once():
            return refund_order_once(
                order_id=str(order.pk),
                by=order.lines.get().seller,
                key="k",
                route="r",
                answer=lambda _: {},
                reason="B",
                amount_cents=9,
            )

        results = at_once(*[once] * 10)
        assert {outcome(one) for one in results} <= {"Refunded", "idempotency_in_progress"}
        assert (once().is_replay, Refund.objects.count()) == (True, 1)

    def test_are_asked_of_the_provider_once(self, order):
        refund = ask(order)
        results = at_once(*[lambda: attempt_refund(refund_id=refund.pk)] * 8)
        assert Counter(map(outcome, results)) == {"Refund": 1, "NoneType": 7}
        assert (SandboxRefund.objects.count(), Refund.objects.get().attempts) == (1, 1)

    def test_have_one_effect_however_often_the_webhook_comes(self, order):
        attempt_transfer(transfer_id=order.transfers.get().pk)
        refund = ask(order)
        attempt_refund(refund_id=refund.pk)
        hook = sandbox_payments.settle_refund(refund.provider_id)

        results = at_once(*[lambda: receive_webhook(body=hook.body, signatures=hook.signatures)] * 10)

        assert {outcome(one) for one in results} == {"WebhookEvent"}
        kinds = Counter(LedgerTransaction.objects.values_list("kind", flat=True))
        assert kinds == {"payment_captured": 1, "transfer_completed": 1, "refund_succeeded": 1}
        assert (TransferReversal.objects.count(), Invoice.objects.filter(kind="credit_note").count()) == (1, 1)
        assert (Order.objects.get().status, imbalance()) == ("refunded", {})

    def test_do_not_lock_a_seller_out_who_sends_the_parcel(self, seller, monkeypatch):
        """Both want the order and its lines; each is held where it has the first of them."""
        order = paid_order(product=ProductFactory(by=seller, kind="physical", stock=5))
        both = threading.Barrier(2)

        def meeting(call, seen):
            def met(*args, **given):
                if not seen:
                    seen.append(True)
                    # Where one waits for the other, as it should, nobody comes.
                    with contextlib.suppress(threading.BrokenBarrierError):
                        both.wait(timeout=2)
                return call(*args, **given)

            return met

        monkeypatch.setattr(refunds, "commit_refund", meeting(refunds.commit_refund, []))
        monkeypatch.setattr(shipping, "lines_to_send", meeting(shipping.lines_to_send, []))
        results = at_once(lambda: ask(order), lambda: mark_sent(order_id=order.pk, by=seller))
        assert {outcome(one) for one in results} <= {"Refund", "list", "nothing_to_send"}

    def test_and_a_lost_dispute_take_the_money_once(self, order):
        provider_id = order.payments.get().provider_id
        at_once(
            *[lambda: ask(order, amount_cents=2000)] * 3,
            *[lambda: apply_dispute(provider_id=provider_id, dispute="lost")] * 3,
        )
        for refund in Refund.objects.filter(status="pending"):
            attempt_refund(refund_id=refund.pk)
            hook = sandbox_payments.settle_refund(refund.provider_id)
            receive_webhook(body=hook.body, signatures=hook.signatures)
        given = Refund.objects.filter(status="succeeded").aggregate(total=Sum("amount_cents"))["total"]
        assert (given, Payment.objects.get().refunded_cents, imbalance()) == (2999, 2999, {})


class TestTransfersAndRefundsAtOnce:
    @pytest.mark.parametrize("_again", range(4))
    def test_leave_nothing_with_the_seller(self, order, seller, _again):
        transfer = order.transfers.get()
        refund = ask(order)
        attempt_refund(refund_id=refund.pk)
        hook = sandbox_payments.settle_refund(refund.provider_id)

        results = at_once(
            *[lambda: attempt_transfer(transfer_id=transfer.pk)] * 3,
            lambda: receive_webhook(body=hook.body, signatures=hook.signatures),
        )

        assert [one for one in results if isinstance(one, Exception)] == []
        for key in reversals_due():
            attempt_reversal(reversal_id=key)
        transfer.refresh_from_db()
        assert transfer.status in ("canceled", "reversed")
        assert (owed_to(seller.pk), imbalance()) == ({}, {})

    def test_a_reversal_goes_once(self, order):
        attempt_transfer(transfer_id=order.transfers.get().pk)
        given_back(order)
        key = reversals_due()[0]
        results = at_once(*[lambda: attempt_reversal(reversal_id=key)] * 8)
        assert Counter(map(outcome, results)) == {"TransferReversal": 1, "NoneType": 7}
        assert (SandboxReversal.objects.count(), Transfer.objects.get().status) == (1, "reversed")

    def test_one_debt_is_not_taken_from_two_transfers(self, order, seller):
        attempt_transfer(transfer_id=order.transfers.get().pk)
        SandboxAccount.objects.update(paid_out_cents=2699)
        given_back(order)
        attempt_reversal(reversal_id=reversals_due()[0])
        product = ProductFactory(by=seller, price_cents=5000)
        later = [paid_order(product=product).transfers.get() for _ in range(4)]

        at_once(*(lambda row=row: attempt_transfer(transfer_id=row.pk) for row in later))

        offsets = sorted(
            Transfer.objects.filter(pk__in=[row.pk for row in later]).values_list("debt_offset_cents", flat=True)
        )
        assert (offsets, debt_of(seller.pk, "EUR"), owed_to(seller.pk)) == ([0, 0, 0, 2699], 0, {})
        assert SandboxTransfer.objects.aggregate(total=Sum("amount_cents"))["total"] == 2699 + 4 * 4500 - 2699


class TestManyBuyers:
    def test_twenty_at_once_lose_nothing_but_to_the_stock(self, seller):
        """Each places, pays and gives back by themselves, on as many connections: only the stock says no."""
        product = ProductFactory(by=seller, kind="physical", stock=12)
        people = [UserFactory() for _ in range(20)]

        def buy_and_return(by):
            order = pay(place_order(items=items_of(product), by=by))
            return given_back(order)

        results = at_once(*(lambda by=by: buy_and_return(by) for by in people))

        assert set(map(outcome, results)) <= {"Refund", "out_of_stock"}
        assert {one.status for one in results if isinstance(one, Refund)} == {"succeeded"}
        assert Counter(map(outcome, results))["Refund"] >= 12
        product.refresh_from_db()
        assert (product.stock, owed_to(seller.pk), imbalance()) == (12, {}, {})
