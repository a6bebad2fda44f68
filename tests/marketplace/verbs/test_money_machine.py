"""Whatever happens in whatever order: no cent is lost, made or sent twice (payments-design.md §3, "Tests")."""

from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils.timezone import now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from config.errors import Conflict
from marketplace.gateways import sandbox_payments
from marketplace.models import (
    LedgerEntry,
    Order,
    OrderLine,
    Payment,
    Refund,
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
    Transfer,
    TransferReversal,
)
from marketplace.queries.ledger import debt_of, imbalance, owed_to
from marketplace.verbs.orders import expire_order, place_order
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.reconciliation import check_books
from marketplace.verbs.refund_tries import attempt_refund, refunds_due
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.sandbox import settle_sandbox_payment, settle_sandbox_refund
from marketplace.verbs.transfers import attempt_transfer, transfers_due
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, clerk, connect

pytestmark = pytest.mark.django_db

STOCK = 9
which = st.integers(0, 9)
KINDS = st.sampled_from(["down", "refuse", "lose_answer", "sticky"])


def pick(rows, index):
    found = list(rows.order_by("pk"))
    return found[index % len(found)] if found else None


@contextmanager
def refusing(*codes):
    """A refusal with one of these codes is an answer like any other."""
    try:
        yield
    except Conflict as refused:
        if refused.code not in codes:
            raise


