"""A seller's money as they are told of it: balances, months, and the path from what was sold to what is theirs."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from marketplace.models import OrderLine, Payment, SandboxAccount, SellerAccount, Transfer, TransferReversal
from marketplace.queries.payouts import GivenBack, last_months, path_of, payouts_by_month
from marketplace.queries.sellers import Balance, Hold, balances_of
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.reversals import attempt_reversal
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db


def sold(seller, cents=2999, **given):
    """A paid order's transfer, not yet tried."""
    return paid_order(product=ProductFactory(by=seller, price_cents=cents, **given)).transfers.get()


def send(transfer):
    attempt_transfer(transfer_id=transfer.pk)
    transfer.refresh_from_db()
    return transfer


def give_back(transfer, amount=None):
    """The buyer has it back; what follows from that is done as well."""
    order = transfer.order
    refund = refund_order(order_id=order.pk, reason="Does not play", amount_cents=amount, by=transfer.seller)
    apply_refund_state(
        provider_id=refund.provider_id, status="succeeded", amount_cents=refund.amount_cents, currency=refund.currency
    )
    for reversal in TransferReversal.objects.filter(refund=refund):
        attempt_reversal(reversal_id=reversal.pk)
    transfer.refresh_from_db()
    refund.refresh_from_db()
    return refund


def fresh(transfer):
    return Transfer.objects.select_related("order").get(pk=transfer.pk)


class TestBalances:
    def test_of_a_newcomer_are_nothing(self, user):
        assert balances_of(user) == [Balance(connected=False, currency="EUR", available=0, pending=0)]

    def test_part_what_is_not_sent_by_its_reason(self, user):
        waits = sold(user)
        assert balances_of(user) == [Balance(False, "EUR", 0, 2699, holds=[Hold("account", 2699)])]
        connect(user)
        sold(user, 999)
        failed, stuck, disputed, refunded = sold(user, 1000), sold(user, 2000), sold(user, 3000), sold(user, 4000)
        Transfer.objects.filter(pk=failed.pk).update(status="failed", next_retry_at=now())
        Transfer.objects.filter(pk=stuck.pk).update(status="failed", next_retry_at=None)
        Payment.objects.filter(order=disputed.order_id).update(dispute="open")
        refund_order(order_id=refunded.order_id, reason="x", by=refunded.order.buyer)
        waits.refresh_from_db()
        assert balances_of(user) == [
            Balance(
                True, "EUR", 0, 2699 + 899 + 900 + 1800 + 2700 + 3600,
                holds=[
                    Hold("dispute", 2700), Hold("refund", 3600), Hold("staff", 1800), Hold("retry", 900), Hold("soon", 3598),
                ],
            )
        ]  # fmt: skip

    def test_never_add_two_currencies(self, user):
        connect(user)
        send(sold(user))
        sold(user, 1000, currency="USD")
        assert balances_of(user) == [
            Balance(True, "EUR", 2699, 0),
            Balance(True, "USD", 0, 900, holds=[Hold("soon", 900)]),
        ]

    def test_tell_what_is_owed(self, user):
        connect(user)
        transfer = send(sold(user))
        SandboxAccount.objects.update(paid_out_cents=2699)
        give_back(transfer)
        assert balances_of(user)[0].debt == 2699

    def test_are_the_providers_where_it_was_asked(self, user):
        connect(user)
        sold(user, 999)
        moment = now()
        SellerAccount.objects.update(
            balance={"EUR": {"available": 41, "pending": 1}, "CHF": {"available": -3, "pending": 0}}, balance_at=moment
        )
        assert balances_of(user) == [
            Balance(True, "EUR", 41, 900, holds=[Hold("soon", 899)], read_at=moment),
            Balance(True, "CHF", -3, 0, read_at=moment),
        ]


