"""payments-design.md §6, 13, 16 to 19, 21, 22."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from marketplace.models import Difference, LedgerTransaction, Order, Payment, Product, SandboxPayment
from marketplace.queries.ledger import imbalance, owed_to
from marketplace.verbs.differences import resolve_difference
from marketplace.verbs.orders import expire_order, pay_again
from marketplace.verbs.payment_calls import open_payment, payments_to_reconcile, reconcile_payment
from marketplace.verbs.payments import apply_payment_state
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order, pay

pytestmark = pytest.mark.django_db


def tell(order, status, **more):
    found = apply_payment_state(provider_id=order.payments.first().provider_id, status=status, **more)
    order.refresh_from_db()
    return found


class TestApplyPaymentState:
    def test_books_a_paid_order(self):
        seller = UserFactory()
        order = paid_order(product=ProductFactory(by=seller, price_cents=2999))

        payment = order.payments.get()
        entries = LedgerTransaction.objects.get(source_key=f"payment:{payment.pk}:captured").entries
        assert dict(entries.values_list("account", "amount_cents")) == {
            "psp_clearing": 2999,
            "platform_fee": -300,
            f"seller:{seller.pk}": -2699,
        }
        assert (order.status, payment.captured_cents, imbalance(), owed_to(seller.pk)) == (
            "paid",
            2999,
            {},
            {"EUR": 2699},
        )

    @pytest.mark.parametrize("late", ["failed", "processing", "canceled", "pending", "review", "succeeded"])
    def test_stays_paid_whatever_comes_late(self, late):
        order = paid_order()
        tell(order, late)
        payment = order.payments.get()
        assert (order.status, payment.status, payment.refund_due) == ("paid", "succeeded", False)
        assert (order.transfers.count(), LedgerTransaction.objects.count()) == (1, 1)

    def test_succeeds_after_a_failure(self):
        product = ProductFactory(stock=1)
        order = pay(OrderFactory(product=product, payment_method="card_declined"))
        tell(order, "succeeded", amount_cents=2999, currency="EUR")
        product.refresh_from_db()
        assert (order.status, product.stock, order.transfers.count()) == ("paid", 0, 1)

    @pytest.mark.parametrize(
        ("amount_cents", "currency"),
        [(2998, "EUR"), (2999, "USD"), ("2999", "EUR"), (True, "EUR"), (2999.0, "EUR"), (2999, 978)],
    )
    def test_flags_another_amount_or_currency(self, amount_cents, currency):
        order = OrderFactory()
        tell(order, "succeeded", amount_cents=amount_cents, currency=currency)
        assert (order.status, order.payments.get().status, imbalance()) == ("pending", "review", {})
        assert LedgerTransaction.objects.count() == 0

    def test_goes_on_after_a_review_that_fails(self):
        order = OrderFactory()
        tell(order, "review")
        assert (order.status, tell(order, "failed", reason="Declined").status) == ("pending", "failed")
        assert (order.status, order.reason) == ("canceled", "Declined")

    def test_tells_staff_of_money_that_may_be_there(self):
        """Held for review, of another amount, or part of it after all was called off: no later news need come."""
        held, ended, paid = OrderFactory(), OrderFactory(), paid_order()
        tell(held, "review", amount_cents=2999)
        tell(ended, "canceled")
        tell(ended, "succeeded", amount_cents=1000)
        tell(paid, "review")
        found = dict(Difference.objects.values_list("reference", "theirs_cents"))
        keys = [order.payments.get().provider_id for order in (held, ended, paid)]
        assert [found[key] for key in keys] == [2999, 1000, None]

    def test_tells_staff_of_the_same_once(self, staff):
        order = OrderFactory()
        for _ in range(2):
            tell(order, "canceled")
            tell(order, "review")
            for row in Difference.objects.filter(resolved_at=None):
                resolve_difference(difference_id=row.pk, resolution="Looked at", by=staff)
        assert Difference.objects.count() == 1

    def test_takes_the_currency_in_any_case(self):
        order = OrderFactory()
        tell(order, "succeeded", amount_cents=2999, currency="eur")
        assert order.status == "paid"

    def test_revives_an_expired_order_while_there_is_stock(self):
        product = ProductFactory(stock=1)
        order = OrderFactory(product=product, payment_method="card_review")
        with time_machine.travel(now() + timedelta(hours=1)):
            expire_order(order_id=order.pk)
        tell(order, "succeeded")
        product.refresh_from_db()
        assert (order.status, product.stock, order.payments.get().refund_due) == ("paid", 0, False)

    def test_owes_the_money_back_where_the_stock_is_gone(self):
        product = ProductFactory(stock=1)
        order = OrderFactory(product=product, payment_method="card_review")
        with time_machine.travel(now() + timedelta(hours=1)):
            expire_order(order_id=order.pk)
        paid_order(product=product)

        tell(order, "succeeded")

        payment = order.payments.get()
        booked = LedgerTransaction.objects.get(source_key=f"payment:{payment.pk}:captured").entries
        assert (order.status, payment.status, payment.refund_due) == ("expired", "succeeded", True)
        assert dict(booked.values_list("account", "amount_cents")) == {"psp_clearing": 2999, "refund_due": -2999}
        assert (order.transfers.count(), imbalance()) == (0, {})

    def test_owes_a_second_payment_of_the_same_order_back(self):
        product = ProductFactory(stock=1)
        order = pay(OrderFactory(product=product, payment_method="card_declined"))
        first = order.payments.get()
        pay_again(order_id=order.pk, payment_method="card_review", by=order.buyer)

        apply_payment_state(provider_id=first.provider_id, status="succeeded")
        second = tell(order, "succeeded")

        first.refresh_from_db()
        product.refresh_from_db()
        assert (order.status, first.refund_due, second.refund_due, product.stock) == ("paid", False, True, 0)
        assert (order.transfers.count(), imbalance()) == (1, {})

    def test_stays_paid_where_the_second_try_fails(self):
        product = ProductFactory(stock=1)
        order = pay(OrderFactory(product=product, payment_method="card_declined"))
        first = order.payments.get()
        pay_again(order_id=order.pk, payment_method="card_review", by=order.buyer)

        apply_payment_state(provider_id=first.provider_id, status="succeeded")
        tell(order, "failed")

        product.refresh_from_db()
        assert (order.status, order.reason, product.stock, order.transfers.count()) == ("paid", "", 0, 1)

    def test_knows_nothing_of_a_strange_payment(self):
        assert apply_payment_state(provider_id="pay_unknown", status="succeeded") is None


class TestOpenPayment:
    @pytest.mark.parametrize("status", ["canceled", "processing", "succeeded", "failed"])
    def test_asks_nobody_where_it_was_opened_or_called_off_meanwhile(self, status):
        payment = OrderFactory().payments.get()
        SandboxPayment.objects.all().delete()
        Payment.objects.update(status=status, is_sandbox=False)
        open_payment(payment_id=payment.pk)
        payment.refresh_from_db()
        assert (payment.status, payment.is_sandbox, SandboxPayment.objects.count()) == (status, False, 0)


class TestReconcilePayment:
    def test_finds_what_a_lost_webhook_would_have_told(self):
        order = OrderFactory(payment_method="card_review")
        payment = order.payments.get()
        assert payments_to_reconcile(older_than=timedelta(minutes=10)) == []
        with time_machine.travel(now() + timedelta(minutes=11)):
            assert payments_to_reconcile(older_than=timedelta(minutes=10)) == [payment.pk]
            SandboxPayment.objects.update(status="succeeded")
            reconcile_payment(payment_id=payment.pk)
        order.refresh_from_db()
        assert order.status == "paid"

    def test_leaves_alone_what_the_provider_never_heard_of(self):
        order = OrderFactory(payment_method="card_review")
        SandboxPayment.objects.all().delete()
        reconcile_payment(payment_id=order.payments.get().pk)
        order.refresh_from_db()
        assert order.status == "pending"

    def test_sends_another_amount_there_to_a_person(self):
        order = OrderFactory(payment_method="card_review")
        SandboxPayment.objects.update(status="succeeded", amount_cents=1)
        reconcile_payment(payment_id=order.payments.get().pk)
        order.refresh_from_db()
        assert (order.status, order.payments.get().status, LedgerTransaction.objects.count()) == (
            "pending",
            "review",
            0,
        )


class TestStock:
    def test_is_what_was_there_less_what_was_sold(self):
        product = ProductFactory(stock=5)
        paid_order(product=product, quantity=2)
        pay(OrderFactory(product=product, payment_method="card_declined"))
        sold = sum(order.lines.get().quantity for order in Order.objects.filter(status="paid"))
        assert Product.objects.get(pk=product.pk).stock + sold == 5
