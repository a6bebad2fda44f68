"""Where the provider's books say otherwise there is a row for staff, and nothing else changes (payments-design.md §3)."""

import datetime as dt

import pytest

from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import new_id
from marketplace.models import (
    Difference,
    LedgerEntry,
    Order,
    Payment,
    SandboxPayment,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
    Transfer,
    TransferReversal,
)
from marketplace.verbs.differences import note_difference, resolve_difference
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.orders import cancel_order
from marketplace.verbs.reconciliation import check_books, reconcile_day
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, given_back, paid_order, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db):
    """Paid, sent, a third of it given back and taken back."""
    seller = UserFactory()
    connect(seller)
    order = paid_order(product=ProductFactory(by=seller))
    attempt_transfer(transfer_id=order.transfers.get().pk)
    given_back(order, amount_cents=1000)
    attempt_reversal(reversal_id=reversals_due()[0])
    return order


def found():
    """What a look at today finds: {(kind, ours, theirs)}."""
    check_books()
    reconcile_day(day=dt.datetime.now(dt.UTC).date())
    return set(Difference.objects.values_list("kind", "ours_cents", "theirs_cents"))


class TestReconcileDay:
    def test_finds_nothing_where_both_agree(self, order):
        OrderFactory(payment_method="card_declined")
        pay(OrderFactory(payment_method="card_declined"))
        OrderFactory(product=ProductFactory(price_cents=0))
        disputed = paid_order().payments.get()
        apply_dispute(provider_id=disputed.provider_id, dispute="lost")
        assert found() == set()

    def test_goes_on_past_what_was_called_off_before_anybody_heard_of_it(self, order):
        """Killed between its commit and the provider, then called off: no provider is on its row."""
        unheard = OrderFactory(payment_method="card_review")
        SandboxPayment.objects.filter(order_ref=str(unheard.pk)).delete()
        unheard.payments.update(status="created", is_sandbox=False, client_secret="")
        cancel_order(order_id=unheard.pk, by=unheard.buyer)
        TransferReversal.objects.all().delete()
        Transfer.objects.update(reversed_cents=0)

        assert found() == {("transfer_amount", 0, 899)}

    def test_finds_a_payment_that_is_unknown_there(self, order):
        SandboxReversal.objects.all().delete()
        SandboxRefund.objects.all().delete()
        SandboxPayment.objects.all().delete()
        kinds = {("payment_missing", 2999, None), ("day_total", 2999, 0), ("refund_state", 1000, 0)}
        assert kinds <= found()

    def test_finds_a_payment_with_another_amount_or_state(self, order):
        SandboxPayment.objects.update(amount_cents=2998)
        assert found() == {("payment_amount", 2999, 2998), ("day_total", 2999, 2998)}
        SandboxPayment.objects.update(amount_cents=2999, status="failed")
        Difference.objects.all().delete()
        assert found() == {("payment_state", 2999, 0), ("day_total", 2999, 0)}

    def test_finds_money_for_an_order_that_counts_as_unpaid(self):
        """Its news was lost, so that is no difference: the order is paid after all."""
        order = OrderFactory(payment_method="card_declined")
        pay(order)
        SandboxPayment.objects.update(status="succeeded")
        assert found() == set()
        assert (Order.objects.get().status, Payment.objects.get().status) == ("paid", "succeeded")
        assert found() == set()

    def test_finds_a_refund_in_another_state(self, order):
        SandboxRefund.objects.update(status="failed")
        assert found() == {("refund_state", 1000, 0)}

    def test_finds_a_transfer_that_is_unknown_there(self, order):
        SandboxTransfer.objects.update(reference="other")
        assert found() == {("transfer_missing", 2699, None), ("transfer_extra", 0, 2699), ("day_total", 2699, 0)}

    def test_finds_a_transfer_with_another_amount(self, order):
        SandboxTransfer.objects.update(amount_cents=2700)
        assert found() == {("transfer_amount", 2699, 2700), ("day_total", 2699, 2700)}

    def test_finds_what_was_not_taken_back(self, order):
        SandboxReversal.objects.all().delete()
        assert found() == {("transfer_amount", 899, 0)}

    def test_finds_a_second_transfer_for_one_share(self, order):
        again = SandboxTransfer.objects.get()
        again.pk, again.key = new_id(), "again"
        again.save(force_insert=True)
        assert ("transfer_extra", 0, 2699) in found()

    def test_looks_at_one_day(self, order):
        SandboxPayment.objects.update(amount_cents=1)
        reconcile_day(day=dt.date(2026, 1, 1))
        assert Difference.objects.count() == 0


class TestCheckBooks:
    def test_finds_a_ledger_that_does_not_balance(self, order):
        entry = LedgerEntry.objects.first()
        LedgerEntry.objects.filter(pk=entry.pk).update(amount_cents=entry.amount_cents + 7)
        check_books()
        assert Difference.objects.values_list("kind", "reference", "currency", "ours_cents").get() == (
            "ledger", "ledger", "EUR", 7,
        )  # fmt: skip

    def test_finds_sums_that_are_not_those_of_their_parts(self, order):
        Payment.objects.update(refunded_cents=999)
        Transfer.objects.update(reversed_cents=898)
        check_books()
        rows = Difference.objects.order_by("reference").values_list("reference", "ours_cents", "theirs_cents")
        payment, transfer = Payment.objects.get().pk, Transfer.objects.get().pk
        assert list(rows) == [(f"payment:{payment}", 999, 1000), (f"transfer:{transfer}", 898, 899)]


class TestDifferences:
    def test_are_kept_once_while_open(self, staff):
        rows = [note_difference(kind="ledger", reference="x", ours=cents) for cents in (1, 2)]
        assert (rows[0].pk, Difference.objects.get().ours_cents) == (rows[1].pk, 2)
        resolve_difference(difference_id=rows[0].pk, resolution="A rehearsal", by=staff)
        assert note_difference(kind="ledger", reference="x", ours=3).pk != rows[0].pk

    def test_are_resolved_once_in_words_by_administrators(self, staff, user):
        row = note_difference(kind="ledger", reference="x")
        with pytest.raises(Forbidden):
            resolve_difference(difference_id=row.pk, resolution="Mine", by=user)
        for words in ("", " \0", "x" * 301):
            with pytest.raises(Invalid):
                resolve_difference(difference_id=row.pk, resolution=words, by=staff)
        with pytest.raises(NotFound):
            resolve_difference(difference_id=new_id(), resolution="Which", by=staff)
        done = resolve_difference(difference_id=row.pk, resolution=" The bank was late ", by=staff)
        assert (done.resolution, done.resolved_by, done.resolved_at is None) == ("The bank was late", staff, False)
        with pytest.raises(Conflict):
            resolve_difference(difference_id=row.pk, resolution="Again", by=staff)
