"""What every payment provider keeps to, the sandbox as the real one. Source: payments-design.md §1 and §6, 11 to 14, 20, 23."""

import pytest

from config.errors import Conflict, Invalid, Unauthenticated, Unavailable
from marketplace.gateways.signed_webhooks import REAL, sign
from tests.fakes.hyperswitch import SECRET


@pytest.fixture(autouse=True)
def _one_secret(settings):
    settings.HYPERSWITCH_WEBHOOK_SECRET = SECRET


def wanted(key="pay_one", **more):
    given = {
        "provider_id": key,
        "order_ref": "order-1",
        "amount_cents": 2999,
        "currency": "EUR",
        "method": "card_review",
    }
    return given | more


def back(key="ref_one", **more):
    given = {"refund_provider_id": key, "payment_provider_id": "pay_one", "amount_cents": 1000, "currency": "EUR"}
    return given | {"reason": "Not as described"} | more


def insist(call, times=3):
    """Made again until there is an answer, as the rows of ours that stand behind every call have it."""
    for _ in range(times):
        try:
            return call()
        except Unavailable:
            continue
    raise AssertionError("No answer ever came")


def heard(bank, webhook):
    body, signatures = webhook
    return bank.gateway.parse_webhook(body=body, signatures=signatures)


class TestPaymentsContract:
    def test_opens_a_payment_under_our_id_and_a_page_to_pay_it_on(self, bank):
        opened = bank.gateway.create(**wanted())
        assert (opened.provider_id, opened.status) == ("pay_one", "pending")
        assert (opened.amount_cents, opened.currency, opened.reason) == (2999, "EUR", "")
        assert opened.client_secret
        assert opened.pay_url.startswith("http")

    def test_answers_a_repeat_with_the_payment_that_is_there(self, bank):
        first = bank.gateway.create(**wanted())
        assert (bank.gateway.create(**wanted()), bank.counts()) == (first, (1, 0))
        assert bank.gateway.retrieve("pay_one") == first

    def test_goes_on_with_no_payment_of_another_amount(self, bank):
        bank.gateway.create(**wanted())
        for other in ({"amount_cents": 1}, {"currency": "USD"}):
            with pytest.raises(Conflict) as refused:
                bank.gateway.create(**wanted(**other))
            assert refused.value.code == "payment_mismatch"

    def test_knows_nothing_of_what_it_was_not_told(self, bank):
        assert (bank.gateway.retrieve("pay_other"), bank.gateway.retrieve_refund("ref_other")) == (None, None)

    def test_tells_that_it_was_paid(self, bank):
        bank.gateway.create(**wanted())
        news = heard(bank, bank.pay("pay_one"))
        assert (news.name, news.status, news.provider_id) == ("payment_succeeded", "succeeded", "pay_one")
        assert (news.order_ref, news.amount_cents, news.currency, news.reason) == ("order-1", 2999, "EUR", "")
        there = bank.gateway.retrieve("pay_one")
        assert (there.status, there.amount_cents) == ("succeeded", 2999)

    def test_tells_that_it_was_declined_and_why(self, bank):
        bank.gateway.create(**wanted())
        news = heard(bank, bank.pay("pay_one", is_approved=False))
        there = bank.gateway.retrieve("pay_one")
        assert (news.status, there.status) == ("failed", "failed")
        assert "declined" in news.reason
        assert there.reason == news.reason

    def test_leaves_nothing_where_it_was_down(self, bank):
        bank.go_wrong("payment", "down")
        with pytest.raises(Unavailable):
            bank.gateway.create(**wanted())
        assert bank.counts() == (0, 0)
        assert bank.gateway.create(**wanted()).status == "pending"

    def test_makes_one_payment_where_its_answer_was_lost(self, bank):
        bank.go_wrong("payment", "lose_answer")
        assert insist(lambda: bank.gateway.create(**wanted())).provider_id == "pay_one"
        assert bank.counts() == (1, 0)


class TestKeptCards:
    def test_charges_a_kept_card_with_nobody_there(self, bank):
        bank.gateway.create(**wanted(method="card", customer_ref="cus_1", keep_method=True))
        kept = heard(bank, bank.pay("pay_one")).saved_method
        assert kept
        assert bank.gateway.retrieve("pay_one").saved_method == kept
        charged = bank.gateway.create(**wanted("pay_two", method="card", customer_ref="cus_1", saved_method=kept))
        assert (charged.status, charged.pay_url) == ("succeeded", "")

    def test_keeps_no_card_unasked_and_charges_no_card_it_does_not_know(self, bank):
        bank.gateway.create(**wanted(method="card", customer_ref="cus_1"))
        assert heard(bank, bank.pay("pay_one")).saved_method == ""
        charged = bank.gateway.create(**wanted("pay_two", customer_ref="cus_1", saved_method="pm_of_somebody_else"))
        assert (charged.status, bool(charged.reason)) == ("failed", True)


