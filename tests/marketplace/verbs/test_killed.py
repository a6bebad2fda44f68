"""A worker killed at any line of a transfer, a refund or a reversal: the sweep afterwards does it exactly once.

Each line that such a job runs through, in verbs, gateways, receivers and the graph, is a place to die: a process of its own is
killed there with SIGKILL (`tests.mortal`). Its lease lapses, and the sweep's next worker goes on.
"""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db.models import Sum
from django.utils.timezone import now

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
from marketplace.verbs.refund_tries import attempt_refund, refunds_due
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.sandbox import settle_sandbox_refund
from marketplace.verbs.transfers import attempt_transfer, transfers_due
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order
from tests.mortal import Mortals

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mortals(tmp_path, db):
    mortals = Mortals(tmp_path)
    yield mortals
    mortals.end()


def die_everywhere(mortals, act, prepare, sweep, check, *, within=""):
    """For each line of the job: a fresh row, a worker killed at that line, the sweeps, and the check. Returns the lines."""
    row = prepare()
    steps = mortals.steps(act, row.pk)
    check(row)
    killed = []
    for step in steps:
        if not step[0].startswith(within):
            continue
        row = prepare()
        if mortals.kill(act, row.pk, step):
            killed.append(step)
        # An hour later and another one: leases have lapsed, back-offs are over.
        for hours in (1, 2):
            with time_machine.travel(now() + timedelta(hours=hours), tick=False):
                sweep()
        check(row)
    return killed


def files_of(killed):
    return {Path(file).stem for file, _ in killed}


MONEY = ("marketplace/verbs/", "marketplace/gateways/")
"""Where money moves. What else the same transactions write has its own lines killed in the transfer's test."""


@pytest.fixture
def product(db):
    seller = UserFactory()
    connect(seller)
    return ProductFactory(by=seller)


def booked(key):
    return LedgerTransaction.objects.filter(source_key=key).count()


class TestATransfer:
    def test_arrives_once_wherever_its_worker_was_killed(self, mortals, product):
        def prepare():
            return paid_order(product=product).transfers.get()

        def sweep():
            for key in transfers_due():
                attempt_transfer(transfer_id=key)

        def check(transfer):
            sent = SandboxTransfer.objects.filter(reference=str(transfer.pk), error="")
            state = Transfer.objects.values_list("status", "amount_cents").get(pk=transfer.pk)
            assert (state, sent.count(), booked(f"transfer:{transfer.pk}:completed")) == (("completed", 2699), 1, 1)
            assert imbalance() == {}

        killed = die_everywhere(mortals, "transfer", prepare, sweep, check)
        assert {"transfers", "shares", "ledger", "sandbox_payouts", "receivers", "memory"} <= files_of(killed)
        assert len(killed) > 150


class TestARefund:
    def test_reaches_the_buyer_once_wherever_its_worker_was_killed(self, mortals, product):
        order = paid_order(product=product)

        def prepare():
            return refund_order(order_id=order.pk, reason="Broken", amount_cents=2, by=product.seller)

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

        killed = die_everywhere(mortals, "refund", prepare, sweep, check, within=MONEY)
        assert {"refund_tries", "refund_outcomes", "ledger", "webhooks", "sandbox_payments"} <= files_of(killed)
        assert len(killed) > 150


class TestAReversal:
    def test_is_taken_back_once_wherever_its_worker_was_killed(self, mortals, product):
        order = paid_order(product=product)
        attempt_transfer(transfer_id=order.transfers.get().pk)

        def prepare():
            return given_back(order, amount_cents=3).reversals.get()

        def sweep():
            for key in reversals_due():
                attempt_reversal(reversal_id=key)

        def check(reversal):
            reversal.refresh_from_db()
            back = SandboxReversal.objects.filter(reference=str(reversal.pk), error="").count()
            assert (reversal.status, back, booked(f"reversal:{reversal.pk}:completed")) == ("completed", 1, 1)
            done = TransferReversal.objects.aggregate(total=Sum("amount_cents"))["total"]
            assert (Transfer.objects.get().reversed_cents, imbalance()) == (done, {})

        killed = die_everywhere(mortals, "reversal", prepare, sweep, check, within=MONEY)
        assert {"reversals", "ledger", "sandbox_payouts"} <= files_of(killed)
        assert len(killed) > 80
