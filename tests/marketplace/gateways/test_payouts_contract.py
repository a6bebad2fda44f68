"""What every payout provider keeps to, the sandbox as the real one with v2 and v1. Source: payments-design.md §2."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import Invalid, Unauthenticated, Unavailable
from marketplace.gateways.payout_webhooks import sign
from marketplace.gateways.payouts import Balance, PayoutRefused, PayoutUnanswered, UnknownAccount
from tests.fakes.stripe_connect import SECRET


@pytest.fixture(autouse=True)
def _one_secret(settings):
    settings.STRIPE_WEBHOOK_SECRET = SECRET


def insist(call, times=4):
    for _ in range(times):
        try:
            return call()
        except PayoutUnanswered:
            continue
    raise AssertionError("No answer ever came")


@pytest.fixture
def account(payer):
    return payer.gateway.account(key="acct-1", email="ada@example.com").provider_id


@pytest.fixture
def seller(payer, account):
    """An account that can be paid."""
    payer.finish(account)
    return account


def wanted(seller, key="key-1", **more):
    given = {"key": key, "destination": seller, "amount_cents": 2699, "currency": "EUR", "group": "order_1"}
    return given | {"reference": "transfer-1"} | more


class TestAccountsContract:
    def test_makes_one_account_under_a_key(self, payer):
        first = payer.gateway.account(key="acct-1", email="ada@example.com")
        assert payer.gateway.account(key="acct-1", email="ada@example.com").provider_id == first.provider_id
        assert payer.gateway.account(key="acct-2", email="eva@example.com").provider_id != first.provider_id
        assert first.provider_id.startswith("acct_")
        assert payer.gateway.is_own(first.provider_id)

    def test_says_what_is_asked_of_the_seller_until_they_can_be_paid(self, payer, account):
        before = payer.gateway.read_account(account)
        assert (before.transfers_active, before.requirements_due) == (False, ("external_account",))
        payer.finish(account)
        after = payer.gateway.read_account(account)
        assert (after.transfers_active, after.requirements_due) == (True, ())

    def test_gives_a_new_link_each_time(self, payer, account, time_machine):
        time_machine.move_to(now())
        first = payer.gateway.link(account)
        time_machine.shift(timedelta(seconds=2))
        assert first.startswith("http://")
        assert payer.gateway.link(account) != first

    def test_knows_no_account_it_was_not_asked_for(self, payer):
        for ask in (payer.gateway.read_account, payer.gateway.link):
            with pytest.raises(UnknownAccount):
                ask("acct_of_somebody_else")


class TestTransfersContract:
    def test_sends_once_under_a_key(self, payer, seller):
        first = payer.gateway.transfer(**wanted(seller))
        assert (first.amount_cents, first.currency, first.reference) == (2699, "EUR", "transfer-1")
        assert (payer.gateway.transfer(**wanted(seller)), payer.count()) == (first, 1)
        assert payer.gateway.find_transfers("order_1") == [first]
        assert payer.gateway.find_transfers("order_2") == []

    def test_sends_nothing_to_an_account_that_cannot_be_paid(self, payer, account):
        with pytest.raises(PayoutRefused) as refused:
            payer.gateway.transfer(**wanted(account))
        assert (refused.value.code, payer.count()) == ("insufficient_capabilities_for_transfer", 0)

    def test_asks_for_the_list_where_a_key_was_used_for_something_else(self, payer, seller):
        payer.gateway.transfer(**wanted(seller))
        with pytest.raises(PayoutUnanswered) as unsure:
            payer.gateway.transfer(**wanted(seller, amount_cents=1))
        assert (unsure.value.code, unsure.value.is_replay, payer.count()) == ("idempotency_error", True, 1)

    def test_repeats_a_refusal_under_its_key_and_sends_under_a_new_one(self, payer, seller):
        payer.refuse_next_transfer()
        for _ in range(2):
            with pytest.raises(PayoutRefused) as refused:
                payer.gateway.transfer(**wanted(seller))
            assert refused.value.code == "balance_insufficient"
            payer.recover()
        assert payer.gateway.transfer(**wanted(seller, "key-2")).amount_cents == 2699
        assert payer.count() == 1

    def test_says_that_it_repeats_a_failure_from_inside(self, payer, seller):
        payer.go_wrong("transfer", "sticky")
        with pytest.raises(PayoutUnanswered) as first:
            payer.gateway.transfer(**wanted(seller))
        with pytest.raises(PayoutUnanswered) as second:
            payer.gateway.transfer(**wanted(seller))
        assert (first.value.is_replay, second.value.is_replay) == (False, True)
        assert payer.gateway.find_transfers("order_1") == []
        assert payer.gateway.transfer(**wanted(seller, "key-2")).amount_cents == 2699

    def test_sends_once_where_its_answer_was_lost(self, payer, seller):
        payer.go_wrong("transfer", "lose_answer")
        assert insist(lambda: payer.gateway.transfer(**wanted(seller))).amount_cents == 2699
        assert payer.count() == 1

    def test_leaves_nothing_where_it_was_down(self, payer, seller):
        payer.go_wrong("transfer", "down")
        with pytest.raises(PayoutUnanswered) as silence:
            payer.gateway.transfer(**wanted(seller))
        assert (silence.value.is_replay, payer.count()) == (False, 0)
        assert payer.gateway.transfer(**wanted(seller)).amount_cents == 2699


class TestReversalsContract:
    @pytest.fixture
    def sent(self, payer, seller):
        return payer.gateway.transfer(**wanted(seller)).provider_id

    def take(self, payer, sent, key="back-1", cents=1000):
        return payer.gateway.reverse(key=key, transfer_id=sent, amount_cents=cents, reference=f"of-{key}")

    def test_takes_back_once_under_a_key(self, payer, sent):
        first = self.take(payer, sent)
        assert (first.amount_cents, first.reference) == (1000, "of-back-1")
        assert self.take(payer, sent) == first
        assert payer.gateway.find_reversals(sent) == [first]
        assert payer.gateway.find_transfers("order_1")[0].reversed_cents == 1000

    def test_takes_no_more_than_was_sent(self, payer, sent):
        self.take(payer, sent)
        with pytest.raises(PayoutRefused):
            self.take(payer, sent, "back-2", 1700)
        assert self.take(payer, sent, "back-3", 1699).amount_cents == 1699

    def test_takes_nothing_that_the_seller_had_paid_out(self, payer, seller, sent):
        payer.pay_out(seller, 2000)
        with pytest.raises(PayoutRefused) as refused:
            self.take(payer, sent)
        assert (refused.value.code, payer.gateway.find_reversals(sent)) == ("balance_insufficient", [])

    def test_takes_back_once_where_its_answer_was_lost(self, payer, sent):
        payer.go_wrong("reversal", "lose_answer")
        assert insist(lambda: self.take(payer, sent)).amount_cents == 1000
        assert len(payer.gateway.find_reversals(sent)) == 1

    def test_asks_for_the_list_where_a_key_was_used_for_something_else(self, payer, sent):
        self.take(payer, sent)
        with pytest.raises(PayoutUnanswered) as unsure:
            self.take(payer, sent, cents=1)
        assert unsure.value.is_replay is True

    def test_knows_no_transfer_it_did_not_make(self, payer):
        with pytest.raises(PayoutRefused) as refused:
            self.take(payer, "tr_of_somebody_else")
        assert refused.value.code == "resource_missing"


class TestBalanceContract:
    def test_is_what_came_less_what_went(self, payer, seller):
        sent = payer.gateway.transfer(**wanted(seller)).provider_id
        payer.gateway.transfer(**wanted(seller, "key-2", amount_cents=500, currency="USD"))
        payer.gateway.reverse(key="back-1", transfer_id=sent, amount_cents=1000, reference="r")
        payer.pay_out(seller, 99)
        assert payer.gateway.balance(seller) == {
            "EUR": Balance(available_cents=1600, pending_cents=0),
            "USD": Balance(available_cents=500, pending_cents=0),
        }


class TestAccountNewsContract:
    def heard(self, payer, body, signature):
        return payer.gateway.parse_webhook(body=body, signature=signature)

    def test_tells_which_account_changed(self, payer, account):
        news = self.heard(payer, *payer.finish(account))
        assert (news.name, news.account_id, bool(news.event_id)) == ("account.updated", account, True)

    def test_is_believed_as_it_was_signed_alone(self, payer, account, settings):
        body, signature = payer.finish(account)
        for wrong in ("", "t=1", "t=x,v1=y", "v1=00", "é", signature[:-1] + "x", sign(body, "whsec_other")):
            with pytest.raises(Unauthenticated):
                self.heard(payer, body, wrong)
        for other in (body + b" ", b"\xff"):
            with pytest.raises(Unauthenticated):
                self.heard(payer, other, signature)
        settings.STRIPE_WEBHOOK_SECRET = f"whsec_new, {SECRET}"
        assert self.heard(payer, body, signature).account_id == account
        settings.STRIPE_WEBHOOK_SECRET = ""
        with pytest.raises(Unavailable):
            self.heard(payer, body, signature)

    def test_is_not_believed_after_five_minutes(self, payer, account):
        body, signature = payer.finish(account)
        with time_machine.travel(now() + timedelta(seconds=290)):
            assert self.heard(payer, body, signature).account_id == account
        with time_machine.travel(now() + timedelta(seconds=310)), pytest.raises(Unauthenticated):
            self.heard(payer, body, signature)

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{}", b'{"id":"evt_1"}', b'{"id":7,"type":"x"}', b'{"id":"a","type":""}']
    )
    def test_is_refused_where_it_is_signed_nonsense(self, payer, body):
        with pytest.raises(Invalid):
            self.heard(payer, body, sign(body, SECRET))
