"""From the request to the seller's share by facts and jobs; and what sweeps find where a message was lost."""

import pytest
import time_machine
from django.utils.timezone import now

from marketplace import jobs
from marketplace.gateways.payouts import PayoutUnanswered
from marketplace.gateways.sandbox_payouts import SandboxPayouts
from marketplace.models import Difference, LedgerEntry, Refund, SandboxPayment, TransferReversal
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order
from tests.marketplace.jobs.test_jobs import ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db):
    seller = UserFactory()
    connect(seller)
    order = paid_order(product=ProductFactory(by=seller))
    attempt_transfer(transfer_id=order.transfers.get().pk)
    return order


@pytest.mark.django_db(transaction=True)
def test_a_refund_goes_all_the_way_by_itself(queued, order):
    queued.clear()
    refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
    assert ran(queued) == [
        "attempt_refund", "sandbox_settle_refund", "attempt_reversals_of", "attempt_transfers_of", "attempt_reversal",
    ]  # fmt: skip
    order.refresh_from_db()
    assert (order.status, order.transfers.get().status) == ("refunded", "reversed")


def test_sweeps_find_refunds_and_reversals_whose_message_was_lost(queued, order):
    refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
    queued.clear()
    jobs.sweep_refunds()
    assert ran(queued) == ["attempt_refund", "sandbox_settle_refund"]
    jobs.sweep_reversals()
    assert ran(queued) == ["attempt_reversal"]
    assert (Refund.objects.get().status, TransferReversal.objects.get().status) == ("succeeded", "completed")
    jobs.sweep_refunds()
    jobs.sweep_reversals()
    assert queued == []


def test_the_books_are_compared_for_today_and_yesterday(queued, order, settings):
    given_back(order, amount_cents=100)
    SandboxPayment.objects.update(amount_cents=1)
    queued.clear()
    with time_machine.travel(now(), tick=False):
        jobs.sweep_books()
        assert ran(queued) == ["reconcile_day", "reconcile_day"]
    assert {"payment_amount", "day_total"} <= set(Difference.objects.values_list("kind", flat=True))


def test_the_books_are_summed_up_every_hour(queued, order):
    entry = LedgerEntry.objects.first()
    LedgerEntry.objects.filter(pk=entry.pk).update(amount_cents=entry.amount_cents + 7)
    jobs.sweep_books()
    assert Difference.objects.filter(kind="ledger").values_list("reference", "ours_cents", "theirs_cents").get() == (
        "ledger",
        7,
        0,
    )


def test_a_provider_that_is_away_is_no_difference(order, settings):
    settings.HYPERSWITCH_API_KEY, settings.HYPERSWITCH_API_BASE = "snd_named", "http://127.0.0.1:1"
    jobs.reconcile_day(now().date().isoformat())
    assert Difference.objects.count() == 0


def test_a_payout_provider_that_is_away_is_no_difference(order, monkeypatch):
    def away(self, group):
        raise PayoutUnanswered("no_answer", "The payout provider did not answer.")

    monkeypatch.setattr(SandboxPayouts, "find_transfers", away)
    jobs.reconcile_day(now().date().isoformat())
    assert Difference.objects.count() == 0
