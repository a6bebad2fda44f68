"""A worker that dies at any line of a transfer, a refund or a reversal: the sweep afterwards does it exactly once.

Each line of the verbs that move money is a place to die: `sys.settrace` raises there what no code catches. What was committed stays,
what was not is rolled back, as with SIGKILL; the lease lapses and the sweep's next worker goes on.
"""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.utils.timezone import now

import marketplace
from marketplace.models import (
    LedgerTransaction,
    Refund,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
    Transfer,
    TransferReversal,
)
from marketplace.queries.ledger import imbalance
from marketplace.verbs.refunds import attempt_refund, refund_order, refunds_due
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.sandbox import settle_sandbox_refund
from marketplace.verbs.transfers import attempt_transfer, transfers_due
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order

pytestmark = pytest.mark.django_db(transaction=True)

VERBS = Path(marketplace.__file__).parent / "verbs"
STEPS = {
    str(VERBS / f"{name}.py")
    for name in ("transfers", "refunds", "reversals", "refund_outcomes", "shares", "ledger", "webhooks")
}
"""Where money moves. What else a transaction writes, graph, licences and papers, is before and after these lines."""


class Killed(BaseException):
    """Not an Exception: nothing on the way may take it for a failure of the provider."""


def watching(act, on_line):
    """Run `act` and call `on_line((file, line))` before every line of our verbs."""

    def trace(frame, event, arg):
        if frame.f_code.co_filename not in STEPS:
            return None
        if event == "line":
            on_line((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)


def die_everywhere(prepare, act, sweep, check):
    """For each line that `act` runs: a fresh row, death at that line, the sweeps, and the check. How many deaths there were."""
    lines = {}
    row = prepare()
    watching(lambda: act(row), lines.setdefault)
    check(row)
    deaths = 0
    for line in lines:
        row = prepare()
        try:
            watching(lambda row=row: act(row), lambda at, line=line: die(at == line))
        except Killed:
            deaths += 1
        assert not connection.in_atomic_block
        # An hour later and another one: leases have lapsed, back-offs are over.
        for hours in (1, 2):
            with time_machine.travel(now() + timedelta(hours=hours), tick=False):
                sweep()
        check(row)
    return deaths


def die(is_here):
    if is_here:
        raise Killed


@pytest.fixture
def product(db):
    seller = UserFactory()
    connect(seller)
    return ProductFactory(by=seller)


def booked(key):
    return LedgerTransaction.objects.filter(source_key=key).count()


class TestATransfer:
    def test_arrives_once_wherever_its_worker_died(self, product):
        def prepare():
            return paid_order(product=product).transfers.get()

        def act(transfer):
            attempt_transfer(transfer_id=transfer.pk)

        def sweep():
            for key in transfers_due():
                attempt_transfer(transfer_id=key)

        def check(transfer):
            sent = SandboxTransfer.objects.filter(reference=str(transfer.pk), error="")
            state = Transfer.objects.values_list("status", "amount_cents").get(pk=transfer.pk)
            assert (state, sent.count(), booked(f"transfer:{transfer.pk}:completed")) == (("completed", 2699), 1, 1)
            assert imbalance() == {}

        assert die_everywhere(prepare, act, sweep, check) > 40


class TestARefund:
    def test_reaches_the_buyer_once_wherever_its_worker_died(self, product):
        order = paid_order(product=product)

        def prepare():
            return refund_order(order_id=order.pk, reason="Broken", amount_cents=2, by=order.buyer)

        def act(refund):
            attempt_refund(refund_id=refund.pk)
            settle_sandbox_refund(refund_provider_id=refund.provider_id)

        def sweep():
            for key in refunds_due():
                attempt_refund(refund_id=key)
            for row in SandboxRefund.objects.filter(status="pending"):
                settle_sandbox_refund(refund_provider_id=row.pk)

        def check(refund):
            refund.refresh_from_db()
            assert (refund.status, SandboxRefund.objects.filter(pk=refund.provider_id).count()) == ("succeeded", 1)
            assert refund.payment.refunded_cents == 2 * Refund.objects.count()
            assert (booked(f"refund:{refund.pk}:succeeded"), imbalance()) == (1, {})

        assert die_everywhere(prepare, act, sweep, check) > 60


class TestAReversal:
    def test_is_taken_back_once_wherever_its_worker_died(self, product):
        order = paid_order(product=product)
        attempt_transfer(transfer_id=order.transfers.get().pk)

        def prepare():
            return given_back(order, amount_cents=3).reversals.get()

        def act(reversal):
            attempt_reversal(reversal_id=reversal.pk)

        def sweep():
            for key in reversals_due():
                attempt_reversal(reversal_id=key)

        def check(reversal):
            reversal.refresh_from_db()
            back = SandboxReversal.objects.filter(reference=str(reversal.pk), error="").count()
            assert (reversal.status, back, booked(f"reversal:{reversal.pk}:completed")) == ("completed", 1, 1)
            done = TransferReversal.objects.aggregate(total=Sum("amount_cents"))["total"]
            assert (Transfer.objects.get().reversed_cents, imbalance()) == (done, {})

        assert die_everywhere(prepare, act, sweep, check) > 20