class TestRefundsContract:
    @pytest.fixture(autouse=True)
    def _paid(self, bank):
        bank.gateway.create(**wanted())
        bank.pay("pay_one")

    def test_gives_back_under_our_id_once(self, bank):
        first = bank.gateway.refund(**back())
        assert (first.provider_id, first.payment_provider_id) == ("ref_one", "pay_one")
        assert (first.amount_cents, first.currency, first.reason) == (1000, "EUR", "")
        again = bank.gateway.refund(**back())
        assert (again, bank.counts()) == (first, (1, 1))

    def test_tells_that_it_was_given_back(self, bank):
        bank.gateway.refund(**back())
        news = heard(bank, bank.settle_refund("ref_one"))
        assert (news.name, news.status) == ("refund_succeeded", None)
        assert (news.refund_provider_id, news.refund_status, news.provider_id) == ("ref_one", "succeeded", "pay_one")
        assert (news.amount_cents, news.currency) == (1000, "EUR")
        assert bank.gateway.retrieve_refund("ref_one").status == "succeeded"

    @pytest.mark.parametrize(
        "asked",
        [{"amount_cents": 3000}, {"payment_provider_id": "pay_other"}, {"payment_provider_id": "pay_unpaid"}],
    )
    def test_says_a_definite_no(self, bank, asked):
        bank.gateway.create(**wanted("pay_unpaid"))
        with pytest.raises(Conflict):
            bank.gateway.refund(**back(**asked))
        assert bank.counts()[1] == 0

    def test_gives_no_more_back_than_was_paid(self, bank):
        bank.gateway.refund(**back("ref_one", amount_cents=2000))
        with pytest.raises(Conflict):
            bank.gateway.refund(**back("ref_two", amount_cents=1000))
        assert bank.gateway.refund(**back("ref_two", amount_cents=999)).amount_cents == 999

    def test_goes_on_with_no_refund_of_another_amount(self, bank):
        bank.gateway.refund(**back())
        with pytest.raises(Conflict) as refused:
            bank.gateway.refund(**back(amount_cents=1))
        assert refused.value.code == "refund_mismatch"

    def test_gives_back_once_where_its_answer_was_lost(self, bank):
        bank.go_wrong("refund", "lose_answer")
        assert insist(lambda: bank.gateway.refund(**back())).amount_cents == 1000
        assert bank.counts() == (1, 1)

    def test_leaves_nothing_where_it_was_down(self, bank):
        bank.go_wrong("refund", "down")
        with pytest.raises(Unavailable):
            bank.gateway.refund(**back())
        assert (bank.gateway.retrieve_refund("ref_one"), bank.counts()) == (None, (1, 0))


class TestNewsContract:
    @pytest.fixture(autouse=True)
    def _opened(self, bank):
        bank.gateway.create(**wanted())

    @pytest.mark.parametrize(
        ("stage", "ours"), [("opened", "open"), ("challenged", "open"), ("won", "won"), ("lost", "lost")]
    )
    def test_tells_of_a_dispute(self, bank, stage, ours):
        news = heard(bank, bank.dispute("pay_one", stage))
        assert (news.name, news.dispute, news.provider_id) == (f"dispute_{stage}", ours, "pay_one")
        assert (news.status, news.refund_provider_id) == (None, None)

    def test_is_believed_as_it_was_signed_alone(self, bank, settings):
        body, signatures = bank.pay("pay_one")
        for wrong in ({}, dict.fromkeys(signatures, "00" * 64)):
            with pytest.raises(Unauthenticated):
                bank.gateway.parse_webhook(body=body, signatures=wrong)
        with pytest.raises(Unauthenticated):
            bank.gateway.parse_webhook(body=body + b" ", signatures=signatures)
        settings.HYPERSWITCH_WEBHOOK_SECRET = f"new, {SECRET}"
        assert heard(bank, (body, signatures)).status == "succeeded"
        settings.HYPERSWITCH_WEBHOOK_SECRET = ""
        with pytest.raises(Unavailable):
            heard(bank, (body, signatures))

    def test_is_the_same_event_however_often_it_is_told(self, bank):
        webhook = bank.pay("pay_one")
        assert heard(bank, webhook).event_id == heard(bank, webhook).event_id

    def test_is_refused_where_it_is_signed_nonsense(self, bank):
        with pytest.raises(Invalid):
            heard(bank, (b"[]", {REAL: sign(b"[]", SECRET)}))