class TestMonths:
    def test_are_the_last_twelve(self):
        with time_machine.travel(dt.datetime(2026, 2, 15, 12, tzinfo=dt.UTC)):
            months = last_months(12)
        assert (months[0], months[-1], len(months)) == (dt.date(2025, 3, 1), dt.date(2026, 2, 1), 12)

    def test_sum_what_was_sent_and_taken_back(self, user, stranger):
        assert payouts_by_month(user) == []
        connect(user)
        connect(stranger)
        send(sold(stranger))
        first, second, other, long_ago = (send(sold(user, cents)) for cents in (1000, 2000, 3000, 4000))
        give_back(second, 1000)
        stamps = {first: (2026, 1, 31), second: (2026, 2, 1), other: (2026, 2, 28), long_ago: (2025, 2, 28)}
        for transfer, day in stamps.items():
            moment = dt.datetime(*day, 12, tzinfo=dt.UTC)
            Transfer.objects.filter(pk=transfer.pk).update(completed_at=moment)
        TransferReversal.objects.update(settled_at=dt.datetime(2026, 2, 3, tzinfo=dt.UTC))

        with time_machine.travel(dt.datetime(2026, 2, 15, 12, tzinfo=dt.UTC)):
            (euros,) = payouts_by_month(user)
        assert (euros["currency"], euros["sent"]) == ("EUR", 900 + 1800 + 2700)
        assert euros["months"][-2:] == [
            {"month": dt.date(2026, 1, 1), "sent": 900, "taken_back": 0},
            {"month": dt.date(2026, 2, 1), "sent": 4500, "taken_back": 900},
        ]
        assert {row["sent"] for row in euros["months"][:-2]} == {0}


def sums(path):
    return (path.gross, path.fee, path.taken_off, path.offset, path.amount, path.reversed, path.kept)


class TestPath:
    def test_of_a_plain_sale_is_price_less_fee(self, user):
        connect(user)
        transfer = sold(user)
        assert sums(path_of(transfer)) == (2999, 300, 0, 0, 2699, 0, 0)
        path = path_of(send(transfer))
        assert sums(path) == (2999, 300, 0, 0, 2699, 0, 2699)
        assert ([line.gross_cents for line in path.lines], path.given_back, path.debts) == ([2999], [], [])

    def test_shows_a_refund_before_it_was_sent(self, user):
        transfer = sold(user)
        refund = give_back(transfer, 1000)
        path = path_of(fresh(transfer))
        (part,) = path.given_back
        assert part == GivenBack(refund, part.titles, 1000, part.share_cents, "taken_off", None)
        assert path.gross - path.fee - path.taken_off == path.amount == transfer.amount_cents
        assert part.share_cents == path.taken_off == 899

    def test_shows_a_refund_after_it_was_sent(self, user):
        connect(user)
        transfer = send(sold(user))
        give_back(transfer)
        path = path_of(fresh(transfer))
        assert sums(path) == (2999, 300, 0, 0, 2699, 2699, 0)
        assert [(part.how, part.share_cents, part.reversal.status) for part in path.given_back] == [
            ("reversed", 2699, "completed")
        ]

    def test_shows_a_refund_that_is_not_decided_and_none_that_failed(self, user):
        transfer = sold(user)
        refund = refund_order(order_id=transfer.order_id, reason="x", by=transfer.order.buyer)
        assert [part.how for part in path_of(fresh(transfer)).given_back] == ["waiting"]
        apply_refund_state(provider_id=refund.provider_id, status="failed")
        assert path_of(fresh(transfer)).given_back == []

    def test_leads_a_debt_to_the_refund_it_came_from(self, user):
        connect(user)
        first = send(sold(user))
        SandboxAccount.objects.update(paid_out_cents=2699)
        refund = give_back(first)
        assert [part.how for part in path_of(fresh(first)).given_back] == ["owed"]
        second = send(sold(user, 10_000))
        path = path_of(fresh(second))
        assert sums(path) == (10_000, 1000, 0, 2699, 6301, 0, 6301)
        assert [(debt.transfer_id, debt.refund_id) for debt in path.debts] == [(first.pk, refund.pk)]

    def test_of_two_sellers_is_each_ones_own(self, user, stranger, django_assert_num_queries):
        connect(user)
        transfer = sold(user)
        line = sold(stranger).order.lines.get()
        OrderLine.objects.filter(pk=line.pk).update(order=transfer.order_id)
        transfer = fresh(transfer)
        with django_assert_num_queries(3):
            path = path_of(transfer)
        assert sums(path) == (2999, 300, 0, 0, 2699, 0, 0)