class Money(RuleBasedStateMachine):
    """Two sellers, one buyer, and providers that fail, repeat themselves and lose answers."""

    def __init__(self):
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()

    @initialize()
    def open_shop(self):
        self.buyer = UserFactory()
        self.sellers = [UserFactory(), UserFactory()]
        for seller in self.sellers:
            connect(seller)
        prices = ((333, "digital"), (1999, "physical"))
        self.products = [
            ProductFactory(by=seller, price_cents=cents, kind=kind, stock=STOCK)
            for seller, (cents, kind) in zip(self.sellers, prices, strict=True)
        ]

    def teardown(self):
        try:
            if hasattr(self, "products"):
                self.everything_ends()
        finally:
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    # --- what people do ---

    @rule(quantities=st.tuples(st.integers(0, 2), st.integers(0, 2)).filter(any))
    def buy(self, quantities):
        items = [
            {"product_id": str(product.pk), "quantity": count}
            for product, count in zip(self.products, quantities, strict=True)
            if count
        ]
        with refusing("out_of_stock"):
            place_order(items=items, by=self.buyer)

    @rule(index=which, amount=st.one_of(st.none(), st.integers(1, 2500)), by=st.sampled_from(["buyer", "staff", 0, 1]))
    def ask_back(self, index, amount, by):
        order = pick(Order.objects.filter(status__in=Order.PAID_STATES), index)
        who = {"buyer": self.buyer, "staff": clerk()}.get(by) or self.sellers[by]
        amount = None if by == "buyer" else amount  # they give back whole lines
        if order and (by in ("buyer", "staff") or order.lines.filter(seller=who).exists()):
            with refusing("nothing_to_refund", "refund_too_large", "payment_disputed"):
                refund_order(order_id=order.pk, reason="Why not", amount_cents=amount, by=who)

    @rule(index=which)
    def send_the_parcel(self, index):
        line = pick(OrderLine.objects.filter(order__status__in=Order.PAID_STATES, stock_returned=False), index)
        if line:
            OrderLine.objects.filter(pk=line.pk).update(fulfilled_at=now())

    @rule(seller=st.sampled_from([0, 1]))
    def have_it_paid_out(self, seller):
        """The seller moves everything on to their bank."""
        account = SandboxAccount.objects.get(key=f"acct-{self.sellers[seller].pk}")
        there = SandboxTransfer.objects.filter(account=account, error="").aggregate(s=Sum("amount_cents"))["s"] or 0
        back = SandboxReversal.objects.filter(transfer__account=account, error="").aggregate(s=Sum("amount_cents"))
        SandboxAccount.objects.filter(pk=account.pk).update(paid_out_cents=there - (back["s"] or 0))

    # --- what providers do ---

    @rule(index=which, times=st.integers(1, 3))
    def pay(self, index, times):
        payment = pick(Payment.objects, index)
        for _ in range(times if payment else 0):
            settle_sandbox_payment(provider_id=payment.provider_id)

    @rule(index=which, status=st.sampled_from(["pending", "processing", "failed", "authorized"]))
    def tell_old_news(self, index, status):
        payment = pick(Payment.objects, index)
        if payment:
            apply_payment_state(provider_id=payment.provider_id, status=status)

    @rule(index=which, times=st.integers(1, 3))
    def give_back(self, index, times):
        refund = pick(SandboxRefund.objects, index)
        for _ in range(times if refund else 0):
            settle_sandbox_refund(refund_provider_id=refund.pk)

    @rule(index=which, stage=st.sampled_from(["opened", "won", "lost"]))
    def dispute(self, index, stage):
        payment = pick(Payment.objects.filter(status="succeeded"), index)
        if payment and not SandboxRefund.objects.filter(payment=payment.provider_id).exclude(status="failed").exists():
            hook = sandbox_payments.dispute(payment.provider_id, stage)
            receive_webhook(body=hook.body, signatures=hook.signatures)

    @rule(call=st.sampled_from(["transfer", "reversal", "refund"]), kind=KINDS)
    def go_wrong(self, call, kind):
        SandboxMishap.objects.create(call=call, kind=kind)

    # --- what time and workers do ---

    @rule(index=which)
    def run_out(self, index):
        order = pick(Order.objects.filter(status="pending"), index)
        if order:
            Order.objects.filter(pk=order.pk).update(expires_at=order.created_at)
            expire_order(order_id=order.pk)

    @rule()
    def wait(self):
        past = now()
        Transfer.objects.filter(status="failed").update(next_retry_at=past, tries_spent=0)
        Refund.objects.filter(status="pending").update(next_try_at=past)
        TransferReversal.objects.filter(status="pending").update(next_try_at=past)

    @rule()
    def work(self):
        for key in refunds_due():
            attempt_refund(refund_id=key)
        for key in transfers_due():
            attempt_transfer(transfer_id=key)
        for key in reversals_due():
            attempt_reversal(reversal_id=key)

    # --- what is always so ---

    @invariant()
    def the_ledger_balances(self):
        assert imbalance() == {}

    @invariant()
    @precondition(lambda self: hasattr(self, "products"))
    def nothing_is_sold_twice(self):
        for product in self.products:
            product.refresh_from_db()
            held = product.order_lines.filter(order__holds_stock=True, stock_returned=False)
            assert product.stock + (held.aggregate(s=Sum("quantity"))["s"] or 0) == STOCK

    @invariant()
    def nothing_is_given_back_twice(self):
        for payment in Payment.objects.all():
            open_or_done = payment.refunds.exclude(status="failed").aggregate(s=Sum("amount_cents"))["s"] or 0
            assert 0 <= payment.refunded_cents == open_or_done <= payment.captured_cents
        for order in Order.objects.all():
            assert order.refunded_cents == sum(order.lines.values_list("refunded_cents", flat=True))
        check_books()

    @invariant()
    def nothing_is_sent_twice(self):
        sent = Counter(SandboxTransfer.objects.filter(error="").values_list("reference", flat=True))
        assert set(sent.values()) <= {1}
        back = Counter(SandboxReversal.objects.filter(error="").values_list("reference", flat=True))
        assert set(back.values()) <= {1}
        for transfer in Transfer.objects.all():
            net = transfer.gross_cents - transfer.platform_fee_cents
            assert 0 <= transfer.reversed_cents <= transfer.amount_cents <= net
            if transfer.status in Transfer.SENT:
                assert (
                    SandboxTransfer.objects.get(reference=str(transfer.pk), error="").amount_cents
                    == transfer.amount_cents
                )

    def everything_ends(self):
        """Once providers behave: every share is where it belongs, and our books say what theirs say."""
        SandboxMishap.objects.all().delete()
        Payment.objects.filter(dispute="open").update(dispute="won")
        for _ in range(4):
            self.wait()
            self.work()
            for refund in SandboxRefund.objects.all():
                settle_sandbox_refund(refund_provider_id=refund.pk)
        assert not Transfer.objects.filter(status__in=Transfer.UNSENT).exists()
        assert not Refund.objects.filter(status="pending").exists()
        assert not TransferReversal.objects.filter(status="pending").exists()
        for seller in self.sellers:
            assert owed_to(seller.pk).get("EUR", 0) == -debt_of(seller.pk, "EUR")
        assert (
            LedgerEntry.objects.filter(account="psp_clearing").aggregate(s=Sum("amount_cents"))["s"] or 0
        ) == theirs()


def theirs():
    """What lies with the providers by their own books, less what banks took back."""

    def total(rows):
        return rows.aggregate(s=Sum("amount_cents"))["s"] or 0

    taken = total(SandboxPayment.objects.filter(status="succeeded")) - total(
        SandboxRefund.objects.filter(status="succeeded")
    )
    sent = total(SandboxTransfer.objects.filter(error="")) - total(SandboxReversal.objects.filter(error=""))
    return taken - sent - total(Refund.objects.filter(status="succeeded", is_asked=False))


def test_money_is_never_wrong():
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
