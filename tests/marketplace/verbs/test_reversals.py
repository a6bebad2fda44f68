"""payments-design.md §6, 25 and 26: a sent share is taken back exactly, or stays the seller's debt."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from conversations.models import Notification
from marketplace.gateways.payouts import PayoutRefused
from marketplace.gateways.sandbox_payouts import SandboxPayouts
from marketplace.models import (
    SandboxAccount,
    SandboxMishap,
    SandboxReversal,
    SandboxTransfer,
    Transfer,
    TransferReversal,
)
from marketplace.queries.ledger import debt_of, imbalance, owed_to
from marketplace.verbs.orders import place_order
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.transfers import attempt_transfer, retry_transfer, transfers_due
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order, pay, settle_refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(db):
    seller = UserFactory(name="Sella")
    connect(seller)
    return seller


@pytest.fixture
def product(seller):
    return ProductFactory(by=seller)


@pytest.fixture
def sent(product):
    """A paid order of 29.99 whose 26.99 have arrived."""
    order = paid_order(product=product)
    attempt_transfer(transfer_id=order.transfers.get().pk)
    return order


def take_back():
    """What the sweep does; the states of all reversals afterwards, oldest first."""
    for key in reversals_due():
        attempt_reversal(reversal_id=key)
    return list(TransferReversal.objects.order_by("created_at").values_list("status", flat=True))


def mishap(call, kind, times=1):
    SandboxMishap.objects.create(call=call, kind=kind, times_left=times)


def later(**delta):
    return time_machine.travel(now() + timedelta(**delta), tick=False)


def of(order):
    transfer = order.transfers.get()
    return transfer.status, transfer.amount_cents, transfer.reversed_cents


def refuse(self, **wanted):
    raise PayoutRefused("balance_insufficient", "The seller had it paid out.")


def taken_back():
    return sorted(SandboxReversal.objects.filter(error="").values_list("amount_cents", flat=True))


class TestAttemptReversal:
    def test_takes_back_exactly_everything(self, sent, seller):
        given_back(sent)
        assert (of(sent), owed_to(seller.pk), debt_of(seller.pk, "EUR")) == (("completed", 2699, 0), {"EUR": -2699}, 0)
        assert take_back() == ["completed"]
        assert (of(sent), taken_back(), owed_to(seller.pk), imbalance()) == (("reversed", 2699, 2699), [2699], {}, {})
        assert (take_back(), taken_back()) == (["completed"], [2699])

    def test_takes_back_the_share_of_each_part(self, sent, seller):
        for amount in (1, 999, 1000, 999):
            given_back(sent, amount_cents=amount)
            take_back()
            assert (owed_to(seller.pk), imbalance()) == ({}, {})
        assert of(sent) == ("reversed", 2699, 2699)
        # The first cent was the platform's: its share for the seller rounds down to nothing.
        assert taken_back() == [899, 900, 900]

    def test_goes_once_though_the_answer_is_lost(self, sent):
        given_back(sent)
        mishap("reversal", "lose_answer")
        assert (take_back(), of(sent)[2]) == (["pending"], 0)
        with later(hours=1):
            assert take_back() == ["completed"]
        assert (of(sent), taken_back()) == (("reversed", 2699, 2699), [2699])

    def test_leaves_a_sticky_failure_behind(self, sent):
        given_back(sent)
        mishap("reversal", "sticky")
        moment, states = now(), []
        for _ in range(3):
            with time_machine.travel(moment, tick=False):
                states += take_back()
            moment += timedelta(hours=7)
        assert (states, taken_back()) == (["pending", "pending", "completed"], [2699])

    def test_asks_the_list_where_the_key_may_be_forgotten(self, sent):
        given_back(sent)
        mishap("reversal", "lose_answer")
        take_back()
        SandboxReversal.objects.update(key="forgotten by the provider")
        with later(hours=21):
            assert take_back() == ["completed"]
        assert taken_back() == [2699]

    def test_believes_the_list_and_not_a_no_after_a_lost_answer(self, sent, monkeypatch):
        given_back(sent)
        mishap("reversal", "lose_answer")
        take_back()
        monkeypatch.setattr(SandboxPayouts, "reverse", refuse)
        with later(hours=1):
            assert take_back() == ["completed"]
        assert (of(sent), taken_back()) == (("reversed", 2699, 2699), [2699])

    def test_is_owed_where_the_list_knows_nothing_after_a_no(self, sent, monkeypatch):
        given_back(sent)
        mishap("reversal", "down")
        take_back()
        monkeypatch.setattr(SandboxPayouts, "reverse", refuse)
        with later(hours=1):
            assert take_back() == ["owed"]

    def test_goes_once_where_its_worker_lost_the_lease_while_it_read_the_list(self, sent, monkeypatch):
        given_back(sent, amount_cents=1000)
        TransferReversal.objects.update(attempt_key="old", key_since=now() - timedelta(hours=21))
        whole, asked = SandboxPayouts.find_reversals, []

        def slowly(self, transfer_id):
            found = whole(self, transfer_id)
            asked.append(transfer_id)
            if len(asked) == 1:
                TransferReversal.objects.update(lease_until=now() - timedelta(seconds=1))
                take_back()
            return found

        monkeypatch.setattr(SandboxPayouts, "find_reversals", slowly)
        assert (take_back(), taken_back(), of(sent)[2]) == (["completed"], [899], 899)

    def test_never_gives_up_while_nothing_is_known(self, sent):
        given_back(sent)
        mishap("reversal", "down", times=9)
        moment = now()
        for _ in range(9):
            with time_machine.travel(moment, tick=False):
                assert take_back() == ["pending"]
            moment += timedelta(hours=7)
        with time_machine.travel(moment, tick=False):
            assert take_back() == ["completed"]

    def test_is_owed_after_eight_definite_noes(self, sent, seller, monkeypatch):
        def refuse(self, **wanted):
            raise PayoutRefused("account_closed", "The account is closed.")

        given_back(sent)
        monkeypatch.setattr(SandboxPayouts, "reverse", refuse)
        moment, states = now(), []
        for _ in range(9):
            with time_machine.travel(moment, tick=False):
                states += take_back()
            moment += timedelta(hours=7)
        assert states == ["pending"] * 7 + ["owed"] * 2
        assert debt_of(seller.pk, "EUR") == 2699

    def test_waits_for_a_transfer_under_way(self, product):
        order = paid_order(product=product)
        mishap("transfer", "lose_answer")
        attempt_transfer(transfer_id=order.transfers.get().pk)
        given_back(order)
        assert (of(order), take_back()) == (("failed", 2699, 0), ["pending"])
        with later(hours=1):
            attempt_transfer(transfer_id=order.transfers.get().pk)
            assert (of(order), take_back()) == (("completed", 2699, 0), ["completed"])
        assert (of(order), SandboxTransfer.objects.count(), taken_back()) == (("reversed", 2699, 2699), 1, [2699])

    def test_is_not_needed_where_nothing_was_sent_after_all(self, product, seller):
        order = paid_order(product=product)
        mishap("transfer", "down")
        attempt_transfer(transfer_id=order.transfers.get().pk)
        given_back(order, amount_cents=1000)
        assert TransferReversal.objects.count() == 1
        with later(hours=1):
            attempt_transfer(transfer_id=order.transfers.get().pk)
            assert (of(order)[0], TransferReversal.objects.count()) == ("pending", 0)
            attempt_transfer(transfer_id=order.transfers.get().pk)
        assert (of(order), owed_to(seller.pk), imbalance()) == (("completed", 1800, 0), {}, {})
        assert list(SandboxTransfer.objects.values_list("amount_cents", flat=True)) == [1800]

    def test_cancels_a_refused_transfer_that_was_refunded_meanwhile(self, product, seller):
        order = paid_order(product=product)
        mishap("transfer", "lose_answer")
        attempt_transfer(transfer_id=order.transfers.get().pk)
        SandboxTransfer.objects.update(error="balance_insufficient", reference="not this one")
        given_back(order)
        with later(hours=1):
            attempt_transfer(transfer_id=order.transfers.get().pk)
        assert (of(order), TransferReversal.objects.count(), owed_to(seller.pk)) == (("canceled", 0, 0), 0, {})


class TestDebts:
    @pytest.fixture
    def debt(self, sent, seller):
        """26.99 that the seller had paid out before the buyer was refunded."""
        SandboxAccount.objects.update(paid_out_cents=2699)
        given_back(sent)
        assert take_back() == ["owed"]
        return sent

    def test_stay_in_the_ledger(self, debt, seller):
        assert (of(debt), debt_of(seller.pk, "EUR"), debt_of(seller.pk, "USD")) == (("completed", 2699, 0), 2699, 0)
        assert (owed_to(seller.pk), imbalance()) == ({"EUR": -2699}, {})
        assert Notification.objects.filter(user=seller, title__contains="kept back from your next payouts").count() == 1

    def test_are_kept_back_from_the_next_transfers(self, debt, seller):
        amounts = []
        for cents in (1000, 1500, 2000):
            order = paid_order(product=ProductFactory(by=seller, price_cents=cents))
            attempt_transfer(transfer_id=order.transfers.get().pk)
            transfer = order.transfers.get()
            amounts.append(
                (transfer.status, transfer.debt_offset_cents, transfer.amount_cents, transfer.last_error_code)
            )
            assert imbalance() == {}
        assert amounts == [
            ("canceled", 900, 0, "settled_by_debt"),
            ("canceled", 1350, 0, "settled_by_debt"),
            ("completed", 449, 1351, ""),
        ]
        assert (debt_of(seller.pk, "EUR"), owed_to(seller.pk)) == (0, {})

    def test_are_not_taken_in_another_currency(self, debt, seller):
        order = paid_order(product=ProductFactory(by=seller, price_cents=1000, currency="USD"))
        attempt_transfer(transfer_id=order.transfers.get().pk)
        assert (of(order), debt_of(seller.pk, "EUR")) == (("completed", 900, 0), 2699)

    def test_are_not_taken_twice_while_a_transfer_is_in_doubt(self, debt, seller, staff):
        first = paid_order(product=ProductFactory(by=seller, price_cents=5000))
        second = paid_order(product=ProductFactory(by=seller, price_cents=5000))
        mishap("transfer", "lose_answer")
        assert attempt_transfer(transfer_id=first.transfers.get().pk).amount_cents == 1801
        assert attempt_transfer(transfer_id=second.transfers.get().pk).amount_cents == 4500
        assert retry_transfer(transfer_id=first.transfers.get().pk, by=staff).amount_cents == 1801
        assert (debt_of(seller.pk, "EUR"), owed_to(seller.pk)) == (0, {})

    def test_are_reckoned_anew_after_a_definite_no(self, debt, seller, staff):
        order = paid_order(product=ProductFactory(by=seller, price_cents=5000))
        mishap("transfer", "refuse")
        assert attempt_transfer(transfer_id=order.transfers.get().pk).amount_cents == 1801
        other = paid_order(product=ProductFactory(by=seller, price_cents=5000))
        assert attempt_transfer(transfer_id=other.transfers.get().pk).amount_cents == 1801
        assert retry_transfer(transfer_id=order.transfers.get().pk, by=staff).amount_cents == 4500
        assert (owed_to(seller.pk), imbalance()) == ({}, {})

    def test_grow_where_a_settled_order_is_refunded_too(self, debt, seller):
        order = paid_order(product=ProductFactory(by=seller, price_cents=1000))
        attempt_transfer(transfer_id=order.transfers.get().pk)
        assert debt_of(seller.pk, "EUR") == 1799
        given_back(order)
        assert (debt_of(seller.pk, "EUR"), TransferReversal.objects.count(), imbalance()) == (2699, 1, {})

    def test_are_what_two_refunds_cannot_take_back_from_a_reduced_transfer(self, debt, seller):
        order = paid_order(product=ProductFactory(by=seller, price_cents=5000))
        attempt_transfer(transfer_id=order.transfers.get().pk)
        for _ in range(2):
            given_back(order, amount_cents=2500)
        assert [row.amount_cents for row in order.transfers.get().reversals.all()] == [1801]
        assert take_back()[-1] == "completed"
        assert (of(order), debt_of(seller.pk, "EUR"), imbalance()) == (("reversed", 1801, 1801), 2699, {})

    def test_say_what_settled_them_also_after_a_refund(self, debt, seller):
        order = paid_order(product=ProductFactory(by=seller, price_cents=1000))
        attempt_transfer(transfer_id=order.transfers.get().pk)
        given_back(order)
        transfer = order.transfers.get()
        assert (transfer.status, transfer.gross_cents, transfer.debt_offset_cents, transfer.last_error_code) == (
            "canceled", 1000, 900, "settled_by_debt",
        )  # fmt: skip

    def test_count_what_a_reduced_transfer_cannot_give_back(self, debt, seller):
        order = paid_order(product=ProductFactory(by=seller, price_cents=5000))
        attempt_transfer(transfer_id=order.transfers.get().pk)
        given_back(order)
        assert take_back()[-1] == "completed"
        assert (of(order), debt_of(seller.pk, "EUR"), imbalance()) == (("reversed", 1801, 1801), 2699, {})

    def test_are_nothing_for_who_sold_nothing(self, stranger):
        assert debt_of(stranger.pk, "EUR") == 0


class TestHeldTransfers:
    def test_go_whole_after_a_refund_that_failed(self, product):
        order = paid_order(product=product)
        refund = refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
        assert (transfers_due(), attempt_transfer(transfer_id=order.transfers.get().pk)) == ([], None)
        mishap("refund", "refuse")
        settle_refund(refund)
        assert transfers_due() == [order.transfers.get().pk]
        assert attempt_transfer(transfer_id=order.transfers.get().pk).amount_cents == 2699

    def test_wait_for_a_refund_that_a_person_looks_at(self, product):
        order = paid_order(product=product)
        refund = refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
        apply_refund_state(provider_id=refund.provider_id, status="review")
        assert (transfers_due(), attempt_transfer(transfer_id=order.transfers.get().pk)) == ([], None)

    def test_of_other_sellers_do_not_wait(self, user, product):
        other = ProductFactory()
        order = pay(place_order(items=[{"product_id": str(p.pk), "quantity": 1} for p in (product, other)], by=user))
        refund_order(order_id=order.pk, reason="Broken", by=other.seller)
        assert attempt_transfer(transfer_id=order.transfers.get(seller=product.seller_id).pk).status == "completed"

    def test_are_not_claimed_again_by_the_same_news(self, sent, monkeypatch):
        calls = []
        whole = SandboxPayouts.reverse
        monkeypatch.setattr(SandboxPayouts, "reverse", lambda self, **given: calls.append(1) or whole(self, **given))
        given_back(sent)
        take_back()
        take_back()
        assert (len(calls), Transfer.objects.get().status) == (1, "reversed")
